import type { ReadStream, WriteStream } from "node:tty";

/** What a person pressed: a character, or the name of a key. */
export type Key = string;

/**
 * The screen of a terminal, taken over for a while and given back as it was: at the end, on a signal, on a crash and
 * while another program runs. Lines never scroll; a frame is drawn over the last one.
 */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #keys: Key[] = [];
  #waiting: ((key: Key) => void) | null = null;
  #open = false;
  #stopped: NodeJS.Timeout | undefined;
  #frame = "";
  #redraw: () => void = () => undefined;
  readonly #exits: (() => void)[] = [];

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get columns(): number {
    return Math.max(20, this.#output.columns || 80);
  }

  get rows(): number {
    return Math.max(8, this.#output.rows || 24);
  }

  /** Takes the screen over. `redraw` is called when its size changes. */
  open(redraw: () => void): void {
    this.#redraw = redraw;
    const onExit = (): void => this.#release();
    process.on("exit", onExit);
    this.#exits.push(() => process.off("exit", onExit));
    for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
      // Ctrl-C in an editor is the editor's.
      const listener = (): void => (signal === "SIGINT" && !this.#open ? undefined : this.dieBy(signal));
      process.on(signal, listener);
      this.#exits.push(() => process.off(signal, listener));
    }
    const onContinue = (): void => {
      if (this.#stopped === undefined) return;
      clearInterval(this.#stopped);
      this.#stopped = undefined;
      this.#take();
      this.#redraw();
    };
    process.on("SIGCONT", onContinue);
    this.#exits.push(() => process.off("SIGCONT", onContinue));
    this.#output.on("resize", this.#onResize);
    this.#exits.push(() => this.#output.off("resize", this.#onResize));
    this.#take();
  }

  close(): void {
    clearInterval(this.#stopped);
    for (const exit of this.#exits.splice(0)) exit();
    this.#release();
  }

  /** Gives the screen back and ends the process as the signal would have. */
  dieBy(signal: NodeJS.Signals): void {
    this.close();
    process.kill(process.pid, signal);
  }

  /** Ctrl-Z: back to the shell until it brings us to the front. */
  suspend(): void {
    this.#release();
    // Without input to wait for there would be nothing left to do, and Node would end.
    this.#stopped = setInterval(() => undefined, 60_000);
    process.kill(process.pid, "SIGTSTP");
  }

  /** Gives the terminal to another program for as long as it runs. */
  async lend<T>(action: () => Promise<T>): Promise<T> {
    this.#release();
    try {
      return await action();
    } finally {
      this.#take();
    }
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    // Erased first: in the last column, erasing to the end would take the last character.
    const frame = lines.map((line) => `\x1b[2K${line}\x1b[0m`).join("\r\n");
    // Nothing to do for a key that changed nothing; else all at once, so that nothing flickers.
    if (frame === this.#frame) return;
    this.#frame = frame;
    this.#output.write(`\x1b[?2026h\x1b[H${frame}\x1b[J\x1b[?2026l`);
  }

  /** The next key. */
  key(): Promise<Key> {
    const key = this.#keys.shift();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((done) => (this.#waiting = done));
  }

  #take(): void {
    if (this.#open) return;
    this.#open = true;
    this.#frame = "";
    this.#input.setRawMode(true);
    this.#input.setEncoding("utf8");
    this.#input.on("data", this.#onData);
    this.#input.on("end", this.#onEnd);
    this.#input.resume();
    // Another screen, no cursor, and lines that do not wrap by themselves.
    this.#output.write("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J");
  }

  #release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onEnd);
    this.#input.pause();
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal is gone; there is nothing to give back.
    }
    this.#output.write("\x1b[?7h\x1b[?25h\x1b[?1049l");
  }

  readonly #onResize = (): void => {
    this.#frame = "";
    this.#redraw();
  };

  readonly #onEnd = (): void => this.dieBy("SIGHUP");

  readonly #onData = (data: string): void => {
    for (const key of keysIn(data)) {
      if (key === "ctrl-c") return this.dieBy("SIGINT");
      if (key === "ctrl-z") this.suspend();
      else if (this.#waiting === null) this.#keys.push(key);
      else {
        const waiting = this.#waiting;
        this.#waiting = null;
        waiting(key);
      }
    }
  };
}

/** Splits what a terminal sent into keys. */
export function keysIn(data: string): Key[] {
  const keys: Key[] = [];
  // eslint-disable-next-line no-control-regex -- what a terminal sends
  for (const [sequence] of data.matchAll(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z])|\x1b|[^\x1b]/gsu)) {
    const key = NAMES[sequence] ?? (sequence.startsWith("\x1b") && sequence.length > 1 ? null : sequence);
    if (key !== null) keys.push(key);
  }
  return keys;
}

const NAMES: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\x1b": "escape",
  " ": "space",
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
  "\x1a": "ctrl-z",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[C": "right",
  "\x1bOC": "right",
  "\x1b[D": "left",
  "\x1bOD": "left",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  "\x1b[H": "home",
  "\x1b[1~": "home",
  "\x1bOH": "home",
  "\x1b[F": "end",
  "\x1b[4~": "end",
  "\x1bOF": "end",
};
