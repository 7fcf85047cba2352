/** Every request the double has answered, so that a test can count them. */
export interface Call {
  readonly kind: "rest" | "graphql" | "git";
  readonly method: string;
  /** Path and query as asked for. */
  readonly path: string;
  /** `GET /repos/{owner}/{repo}`, as the forge's documentation has it; for GraphQL the root fields: `mutation createRef`. */
  readonly route: string;
  /** Whether it asks for a change. Making an access token is none. */
  readonly write: boolean;
  /** Whose token it was, or null. */
  readonly login: string | null;
  /** 0 where no answer was sent. */
  readonly status: number;
  /** The fault that was put in its way. */
  readonly fault: string | null;
  readonly at: Date;
  /** Bytes of the answer's body. */
  readonly bytes: number;
}

export class Calls {
  #all: Call[] = [];
  #watcher: ((call: Call, count: number) => void) | null = null;

  /** In the order they came. */
  get all(): readonly Call[] {
    return this.#all;
  }

  get reads(): number {
    return this.#all.filter((call) => !call.write).length;
  }

  get writes(): number {
    return this.#all.filter((call) => call.write).length;
  }

  get total(): number {
    return this.#all.length;
  }

  /** How often each route was asked for, the most first. */
  byRoute(): Record<string, number> {
    const counts = new Map<string, number>();
    for (const { route } of this.#all) counts.set(route, (counts.get(route) ?? 0) + 1);
    return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  }

  /** Those whose route or path matches. */
  matching(pattern: RegExp): Call[] {
    return this.#all.filter(
      (call) => pattern.test(call.route) || pattern.test(`${call.method} ${call.path}`),
    );
  }

  add(call: Call): void {
    this.#all.push(call);
    this.#watcher?.(call, this.#all.length);
  }

  /** Is told of each request when it has been carried out and before it is answered; null ends it. */
  watch(watcher: ((call: Call, count: number) => void) | null): void {
    this.#watcher = watcher;
  }

  clear(): void {
    this.#all = [];
  }
}
