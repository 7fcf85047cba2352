import type { FileTree } from "../file-tree.ts";
import type { SourceFacts } from "./types.ts";

export async function sourceFacts(
  _tree: FileTree,
  _context: string,
  _dockerfile: string,
  _texts: Map<string, string>,
): Promise<SourceFacts> {
  return { listens: [], writes: [], frameworks: [] };
}
