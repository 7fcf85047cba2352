import type { FileTree } from "../file-tree.ts";
import { emptyResult } from "./round.ts";
import { rewrite } from "./rewrite.ts";
import type { RewriteOptions, RewriteResult } from "./types.ts";

/** `rewrite` for a run over many files: whatever goes wrong in one, the others are still done. */
export async function attempt(tree: FileTree, path: string, options: RewriteOptions): Promise<RewriteResult> {
  try {
    return await rewrite(tree, path, options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failure(
      path,
      "internal",
      `deroot stumbled over it: ${message}`,
      "Please report it, with the file if you can.",
    );
  }
}

/** A result that says that nothing was done to a file that something should have been done to. */
export function failure(path: string, code: string, message: string, remedy: string | null): RewriteResult {
  return { ...emptyResult(path), status: "failed", reason: { code, message, remedy, line: null } };
}
