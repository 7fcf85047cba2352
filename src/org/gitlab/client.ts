/**
 * gitbeaker with our own way to send: its own repeats writes whose answer was lost, and cannot be told the limits of all
 * workers.
 */
import { Gitlab } from "@gitbeaker/rest";
import { createRequesterFn } from "@gitbeaker/requester-utils";
import Bottleneck from "bottleneck";
import { ForgeError, type Usage } from "../forge.ts";
import type { ClientOptions } from "../client-options.ts";
import { CLOCK, type Clock } from "../limits.ts";
import { LARGEST_BLOB } from "../object-tree.ts";
import { Failure, failureOf, failureOfQuery } from "./errors.ts";

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
  const query: Query = (text, variables) => sender.query(`${host}/`, text, variables);
  return { api, query, usage, host };
}

export type GitLabApi = ReturnType<typeof gitLabClient>["api"];

/** Asks GraphQL, which gitbeaker does not speak. Resolves with what stands in `data`; that of a field may be missing. */
export type Query = (text: string, variables: Readonly<Record<string, unknown>>) => Promise<unknown>;

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

  async query(
    prefixUrl: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const request = {
      method: "POST",
      prefixUrl,
      headers: { "private-token": this.#options.token, "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    };
    const { body } = await this.send(GRAPHQL, request, false);
    return (body as { data: unknown }).data;
  }

  async send(
    endpoint: string,
    request: Request,
    isWrite = (request.method ?? "GET") !== "GET",
  ): Promise<Reply> {
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
    const isGraphQL = endpoint === GRAPHQL;
    const known = isWrite || isRaw || isGraphQL ? null : ((await conditional?.get(key, {})) ?? null);
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
      if (isGraphQL) {
        const failure = failureOfQuery(body);
        if (failure) return failure;
      } else if (!isWrite && headers["etag"] !== undefined && known?.etag !== headers["etag"])
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

const GRAPHQL = "api/graphql";
const RETRIES = 5;
