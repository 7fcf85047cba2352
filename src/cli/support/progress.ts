const PATIENCE_MS = 500;
const PAUSE_MS = 80;

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar for runs that take long enough to wonder; silent where nobody watches. */
export class Progress {
  readonly #stream: Terminal;
  readonly #total: number;
  readonly #now: () => number;
  readonly #start: number;
  #drawn = -Infinity;
  #visible = false;
  #done = 0;
  #read = 0;

  constructor(stream: Terminal, total: number, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  advance(path: string): void {
    this.#done++;
    this.#read = 0;
    this.#draw(path);
  }

  /** A file was read for the Dockerfile that is at work: a large source takes a while. */
  read(): void {
    this.#read++;
    this.#draw(`${this.#read} files read`);
  }

  #draw(path: string): void {
    const now = this.#now();
    if (!this.#stream.isTTY || now - this.#start < PATIENCE_MS || now - this.#drawn < PAUSE_MS) return;
    this.#drawn = now;
    this.#visible = true;
    const columns = this.#stream.columns || 80; // a terminal that does not know its size says 0
    const filled = Math.round((this.#done / this.#total) * BAR);
    const head = `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${this.#done}/${this.#total} `;
    const room = Math.max(0, columns - head.length - 1);
    this.#stream.write(`\r${head}${path.length > room ? path.slice(path.length - room) : path}\x1b[K`);
  }

  clear(): void {
    if (this.#visible) this.#stream.write("\r\x1b[K");
    this.#visible = false;
  }
}

const BAR = 20;
