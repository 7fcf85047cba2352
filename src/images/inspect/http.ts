/** HTTP with patience: time-outs, retries that honour Retry-After, and redirects that give nothing away. */
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { InspectError } from "./errors.ts";

export interface HttpOptions {
  /** Plain HTTP also to other machines; to this one it is always allowed. */
  readonly insecure?: boolean | undefined;
  /** In milliseconds: for an answer to begin, and between two pieces of it. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often a request is made at most. */
  readonly attempts?: number | undefined;
  /** In milliseconds: before the second attempt; it doubles from there. */
  readonly backOff?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Has to be read or destroyed. */
  readonly body: Readable;
}

export interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** The answer, whatever its status is, unless it is one that asks to come back later. */
export async function request(
  url: URL,
  { headers = {}, form }: Request,
  options: HttpOptions,
): Promise<Answer> {
  const attempts = options.attempts ?? ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const last = attempt >= attempts;
    let wait = (options.backOff ?? BACK_OFF_MS) * 2 ** (attempt - 1);
    const answer = await follow(url, headers, form, options).catch((error: unknown) => {
      if (last || !(error instanceof InspectError) || error.code !== "no-answer") throw error;
      return null;
    });
    if (answer !== null) {
      if (answer.status !== 429 && answer.status < 500) return answer;
      answer.body.destroy();
      const asked = retryAfter(answer.headers.get("retry-after"));
      if (last || (asked ?? 0) > LONGEST_WAIT_MS) throw unwilling(url, answer.status, asked);
      wait = asked ?? wait;
    }
    await sleep(wait * (1 + Math.random() / 4), options.signal);
  }
}

/** The whole body, if it is no larger than that. */
export async function bytes({ body }: Answer, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new InspectError("too-large", `the registry sends more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether credentials and image data may go there. */
export function checkScheme(url: URL, insecure: boolean | undefined): void {
  if (url.protocol === "https:") return;
  if (url.protocol === "http:" && (insecure === true || isLoopback(url.hostname))) return;
  throw new InspectError(
    "refused",
    `${url.origin} is not encrypted`,
    "Only registries on this machine are asked without TLS.",
  );
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);
}

async function follow(
  start: URL,
  headers: Readonly<Record<string, string>>,
  form: Request["form"],
  options: HttpOptions,
): Promise<Answer> {
  let url = start;
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    checkScheme(url, options.insecure);
    // Registries send clients elsewhere for blobs: credentials are for the registry alone.
    const own = url.origin === start.origin;
    const sent = own
      ? headers
      : Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
    const answer = await once(url, sent, own ? form : undefined, options);
    const location = answer.headers.get("location");
    if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
    answer.body.destroy();
    if (!URL.canParse(location, url.href)) break;
    url = new URL(location, url);
  }
  throw new InspectError("broken", `${start.host} sends in circles`);
}

async function once(
  url: URL,
  headers: Readonly<Record<string, string>>,
  form: Request["form"],
  { timeout = ANSWER_MS, signal }: HttpOptions,
): Promise<Answer> {
  const control = new AbortController();
  const late = (): void =>
    control.abort(
      new InspectError("no-answer", `${url.host} does not answer within ${timeout / 1000} seconds`),
    );
  const abort = (): void => control.abort(new InspectError("interrupted", "interrupted"));
  signal?.addEventListener("abort", abort, { once: true });
  let timer = setTimeout(late, timeout);
  const settle = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  const explain = (error: unknown): unknown =>
    control.signal.aborted ? control.signal.reason : unreachable(url, error);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { ...headers, "user-agent": "deroot" },
      redirect: "manual",
      signal: control.signal,
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
  } catch (error) {
    settle();
    throw explain(error);
  }
  const source = Readable.fromWeb((response.body ?? new Blob([]).stream()) as ReadableStream<Uint8Array>);
  async function* body(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        timer = setTimeout(late, timeout);
      }
    } catch (error) {
      throw explain(error);
    } finally {
      settle();
      source.destroy();
    }
  }
  const stream = Readable.from(body(), { objectMode: false });
  // One that is destroyed before it was read never enters the generator.
  stream.once("close", () => (settle(), source.destroy()));
  source.on("error", () => undefined);
  return { status: response.status, headers: response.headers, body: stream };
}

function unreachable(url: URL, error: unknown): InspectError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new InspectError("no-answer", `${url.host} cannot be reached: ${why}`, null, { cause: error });
}

function unwilling(url: URL, status: number, asked: number | null): InspectError {
  const later = asked === null ? "" : ` and asks to wait ${Math.ceil(asked / 1000)} seconds`;
  return new InspectError(
    "no-answer",
    `${url.host} answers with ${status}${later}`,
    status === 429 ? "Log in to have a higher limit, or try again later." : "Try again later.",
  );
}

/** Seconds, or a date. */
function retryAfter(value: string | null): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new InspectError("interrupted", "interrupted"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

const ATTEMPTS = 4;
const BACK_OFF_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const ANSWER_MS = 30_000;
const MOST_HOPS = 5;
