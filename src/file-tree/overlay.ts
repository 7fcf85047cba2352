import type { FileMode, FileTree, TreeEntry } from "../file-tree.ts";

/** What a change leaves of a file. */
export interface Changed {
  readonly path: string;
  readonly after: string;
  /** As git writes it, when it changes. */
  readonly mode: string | null;
}

/** A tree as it will be when the changes made so far are written. */
export class Overlay {
  readonly #below: FileTree;
  readonly #changed = new Map<string, Uint8Array>();
  readonly #modes = new Map<string, FileMode>();
  #tree: FileTree;

  constructor(below: FileTree) {
    this.#below = below;
    this.#tree = below;
  }

  get tree(): FileTree {
    return this.#tree;
  }

  /**
   * Takes the files that the rewrite of one Dockerfile has changed. What others may have learnt about a tree
   * holds for that object, so there is a new one as soon as more than the Dockerfile itself is different.
   */
  put(files: readonly Changed[], dockerfile: string): void {
    for (const { path, after, mode } of files) {
      this.#changed.set(path, new TextEncoder().encode(after));
      if (mode !== null) this.#modes.set(path, mode.endsWith("755") ? "executable" : "file");
    }
    const isShared = files.some(({ path }) => path !== dockerfile);
    if (isShared || (files.length > 0 && this.#tree === this.#below)) this.#tree = this.#view();
  }

  #view(): FileTree {
    let entries: Promise<readonly TreeEntry[]> | undefined;
    return {
      list: () => (entries ??= this.#below.list().then((below) => this.#merge(below))),
      read: (path) => {
        const content = this.#changed.get(path);
        return content === undefined ? this.#below.read(path) : Promise.resolve(content);
      },
    };
  }

  #merge(below: readonly TreeEntry[]): readonly TreeEntry[] {
    const known = new Set(below.map((entry) => entry.path));
    const added = [...this.#changed.keys()].filter((path) => !known.has(path));
    if (added.length === 0 && this.#modes.size === 0) return below;
    return [
      ...below.map((entry) => {
        const mode = this.#modes.get(entry.path);
        return mode === undefined ? entry : { path: entry.path, mode };
      }),
      ...added.map((path) => ({ path, mode: this.#modes.get(path) ?? ("file" as const) })),
    ].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
