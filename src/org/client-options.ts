/** What every client of a forge is told, whichever forge it speaks to. */
import type { Conditional } from "./conditional.ts";
import type { Clock, Wait, WriteGate } from "./limits.ts";

export interface ClientOptions {
  /** Of the API: `https://api.github.com`, `https://ghe.example.com/api/v3`, `https://gitlab.com`. */
  readonly apiUrl: string;
  readonly gate: WriteGate;
  readonly signal: AbortSignal;
  readonly onWait: (wait: Wait) => void;
  readonly userAgent: string;
  /** Between two writes; GitHub asks for a second. */
  readonly writeGapMs: number;
  /** How long a request may take. */
  readonly timeoutMs: number;
  /** Longer waits end the run. */
  readonly patienceMs: number;
  /** The unit of `Retry-After` and back-offs. */
  readonly secondMs: number;
  readonly conditional?: Conditional;
  readonly clock?: Clock;
}
