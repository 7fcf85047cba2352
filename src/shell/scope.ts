/**
 * What variables hold at a point of a script. `null` is a variable that was assigned something not known;
 * `undefined` one that nobody mentioned.
 */
export class Scope {
  readonly #parent: Scope | ReadonlyMap<string, string> | null;
  readonly #own = new Map<string, string | null>();

  constructor(parent: Scope | ReadonlyMap<string, string> | null) {
    this.#parent = parent;
  }

  get(name: string): string | null | undefined {
    return this.#own.has(name) ? this.#own.get(name) : this.#parent?.get(name);
  }

  set(name: string, value: string | null): void {
    this.#own.set(name, value);
  }

  /** What was assigned on a path that may not have been taken is not known afterwards. */
  forget(branch: Scope): void {
    for (const name of branch.#own.keys()) this.#own.set(name, null);
  }
}
