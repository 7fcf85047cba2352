import type { TreeEntry } from "../file-tree.ts";

const sortedOf = new WeakMap<object, readonly TreeEntry[]>();

/**
 * The entries below a folder (the empty string is the root), in the order of their paths. Costs what is there, not
 * what is in the whole tree: a tree with a Dockerfile in each of its thousands of folders is gone through once.
 */
export function entriesBelow(
  all: ReadonlyMap<string, TreeEntry> | readonly TreeEntry[],
  folder: string,
): readonly TreeEntry[] {
  let sorted = sortedOf.get(all);
  if (!sorted) {
    sorted = [...all.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    sortedOf.set(all, sorted);
  }
  if (folder === "" || folder === ".") return sorted;
  // What begins alike stands together: "0" follows upon "/".
  return sorted.slice(firstFrom(sorted, `${folder}/`), firstFrom(sorted, `${folder}0`));
}

/** Index of the first entry whose path is not before `path`. */
function firstFrom(sorted: readonly TreeEntry[], path: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.path < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
