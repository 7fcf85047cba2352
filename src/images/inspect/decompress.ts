/** Layers come gzipped, as Zstandard or plain; the first bytes tell. */
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InspectError } from "./errors.ts";

export async function* decompressed(stream: Readable): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(stream, 4);
  try {
    if (head.subarray(0, 2).equals(GZIP)) yield* gunzipped(whole);
    else if (head.equals(ZSTANDARD)) yield* unzstandarded(whole);
    else yield* whole as AsyncIterable<Buffer>;
  } finally {
    stream.destroy();
  }
}

async function* gunzipped(stream: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  stream.on("error", (error) => gunzip.destroy(error));
  try {
    yield* stream.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "Z_BUF_ERROR" && code !== "Z_DATA_ERROR") throw error;
    throw new InspectError("broken", `the layer cannot be unpacked: ${(error as Error).message}`, null, {
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
}

async function* unzstandarded(stream: Readable): AsyncGenerator<Buffer> {
  const { Decompress } = await import("fzstd");
  let ready: Buffer[] = [];
  const decompress = new Decompress((chunk) => {
    checkWindow(decompress);
    if (chunk.length > 0) ready.push(Buffer.from(chunk));
  });
  const push = (chunk: Uint8Array, last: boolean): Buffer[] => {
    ready = [];
    try {
      decompress.push(chunk, last);
    } catch (error) {
      if (error instanceof InspectError) throw error;
      throw new InspectError("broken", `the layer cannot be unpacked: ${(error as Error).message}`, null, {
        cause: error,
      });
    }
    return ready;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // A few bytes can unpack to megabytes: little at a time keeps what waits small.
    for (let at = 0; at < chunk.length; at += PIECE) yield* push(chunk.subarray(at, at + PIECE), false);
  }
  yield* push(new Uint8Array(0), true);
}

/** A frame says how far back its data refers, and the library makes room for that, up to two gigabytes. */
function checkWindow(decompress: unknown): void {
  const { s } = decompress as { readonly s?: { readonly w?: Uint8Array } };
  if ((s?.w?.length ?? 0) > LARGEST_WINDOW) {
    throw new InspectError("too-large", "the layer's Zstandard window is larger than any tool makes it");
  }
}

/** The first bytes of a stream, and the stream with them. */
async function peek(stream: Readable, length: number): Promise<{ head: Buffer; whole: Readable }> {
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(chunks);
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: head.subarray(0, length), whole: Readable.from(all(), { objectMode: false }) };
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTANDARD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const PIECE = 4096;
/** `zstd --ultra --long` at its most, without being told to go further. */
const LARGEST_WINDOW = 128 * 1024 * 1024;
