import { printable } from "../report/text.ts";
import type { Progress } from "../verify/index.ts";

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What is being done at the moment: one line that changes at a terminal, a line per stage elsewhere. */
export class Stage {
  readonly #stream: Terminal;
  readonly #quiet: boolean;
  #visible = false;
  #told = new Set<string>();

  constructor(stream: Terminal, quiet: boolean) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  readonly show: Progress = ({ dockerfile, stage, line }) => {
    if (this.#quiet) return;
    if (this.#stream.isTTY) {
      const text = printable(`${dockerfile}: ${stage}: ${line}`);
      this.#stream.write(`\r${text.slice(0, (this.#stream.columns ?? 80) - 1)}\x1b[K`);
      this.#visible = true;
    } else if (!this.#told.has(`${dockerfile} ${stage}`)) {
      this.#told.add(`${dockerfile} ${stage}`);
      this.#stream.write(`${printable(dockerfile)}: ${stage}\n`);
    }
  };

  clear(): void {
    if (this.#visible) this.#stream.write("\r\x1b[K");
    this.#visible = false;
  }
}
