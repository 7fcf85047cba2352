/** Runs a program with an array of arguments, never through a shell. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { InspectError } from "./errors.ts";

export interface RunOptions {
  /** In milliseconds. */
  readonly timeout: number;
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { code, stderr } = await pipe(program, args, options, async (stdout) => {
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_OUTPUT) throw new InspectError("too-large", `${program} says more than can be read`);
      chunks.push(chunk);
    }
  });
  return { code, stdout: Buffer.concat(chunks).toString("utf8"), stderr };
}

/** The same for output that is read as it comes; the program is ended when `read` is done. */
export async function pipe(
  program: string,
  args: readonly string[],
  { timeout, input, signal }: RunOptions,
  read: (stdout: Readable) => Promise<void>,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  signal?.throwIfAborted();
  // A session of its own: Ctrl-C reaches deroot alone, which still has to tidy up.
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let stderr = "";
  child.stderr.on(
    "data",
    (chunk: Buffer) => (stderr = (stderr + chunk.toString("utf8")).slice(-MOST_COMPLAINT)),
  );
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  let ended: InspectError | null = null;
  const end = (why: InspectError): void => {
    ended ??= why;
    child.kill("SIGKILL");
    child.stdout.destroy();
  };
  const timer = setTimeout(
    () =>
      end(
        new InspectError(
          "no-answer",
          `${program} ${args[0]} took longer than ${Math.round(timeout / 1000)} seconds`,
        ),
      ),
    timeout,
  );
  const abort = (): void => end(new InspectError("interrupted", "interrupted"));
  signal?.addEventListener("abort", abort, { once: true });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new InspectError("missing", `${program} is not on PATH`)
          : new InspectError("failed", `${program} cannot be started: ${error.message}`),
      );
    });
    child.on("close", resolve);
  });
  closed.catch(() => undefined);
  try {
    await read(child.stdout).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw ended ?? error;
    });
    child.stdout.destroy();
    const code = await closed;
    if (ended) throw ended as InspectError;
    return { code, stderr };
  } catch (error) {
    // A program that could not be started says more than a pipe without an end.
    await Promise.race([closed, new Promise((done) => setImmediate(done))]);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

const MOST_OUTPUT = 16 * 1024 * 1024;
const MOST_COMPLAINT = 4096;
