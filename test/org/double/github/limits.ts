/** GitHub's limits, per token: the hour's requests, and what it calls secondary limits. */
import type { Clock } from "../world/clock.ts";

export interface LimitOptions {
  /** REST requests per hour. */
  readonly core: number;
  /** GraphQL points per hour. */
  readonly graphql: number;
  /** Searches per minute. */
  readonly search: number;
  readonly codeSearch: number;
  /** Requests that make content, per minute and per hour. */
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** Requests under way at the same time. */
  readonly concurrent: number;
}

/** So high that only a test that sets them meets them. */
export const NO_LIMITS: LimitOptions = {
  core: 1_000_000,
  graphql: 1_000_000,
  search: 1_000_000,
  codeSearch: 1_000_000,
  contentPerMinute: Infinity,
  contentPerHour: Infinity,
  concurrent: Infinity,
};

/** What GitHub documents for a user's token. */
export const DOCUMENTED_LIMITS: LimitOptions = {
  core: 5000,
  graphql: 5000,
  search: 30,
  codeSearch: 10,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
};

export type Resource = "core" | "graphql" | "search" | "code_search";

export interface Window {
  readonly resource: Resource;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since 1970. */
  readonly reset: number;
}

const HOUR = 3600;
const MINUTE = 60;

export class Limits {
  readonly options: LimitOptions;
  readonly #clock: Clock;
  readonly #used = new Map<string, { used: number; reset: number }>();
  readonly #content = new Map<string, number[]>();
  /** How often a client ran into each limit. */
  readonly hit = { primary: 0, secondary: 0 };

  constructor(options: LimitOptions, clock: Clock) {
    this.options = options;
    this.#clock = clock;
  }

  #now(): number {
    return this.#clock.now().getTime() / 1000;
  }

  window(token: string, resource: Resource): Window {
    const { limit, length } = {
      core: { limit: this.options.core, length: HOUR },
      graphql: { limit: this.options.graphql, length: HOUR },
      search: { limit: this.options.search, length: MINUTE },
      code_search: { limit: this.options.codeSearch, length: MINUTE },
    }[resource];
    const key = `${resource} ${token}`;
    let state = this.#used.get(key);
    if (!state || state.reset <= this.#now()) {
      state = { used: 0, reset: Math.ceil(this.#now() + length) };
      this.#used.set(key, state);
    }
    return {
      resource,
      limit,
      used: Math.min(state.used, limit),
      remaining: Math.max(limit - state.used, 0),
      reset: state.reset,
    };
  }

  spend(token: string, resource: Resource, points: number): void {
    this.window(token, resource);
    this.#used.get(`${resource} ${token}`)!.used += points;
  }

  /** Uses the window up until so many seconds from now. */
  exhaust(token: string, resource: Resource, seconds: number): void {
    const { limit } = this.window(token, resource);
    this.#used.set(`${resource} ${token}`, { used: limit, reset: Math.ceil(this.#now() + seconds) });
  }

  /** Counts one request that makes content; seconds to wait when that is one too many, else null. */
  content(token: string): number | null {
    const now = this.#now();
    const made = (this.#content.get(token) ?? []).filter((at) => at > now - HOUR);
    this.#content.set(token, made);
    const lastMinute = made.filter((at) => at > now - MINUTE);
    if (made.length >= this.options.contentPerHour) return Math.ceil(made[0]! + HOUR - now);
    if (lastMinute.length >= this.options.contentPerMinute) return Math.ceil(lastMinute[0]! + MINUTE - now);
    made.push(now);
    return null;
  }
}

export function limitHeaders(window: Window): Record<string, string> {
  return {
    "x-ratelimit-limit": String(window.limit),
    "x-ratelimit-remaining": String(window.remaining),
    "x-ratelimit-used": String(window.used),
    "x-ratelimit-reset": String(window.reset),
    "x-ratelimit-resource": window.resource,
  };
}
