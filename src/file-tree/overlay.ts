import type { FileTree, TreeEntry } from "../file-tree.ts";

/** What a change leaves of a file. */
export interface Changed {
  readonly path: string;
  readonly after: string;
  /** As git writes it, when it changes. */
  readonly mode: string | null;
}

/** A tree as it will be when the changes are written. */
export function overlay(tree: FileTree, changes: readonly Changed[]): FileTree {
  return view(tree, new Map(changes.map((change) => [change.path, change])));
}

function view(below: FileTree, changed: ReadonlyMap<string, Changed>): FileTree {
  let entries: Promise<readonly TreeEntry[]> | undefined;
  return {
    list: () => (entries ??= below.list().then((list) => merge(list, changed))),
    read: (path) => {
      const file = changed.get(path);
      return file === undefined ? below.read(path) : Promise.resolve(new TextEncoder().encode(file.after));
    },
  };
}

/** What others have learnt about a list holds for that object, so it is kept where it is still true. */
function merge(below: readonly TreeEntry[], changed: ReadonlyMap<string, Changed>): readonly TreeEntry[] {
  const modes = [...changed.values()].filter((file) => file.mode !== null);
  const known = changed.size === 0 ? null : new Set(below.map((entry) => entry.path));
  const added = [...changed.keys()].filter((path) => !known!.has(path));
  if (added.length === 0 && modes.length === 0) return below;
  const mode = (path: string) => (changed.get(path)!.mode?.endsWith("755") === true ? "executable" : "file");
  return [
    ...below.map((entry) =>
      typeof changed.get(entry.path)?.mode === "string"
        ? ({ path: entry.path, mode: mode(entry.path) } as const)
        : entry,
    ),
    ...added.map((path) => ({ path, mode: mode(path) }) as const),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A tree that takes in the changes of one Dockerfile after another. */
export class Overlay {
  readonly #below: FileTree;
  readonly #changed = new Map<string, Changed>();
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
    for (const file of files)
      this.#changed.set(file.path, {
        ...file,
        mode: file.mode ?? this.#changed.get(file.path)?.mode ?? null,
      });
    const isShared = files.some(({ path }) => path !== dockerfile);
    if (isShared || (files.length > 0 && this.#tree === this.#below))
      this.#tree = view(this.#below, this.#changed);
  }
}
