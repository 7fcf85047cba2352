import { TreeError, type FileTree } from "../file-tree.ts";

/** The text of a file of the tree; null where it is missing, binary or larger than anybody writes by hand. */
export async function treeText(tree: FileTree, path: string, limit = 256 * 1024): Promise<string | null> {
  try {
    const bytes = await tree.read(path);
    if (bytes.length > limit) return null;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch (error) {
    if (error instanceof TreeError || error instanceof TypeError) return null;
    throw error;
  }
}

/** Files that are nobody's own: what a package manager put there. */
export function isForeign(path: string): boolean {
  return /(?:^|\/)(?:node_modules|vendor|third_party|\.git|\.venv|bower_components)\//.test(path);
}
