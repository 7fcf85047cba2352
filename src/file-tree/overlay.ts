import type { FileMode, FileTree, TreeEntry } from "../file-tree.ts";

/** What a change leaves of a file. */
export interface Changed {
  readonly path: string;
  readonly after: string;
  /** As git writes it, when it changes. */
  readonly mode: string | null;
}

export interface Overlay extends FileTree {
  put(files: readonly Changed[]): void;
}

/** A tree as it will be when the changes made so far are written. */
export function overlayTree(below: FileTree): Overlay {
  const changed = new Map<string, Uint8Array>();
  const modes = new Map<string, FileMode>();
  let entries: Promise<readonly TreeEntry[]> | undefined;
  return {
    put(files) {
      for (const { path, after, mode } of files) {
        const isNew = !changed.has(path);
        changed.set(path, new TextEncoder().encode(after));
        if (mode !== null) modes.set(path, mode.endsWith("755") ? "executable" : "file");
        if (isNew || mode !== null) entries = undefined;
      }
    },
    list: () => (entries ??= below.list().then((all) => merge(all, changed, modes))),
    read(path) {
      const content = changed.get(path);
      return content === undefined ? below.read(path) : Promise.resolve(content);
    },
  };
}

function merge(
  below: readonly TreeEntry[],
  changed: ReadonlyMap<string, Uint8Array>,
  modes: ReadonlyMap<string, FileMode>,
): readonly TreeEntry[] {
  const known = new Set(below.map((entry) => entry.path));
  const added = [...changed.keys()].filter((path) => !known.has(path));
  if (added.length === 0 && modes.size === 0) return below;
  return [
    ...below.map((entry) =>
      modes.has(entry.path) ? { path: entry.path, mode: modes.get(entry.path)! } : entry,
    ),
    ...added.map((path) => ({ path, mode: modes.get(path) ?? "file" })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
