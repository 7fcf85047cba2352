import type { FileTree, TreeEntry } from "../file-tree.ts";
import type { FileChange } from "./types.ts";

/** A tree as it will be once the changed files are written. */
export function overlay(tree: FileTree, files: readonly FileChange[]): FileTree {
  const changed = new Map(files.map((file) => [file.path, file]));
  return {
    async list() {
      const entries = await tree.list();
      return entries.map((entry): TreeEntry => {
        const file = changed.get(entry.path);
        if (!file) return entry;
        return { path: entry.path, mode: file.mode === "100755" ? "executable" : entry.mode };
      });
    },
    async read(path) {
      const file = changed.get(path);
      return file ? new TextEncoder().encode(file.after) : tree.read(path);
    },
  };
}
