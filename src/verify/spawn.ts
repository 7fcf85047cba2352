import { spawn } from "node:child_process";
import { EngineError } from "./errors.ts";

export interface Outcome {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
  /** There was more on standard output than is kept; its end is. */
  readonly truncated: boolean;
}

export interface SpawnOptions {
  /** In milliseconds. */
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Each line of standard output and standard error as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a program with an array of arguments, never through a shell. It is a session of its own, so that Ctrl-C
 * at the terminal reaches deroot alone, which then ends what it started in good order.
 * @throws {EngineError} when the program cannot be started or the run is interrupted.
 */
export function run(program: string, args: readonly string[], options: SpawnOptions): Promise<Outcome> {
  const { timeout, signal, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new EngineError("interrupted", "interrupted"));
      return;
    }
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
      detached: true,
    });
    const out = new Collected(onLine);
    const err = new Collected(onLine);
    let timedOut = false;
    const end = (): void => {
      endGroup(child.pid, "SIGTERM");
      setTimeout(() => endGroup(child.pid, "SIGKILL"), PATIENCE_MS).unref();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeout);
    signal?.addEventListener("abort", end, { once: true });
    child.stdout.on("data", (chunk: Buffer) => out.add(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.add(chunk));
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      action();
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "ENOENT" ? "missing" : "failed";
      settle(() => reject(new EngineError(code, `${program} cannot be started: ${error.message}`)));
    });
    // A grandchild can hold the pipes open after the program itself has ended.
    child.on("exit", () => setTimeout(() => (child.stdout.destroy(), child.stderr.destroy()), 1000).unref());
    child.on("close", (code) =>
      settle(() => {
        if (signal?.aborted) reject(new EngineError("interrupted", "interrupted"));
        else resolve({ code, stdout: out.end(), stderr: err.end(), timedOut, truncated: out.truncated });
      }),
    );
  });
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Output up to a limit, so that a program gone wild does not fill the memory; its end is what tells most. */
class Collected {
  readonly #onLine: ((line: string) => void) | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #rest = "";
  truncated = false;

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size > MOST_OUTPUT && this.#chunks.length > 1) {
      this.#size -= this.#chunks.shift()!.length;
      this.truncated = true;
    }
    if (!this.#onLine) return;
    const lines = (this.#rest + chunk.toString("utf8")).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#onLine(line.trimEnd());
  }

  end(): Buffer {
    if (this.#rest !== "") this.#onLine?.(this.#rest);
    return Buffer.concat(this.#chunks);
  }
}

const PATIENCE_MS = 2000;
const MOST_OUTPUT = 32 * 1024 * 1024;
