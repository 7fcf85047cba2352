import type { FileTree, TreeEntry } from "../file-tree.ts";
import type { FileChange } from "./types.ts";

/** A tree as it will be once the changed files are written. */
export function overlay(tree: FileTree, files: readonly FileChange[]): FileTree {
  const changed = new Map(files.map((file) => [file.path, file]));
  return {
    async list() {
      const entries = await tree.list();
      // What others have learnt about a list holds for that object, so it is kept where it is still true.
      if (![...changed.values()].some((file) => file.mode !== null)) return entries;
      return entries.map((entry): TreeEntry => {
        const file = changed.get(entry.path);
        return file?.mode === "100755" ? { path: entry.path, mode: "executable" } : entry;
      });
    },
    async read(path) {
      const file = changed.get(path);
      return file ? new TextEncoder().encode(file.after) : tree.read(path);
    },
  };
}
