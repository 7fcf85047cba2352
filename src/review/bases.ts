import type { FileTree } from "../file-tree.ts";
import { type Changed, overlay } from "../file-tree/overlay.ts";
import type { RewriteResult } from "../rewrite/types.ts";

/**
 * The trees that Dockerfiles are rewritten in: each starts from what the ones before it leave of the files that
 * they share (a compose file, say). Much is learnt about a tree only once, so an equal one is the same object as
 * long as no other was asked for in between.
 */
export class Bases {
  readonly #below: FileTree;
  /** A chain of changes has a number, so that long ones are compared at once. */
  readonly #chains = new Map<string, number>();
  readonly #contents = new Map<string, number>();
  readonly #known = new WeakMap<Changed, number>();
  #last: { readonly key: number; readonly tree: FileTree };

  constructor(below: FileTree) {
    this.#below = below;
    this.#last = { key: 0, tree: below };
  }

  /** From the beginning: no Dockerfile is rewritten yet. */
  start(): Base {
    const shared = new Map<string, Changed>();
    let key = 0;
    return {
      get key() {
        return key;
      },
      tree: () => this.#tree(key, shared),
      put: ({ dockerfile, files }) => {
        for (const file of files) {
          if (file.path === dockerfile) continue;
          const { path, after } = file;
          shared.set(path, { path, after, mode: file.mode ?? shared.get(path)?.mode ?? null });
          key = this.#chain(key, this.#content(file));
        }
      },
    };
  }

  #tree(key: number, shared: ReadonlyMap<string, Changed>): FileTree {
    if (this.#last.key !== key)
      this.#last = { key, tree: key === 0 ? this.#below : overlay(this.#below, [...shared.values()]) };
    return this.#last.tree;
  }

  #chain(key: number, content: number): number {
    return numberOf(this.#chains, `${key} ${content}`);
  }

  #content(file: Changed): number {
    let number = this.#known.get(file);
    if (number === undefined) {
      number = numberOf(this.#contents, `${file.path}\0${file.mode ?? ""}\0${file.after}`);
      this.#known.set(file, number);
    }
    return number;
  }
}

/** What the next Dockerfile starts from. */
export interface Base {
  /** Differs where the trees differ. */
  readonly key: number;
  tree(): FileTree;
  /** Goes on to what this result leaves. */
  put(result: RewriteResult): void;
}

function numberOf(numbers: Map<string, number>, name: string): number {
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = numbers.size + 1));
  return number;
}
