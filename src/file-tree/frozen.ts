import type { FileTree, TreeEntry } from "../file-tree.ts";

/** A tree in which every file stays as it was when it was first read, whatever happens to it meanwhile. */
export function frozen(tree: FileTree): FileTree {
  let entries: Promise<readonly TreeEntry[]> | undefined;
  const contents = new Map<string, Promise<Uint8Array>>();
  return {
    list: () => (entries ??= tree.list()),
    read(path) {
      let content = contents.get(path);
      if (!content) contents.set(path, (content = tree.read(path)));
      return content;
    },
  };
}
