import { applyEdits, fileChange } from "../rewrite/index.ts";
import type { Change, Edit, FileChange, RewriteResult } from "../rewrite/types.ts";

/**
 * What one change alone does to its files, from the texts as they were read; for showing it, or one of its edits.
 * The Dockerfile comes first, the others in the order of their names.
 */
export function changeFiles(
  result: RewriteResult,
  change: Change,
  edits: readonly Edit[] = change.edits,
): FileChange[] {
  const before = new Map(result.files.map((file) => [file.path, file.before]));
  const executable = new Set(edits === change.edits ? change.modes?.map(({ path }) => path) : []);
  const touched = new Set([...edits.map(({ path }) => path), ...executable]);
  const paths = [...touched].filter((path) => before.has(path));
  const rank = (path: string): string => (path === result.dockerfile ? "" : path);
  paths.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return paths.map((path) => {
    const text = before.get(path) ?? null;
    const own = edits.filter((edit) => edit.path === path);
    return fileChange(path, text, applyEdits(text ?? "", own), executable.has(path) ? "100755" : null);
  });
}

/** The files of several results that follow on each other, each file once, in the order of their names. */
export function combined(results: readonly { readonly files: readonly FileChange[] }[]): FileChange[] {
  const files = new Map<string, FileChange>();
  for (const file of results.flatMap((result) => result.files)) {
    const first = files.get(file.path);
    const mode = file.mode ?? first?.mode ?? null;
    files.set(file.path, first ? fileChange(file.path, first.before, file.after, mode) : file);
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
