import { TreeError, type FileMode, type FileTree } from "../file-tree.ts";

/** Files held in memory: path to content. Text is UTF-8. */
export function memoryTree(
  files: Readonly<Record<string, string | Uint8Array>>,
  modes: Readonly<Record<string, FileMode>> = {},
): FileTree {
  const bytes = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    bytes.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  const entries = [...bytes.keys()]
    .sort()
    .map((path) => ({ path, mode: modes[path] ?? "file", size: bytes.get(path)!.length }));
  return {
    list: () => Promise.resolve(entries),
    read(path) {
      const content = bytes.get(path);
      return content === undefined
        ? Promise.reject(new TreeError(path, "no such file"))
        : Promise.resolve(content);
    },
  };
}
