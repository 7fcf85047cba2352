/**
 * Two octokits on one account: reads go side by side and are repeated, writes go one after the other and are not. The
 * throttling plugin would put GraphQL reads in line with the writes.
 */
import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import Bottleneck from "bottleneck";
import { ForgeError, type Usage } from "../forge.ts";
import { CLOCK, type Clock, type Wait } from "../limits.ts";
import type { ClientOptions } from "../client-options.ts";
import type { GitHubAuth } from "./auth.ts";
import { conceal } from "../secrets.ts";
import { forgeError, isTooQuick, type Context, type GraphQLError } from "./errors.ts";

export interface GitHubClientOptions extends ClientOptions {
  readonly auth: GitHubAuth;
}

export interface Answer {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is checked where it is read
  readonly data: any;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

export interface GraphQLAnswer<T> {
  readonly data: T | null;
  readonly errors: readonly GraphQLError[];
  readonly headers: Answer["headers"];
}

type Parameters = Readonly<Record<string, unknown>>;

export class GitHubClient {
  readonly usage: Usage = { reads: 0, writes: 0, retries: 0 };
  readonly #reader: Octokit;
  readonly #writer: Octokit;
  readonly #options: GitHubClientOptions;
  readonly #graphqlUrl: string;
  readonly #clock: Clock;

  constructor(options: GitHubClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? CLOCK;
    this.#graphqlUrl = options.apiUrl.endsWith("/api/v3")
      ? `${options.apiUrl.slice(0, -"/v3".length)}/graphql`
      : `${options.apiUrl}/graphql`;
    this.#reader = this.#octokit({ maxConcurrent: 8, writeGap: 0, retries: 4 });
    this.#writer = this.#octokit({ maxConcurrent: 1, writeGap: options.writeGapMs, retries: 0 });
  }

  /** A REST read. */
  async read(doing: string, route: string, parameters: Parameters = {}): Promise<Answer> {
    return this.#told({ doing, isWrite: false }, () => this.#again(this.#reader, route, parameters));
  }

  /** A REST write. */
  async write(doing: string, route: string, parameters: Parameters = {}): Promise<Answer> {
    await this.#options.gate.take(1);
    return this.#told({ doing, isWrite: true }, () => this.#again(this.#writer, route, parameters));
  }

  /** A GraphQL query. Errors of single fields come back with the data. */
  async query<T>(doing: string, query: string, variables: Parameters): Promise<GraphQLAnswer<T>> {
    return this.#graphql<T>(this.#reader, { doing, isWrite: false }, query, variables);
  }

  /** A GraphQL mutation that counts as so many writes. */
  async mutate<T>(doing: string, query: string, variables: Parameters, count = 1): Promise<GraphQLAnswer<T>> {
    await this.#options.gate.take(count);
    return this.#graphql<T>(this.#writer, { doing, isWrite: true }, query, variables);
  }

