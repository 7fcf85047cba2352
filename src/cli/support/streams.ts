import type { WriteStream } from "node:tty";

type Stream = NodeJS.WriteStream | WriteStream;

/** Standard output that takes it calmly when its reader has seen enough (`deroot migrate | head`). */
export class Output {
  #open = true;
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      this.#open = false;
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  async write(text: string): Promise<void> {
    if (!this.#open || text === "") return;
    await new Promise<void>((done) => this.#stream.write(text, () => done()));
  }
}

/** Colour: as asked, else by NO_COLOR and FORCE_COLOR, else for a terminal that can. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  asked: boolean | undefined,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (asked !== undefined) return asked;
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Lines are as wide as the terminal, but not wider than is good to read. */
export function widthOf(stream: { readonly columns?: number }): number {
  return Math.min(Math.max(stream.columns ?? 80, 40), 100);
}

export async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
