/** How long a server waits; all in milliseconds. */
export interface Patience {
  /** For the first page to open. */
  readonly first: number;
  /** After the last page has closed: a reload closes and opens it again. */
  readonly reload: number;
  /** With a page open and nothing done on it. */
  readonly idle: number;
}

export const PATIENCE: Patience = { first: 15 * 60_000, reload: 10_000, idle: 8 * 60 * 60_000 };

/** Ends a server that nobody uses any more. */
export class Lifetime {
  readonly #patience: Patience;
  readonly #end: (why: "closed" | "idle") => void;
  #timer: NodeJS.Timeout | undefined;
  #open = 0;
  #seen = false;
  #busy = false;

  constructor(patience: Patience, end: (why: "closed" | "idle") => void) {
    this.#patience = patience;
    this.#end = end;
    this.#wait();
  }

  /** How many pages are open now. */
  pages(open: number): void {
    this.#open = open;
    if (open > 0) this.#seen = true;
    this.#wait();
  }

  /** Somebody did something. */
  touch(): void {
    this.#wait();
  }

  /** Work that must not be cut off is going on. */
  busy(busy: boolean): void {
    this.#busy = busy;
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#busy && this.#open > 0) return;
    const closed = this.#open === 0 && this.#seen;
    const { first, reload, idle } = this.#patience;
    const time = this.#open > 0 ? idle : this.#seen ? reload : first;
    this.#timer = setTimeout(() => this.#end(closed ? "closed" : "idle"), time);
  }
}