  async #graphql<T>(
    octokit: Octokit,
    context: Context,
    query: string,
    variables: Parameters,
  ): Promise<GraphQLAnswer<T>> {
    return this.#told(context, async () => {
      const { data, headers } = await this.#again(octokit, `POST ${this.#graphqlUrl}`, { query, variables });
      const errors = (data?.errors ?? []) as GraphQLError[];
      if (errors.length > 0 && (data.data ?? null) === null)
        throw Object.assign(new Error("GraphQL"), { errors });
      return { data: data.data as T | null, errors, headers };
    });
  }

  /**
   * Sends, and sends again what GitHub has turned away, for coming too quickly or with a token that has expired: then
   * nothing has happened yet.
   */
  async #again(octokit: Octokit, route: string, parameters: Parameters): Promise<Answer> {
    let isRenewed = false;
    for (let attempt = 1; ;) {
      const [answer, error] = await this.#send(octokit, route, parameters);
      const reply = answer ?? (error as { response?: Partial<Answer> }).response ?? {};
      if (
        (error as { status?: number } | null)?.status === 401 &&
        this.#options.auth.kind === "app" &&
        !isRenewed
      ) {
        isRenewed = true;
        await octokit.auth({ type: "installation", refresh: true });
      } else if (isTurnedAway(reply.data, error) && attempt <= TOO_QUICK_RETRIES) {
        const until =
          this.#clock.now() + secondsToWait(reply.headers ?? {}, attempt++) * this.#options.secondMs;
        this.#pause({ until, why: "asked-to-wait" });
        await this.#clock.sleepUntil(until, this.#options.signal);
      } else {
        if (answer) return answer;
        throw error;
      }
      this.usage.retries++;
    }
  }

  async #send(
    octokit: Octokit,
    route: string,
    parameters: Parameters,
  ): Promise<[Answer, null] | [null, unknown]> {
    const { conditional } = this.#options;
    const isGet = route.startsWith("GET ");
    const known = isGet && conditional ? await conditional.get(route, parameters) : null;
    const headers = known ? { "if-none-match": known.etag } : {};
    try {
      const answer = (await octokit.request(route, { ...parameters, headers })) as Answer;
      const etag = answer.headers["etag"];
      if (isGet && typeof etag === "string")
        await conditional?.put(route, parameters, { etag, data: answer.data });
      return [answer, null];
    } catch (error) {
      if (known && (error as { status?: number }).status === 304)
        return [{ data: known.data, headers: {} }, null];
      return [null, error];
    }
  }

  async #told<T>(context: Context, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw forgeError(error, context);
    }
  }

  #pause(wait: Wait): void {
    if (wait.until - this.#clock.now() > this.#options.patienceMs) {
      throw new ForgeError(
        "limited",
        `GitHub asks to wait until ${new Date(wait.until).toISOString()}`,
        "Run it again then: it goes on where it stopped.",
        { retryAt: wait.until },
      );
    }
    this.#options.gate.pause(wait.until);
    this.#options.onWait(wait);
  }

  #octokit(pace: { maxConcurrent: number; writeGap: number; retries: number }): Octokit {
    const { auth, apiUrl, signal, timeoutMs, secondMs, userAgent } = this.#options;
    const group = (limits: Bottleneck.ConstructorOptions): Bottleneck.Group => new Bottleneck.Group(limits);
    const wait =
      (why: Wait["why"]) =>
      (seconds: number, _request: unknown, _octokit: unknown, count: number): boolean => {
        this.usage.retries++;
        const until = this.#clock.now() + seconds * secondMs;
        if (until - this.#clock.now() > this.#options.patienceMs || count >= LIMIT_RETRIES) return false;
        this.#pause({ until, why });
        return true;
      };
    const Client = Octokit.plugin(retry, throttling);
    const octokit = new Client({
      ...auth.strategy,
      baseUrl: apiUrl,
      userAgent,
      log: SILENT,
      request: {
        fetch: (url: string, init: RequestInit) => {
          // Those of an App are made on the way.
          const credentials = new Headers(init.headers).get("authorization");
          if (credentials !== null) conceal(credentials.slice(credentials.indexOf(" ") + 1));
          this.usage[pace.retries > 0 ? "reads" : "writes"]++;
          return fetch(url, {
            ...init,
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          });
        },
      },
      retry: { enabled: pace.retries > 0, retries: pace.retries, retryAfterBaseValue: secondMs },
      throttle: {
        id: apiUrl,
        global: group({ maxConcurrent: pace.maxConcurrent }),
        auth: group({ maxConcurrent: 1 }),
        search: group({ maxConcurrent: 1, minTime: 2 * secondMs }),
        write: group({ maxConcurrent: pace.maxConcurrent, minTime: pace.writeGap }),
        notifications: group({ maxConcurrent: pace.maxConcurrent, minTime: pace.writeGap }),
        retryAfterBaseValue: secondMs,
        onRateLimit: wait("rate-limit"),
        onSecondaryRateLimit: wait("asked-to-wait"),
      } as never,
    });
    return octokit;
  }
}

function isTurnedAway(data: unknown, error: unknown): boolean {
  const errors = (data as { errors?: readonly unknown[] } | undefined)?.errors;
  const messages = Array.isArray(errors)
    ? errors.map((each) => (typeof each === "string" ? each : String((each as GraphQLError).message ?? "")))
    : [];
  const isLimit =
    Array.isArray(errors) && errors.some((each) => (each as GraphQLError).type === "RATE_LIMITED");
  return isLimit || messages.some(isTooQuick) || (error instanceof Error && isTooQuick(error.message));
}

/** GitHub's advice: what it says, else a minute, and longer each time. */
function secondsToWait(headers: Answer["headers"], attempt: number): number {
  const after = Number(headers["retry-after"]);
  if (after > 0) return after;
  const reset = Number(headers["x-ratelimit-reset"]) - Date.now() / 1000;
  if (headers["x-ratelimit-remaining"] === "0" && reset > 0) return Math.ceil(reset) + 1;
  return 60 * 2 ** (attempt - 1);
}

const LIMIT_RETRIES = 5;
const TOO_QUICK_RETRIES = 4;
const silent = (): void => undefined;
/** What octokit would print could name requests; what matters comes back as an error. */
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };
