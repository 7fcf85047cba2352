/** What goes wrong between a client and a forge, on demand. */

export type Fault =
  /** Too many requests at once or too many writes; nothing is done. 403 by default, without `retry-after` when null. */
  | { readonly kind: "secondary-limit"; readonly status?: 403 | 429; readonly retryAfter?: number | null }
  /** "was submitted too quickly": 422 in REST, an error beside `data` in GraphQL. Nothing is done. */
  | { readonly kind: "too-quickly" }
  /** The hour's requests are used up until `resetIn` seconds from now (60). */
  | { readonly kind: "primary-limit"; readonly status?: 403 | 429; readonly resetIn?: number }
  /** An error of the server; nothing is done. */
  | { readonly kind: "status"; readonly status: number }
  /** The answer comes after so many milliseconds. */
  | { readonly kind: "slow"; readonly milliseconds: number }
  /** It is done, but the connection breaks before the answer (or the proxy says 502). */
  | { readonly kind: "lost-answer"; readonly as?: "reset" | 502 }
  /** The connection breaks before anything is done. */
  | { readonly kind: "reset" }
  /** No answer, ever. Nothing is done. */
  | { readonly kind: "hang" }
  /** The token is no longer good: 401. */
  | { readonly kind: "token-expired" }
  /** A tree that is asked for recursively comes back cut. */
  | { readonly kind: "truncated-tree" }
  /** Nothing is done, and the answer repeats the token that came with the request. 200 is for GraphQL. */
  | { readonly kind: "echo"; readonly status: number }
  /** GraphQL's own hiccup: 200, with an error and no data. Nothing is done. */
  | { readonly kind: "graphql-error"; readonly type?: string; readonly message?: string };

export interface FaultRule {
  /** How many matching requests are hit. Default 1. */
  readonly times?: number;
  /** How many matching requests go well before. Default 0. */
  readonly after?: number;
  /** Matches the route or method and path, see {@link Call}. */
  readonly route?: RegExp;
  readonly kind?: "rest" | "graphql" | "git";
  readonly write?: boolean;
}

interface Pending {
  readonly fault: Fault;
  readonly rule: FaultRule;
  skip: number;
  left: number;
}

export interface Request {
  readonly kind: "rest" | "graphql" | "git";
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly write: boolean;
}

export class Faults {
  #pending: Pending[] = [];
  #random: { next: () => number; rate: number; faults: readonly Fault[] } | null = null;

  /** The next requests that match meet this. Rules are tried in the order they were added. */
  add(fault: Fault, rule: FaultRule = {}): void {
    this.#pending.push({ fault, rule, skip: rule.after ?? 0, left: rule.times ?? 1 });
  }

  /** From now on each request meets one of these with this probability; the same seed gives the same sequence. */
  atRandom(rate: number, faults: readonly Fault[], seed = 1): void {
    this.#random = { next: random(seed), rate, faults };
  }

  clear(): void {
    this.#pending = [];
    this.#random = null;
  }

  /** How many planned faults have not been met. */
  get left(): number {
    return this.#pending.reduce((sum, each) => sum + each.left, 0);
  }

  take(request: Request): Fault | null {
    for (const each of this.#pending) {
      if (each.left === 0 || !matches(each.rule, request)) continue;
      if (each.skip > 0) {
        each.skip--;
        continue;
      }
      each.left--;
      return each.fault;
    }
    const chance = this.#random;
    if (chance && chance.next() < chance.rate)
      return chance.faults[Math.floor(chance.next() * chance.faults.length)]!;
    return null;
  }
}

function matches(rule: FaultRule, request: Request): boolean {
  return (
    (rule.kind === undefined || rule.kind === request.kind) &&
    (rule.write === undefined || rule.write === request.write) &&
    (rule.route === undefined ||
      rule.route.test(request.route) ||
      rule.route.test(`${request.method} ${request.path}`))
  );
}

/** mulberry32: small, and good enough to scatter faults. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
