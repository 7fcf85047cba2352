import type { Verdict } from "../../verdicts.ts";
import type { Applied, Chosen, Detail, Event, Overview, Page, SourceText, Undone } from "../protocol.ts";

/** Where the page gets what it shows: the server, or the file itself. */
export interface Source {
  overview(): Promise<Overview>;
  detail(dockerfile: string): Promise<Detail>;
  page(topic: string): Promise<Page>;
  /** Null where there is nobody to ask: a report is for reading. */
  readonly live: Live | null;
}

/** What a server can do besides. */
export interface Live {
  decide(dockerfile: string, change: string, verdict: Verdict, withNeeded: boolean): Promise<Chosen>;
  split(dockerfile: string, change: string): Promise<Detail>;
  /** Accepts or rejects what is undecided: in one Dockerfile, or in all. */
  decideRest(dockerfile: string | null, verdict: "accepted" | "rejected"): Promise<void>;
  undo(): Promise<Undone>;
  apply(): Promise<Applied>;
  verify(dockerfile: string): Promise<void>;
  cancel(): Promise<void>;
  decisions(): Promise<string>;
  source(path: string): Promise<SourceText>;
  close(): Promise<void>;
  /** Tells what happens until the server is gone. */
  listen(listener: Listener): void;
}

export interface Listener {
  event(event: Event): void;
  /** Null: the server answers (again). Otherwise why it does not. */
  connection(problem: string | null): void;
}

/** The server refused, or is not there (`status` 0). */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly status: number;
  readonly hint: string | null;
  constructor(status: number, message: string, hint: string | null = null) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}
