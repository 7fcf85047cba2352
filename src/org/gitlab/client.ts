/**
 * gitbeaker with our own way to send: its own repeats writes whose answer was lost, and cannot be told the limits of all
 * workers.
 */
import { Gitlab } from "@gitbeaker/rest";
import { createRequesterFn } from "@gitbeaker/requester-utils";
import Bottleneck from "bottleneck";
import { ForgeError, type ForgeErrorCode, type Usage } from "../forge.ts";
import type { ClientOptions } from "../client-options.ts";
import { CLOCK, type Clock } from "../limits.ts";
import { LARGEST_BLOB } from "../object-tree.ts";
import { redact } from "../secrets.ts";

export interface GitLabOptions extends ClientOptions {
  readonly token: string;
}

interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly searchParams?: string;
  readonly prefixUrl?: string;
}

interface Reply {
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly status: number;
}

export function gitLabClient(options: GitLabOptions) {
  const usage: Usage = { reads: 0, writes: 0, retries: 0 };
  const sender = new Sender(options, usage);
  const requesterFn = createRequesterFn((_, request) => Promise.resolve(request), ((
    endpoint: string,
    request: Request,
  ) => sender.send(endpoint, request)) as never);
  const host = options.apiUrl.replace(/\/api\/v4$/, "");
  const api = new Gitlab({ host, token: options.token, requesterFn, queryTimeout: null } as never);
  return { api, usage, host };
}

export type GitLabApi = ReturnType<typeof gitLabClient>["api"];

class Sender {
  readonly #options: GitLabOptions;
  readonly #usage: Usage;
  readonly #clock: Clock;
  readonly #reads = new Bottleneck({ maxConcurrent: 8 });
  readonly #writes: Bottleneck;

  constructor(options: GitLabOptions, usage: Usage) {
    this.#options = options;
    this.#usage = usage;
    this.#clock = options.clock ?? CLOCK;
    this.#writes = new Bottleneck({ maxConcurrent: 1, minTime: options.writeGapMs });
  }

  async send(endpoint: string, request: Request): Promise<Reply> {
    const isWrite = (request.method ?? "GET") !== "GET";
    if (isWrite) await this.#options.gate.take(1);
    const line = isWrite ? this.#writes : this.#reads;
    for (let attempt = 1; ; attempt++) {
      const answer = await line.schedule(() => this.#once(endpoint, request, isWrite));
      if (!(answer instanceof Failure)) return answer;
      // Turned away means that nothing was done; a read does nothing anyway.
      const again = answer.isLimit || (!isWrite && answer.isPassing);
      if (!again || attempt > RETRIES) throw answer.error;
      await this.#wait(answer, attempt);
    }
  }

  async #once(endpoint: string, request: Request, isWrite: boolean): Promise<Reply | Failure> {
    const { conditional, signal, timeoutMs, userAgent } = this.#options;
    const url = new URL(endpoint, request.prefixUrl?.replace(/\/*$/, "/"));
    url.search = request.searchParams ?? "";
    const key = `GET ${url.href}`;
    const isRaw = endpoint.endsWith("/raw");
    const known = isWrite || isRaw ? null : ((await conditional?.get(key, {})) ?? null);
    this.#usage[isWrite ? "writes" : "reads"]++;
    try {
      const response = await fetch(url, {
        method: request.method ?? "GET",
        headers: {
          ...request.headers,
          "user-agent": userAgent,
          ...(known && { "if-none-match": known.etag }),
        },
        ...(request.body !== undefined && { body: request.body as string }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const headers = Object.fromEntries(response.headers.entries());
      if (response.status === 304 && known)
        return { ...(known.data as Pick<Reply, "body" | "headers">), status: 200 };
      if (!response.ok) return failureOf(response.status, await response.text(), headers, endpoint, isWrite);
      if (isRaw) return { body: await bytesOf(response, endpoint), headers, status: response.status };
      const text = await response.text();
      const body: unknown = text === "" ? null : JSON.parse(text);
      if (!isWrite && headers["etag"] !== undefined && known?.etag !== headers["etag"])
        await conditional?.put(
          key,
          {},
          { etag: headers["etag"], data: { body, headers: pagingOf(headers) } },
        );
      return { body, headers, status: response.status };
    } catch (error) {
      if (signal.aborted || error instanceof ForgeError) throw error;
      const message =
        error instanceof Error ? String((error.cause as Error | undefined)?.message ?? error.message) : "";
      return failureOf(599, message, {}, endpoint, isWrite);
    }
  }

  async #wait({ retryAfter, isLimit, error }: Failure, attempt: number): Promise<void> {
    const seconds = retryAfter ?? (isLimit ? 60 * 2 ** (attempt - 1) : attempt ** 2);
    const until = this.#clock.now() + seconds * this.#options.secondMs;
    if (seconds * this.#options.secondMs > this.#options.patienceMs) throw error;
    this.#usage.retries++;
    if (isLimit) {
      this.#options.gate.pause(until);
      this.#options.onWait({ until, why: "rate-limit" });
    }
    await this.#clock.sleepUntil(until, this.#options.signal);
  }
}

class Failure {
  readonly error: ForgeError;
  readonly isLimit: boolean;
  readonly isPassing: boolean;
  readonly retryAfter: number | null;
  constructor(error: ForgeError, isLimit: boolean, retryAfter: number | null) {
    this.error = error;
    this.isLimit = isLimit;
    this.isPassing = error.code === "unavailable";
    this.retryAfter = retryAfter;
  }
}

function failureOf(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
  endpoint: string,
  isWrite: boolean,
): Failure {
  const message = redact(messageOf(text)).replace(/\s+/g, " ").slice(0, 300);
  const what = `GitLab, ${decodeURIComponent(endpoint)}: ${message || `status ${status}`}`;
  const after = Number(headers["retry-after"]);
  const retryAfter = Number.isFinite(after) && headers["retry-after"] !== undefined ? after : null;
  const isLimit = status === 429;
  const code = isLimit ? "limited" : codeOf(status, message, isWrite);
  return new Failure(new ForgeError(code, what, HINTS[code] ?? null), isLimit, retryAfter);
}

function codeOf(status: number, message: string, isWrite: boolean): ForgeErrorCode {
  if (status >= 500) return isWrite ? "lost" : "unavailable";
  if (/already exists/i.test(message)) return /merge request/i.test(message) ? "exists" : "moved";
  if (/protected branch|not allowed to push|push rule/i.test(message)) return "refused";
  if (status === 401) return "signed-out";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 409) return "moved";
  return status === 413 ? "too-large" : "refused";
}

/** GitLab's errors are a text, a list, or lists by field. */
function messageOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const told = message ?? error ?? text;
    return typeof told === "string" ? told : JSON.stringify(told);
  } catch {
    return text;
  }
}

function pagingOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("x-") || name === "link"),
  );
}

/** Sizes are not listed: what turns out to be too large is given up on the way. */
async function bytesOf(response: Response, endpoint: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > LARGEST_BLOB) throw new ForgeError("too-large", `${endpoint} is too large`);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const RETRIES = 5;
const HINTS: Readonly<Partial<Record<ForgeErrorCode, string>>> = {
  "signed-out": "Set GITLAB_TOKEN to a token with the scope api.",
  forbidden: "The token needs the scope api, and the role Developer.",
  missing: "It is not there, or the token may not see it.",
  limited: "Run it again later: it goes on where it stopped.",
  refused: "A rule of the project forbids it; ask its maintainers.",
};
