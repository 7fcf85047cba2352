import { applyEdits } from "./apply.ts";
import { fileChange } from "./file-change.ts";
import type { Change, Edit, FileChange, RewriteResult } from "./types.ts";

/**
 * Two rounds as one result. The edits of the second are offsets into what the first made; where they lie outside what
 * the first changed they are moved back to the text as read, and all changes stay as they are. Where rounds touch
 * the same place their changes become one, with one edit from the text as read to the text at the end.
 */
export function merged(first: RewriteResult, second: RewriteResult): RewriteResult {
  const files = new Map(first.files.map((file) => [file.path, file]));
  for (const file of second.files) {
    const before = files.get(file.path);
    const mode = file.mode ?? before?.mode ?? null;
    files.set(file.path, before ? fileChange(file.path, before.before, file.after, mode) : file);
  }
  const all = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ...first, changes: sideBySide(first, second, all) ?? [asOne(first, second, all)], files: all };
}

/** All changes with offsets into the texts as read; null where they do not stand beside each other. */
function sideBySide(
  first: RewriteResult,
  second: RewriteResult,
  files: readonly FileChange[],
): readonly Change[] | null {
  const known = new Set(first.changes.map(({ id }) => id));
  if (second.changes.some(({ id }) => known.has(id))) return null;
  const editsOf = (changes: readonly Change[], path: string): Edit[] =>
    changes
      .flatMap(({ edits, applicability }) => (applicability === "manual" ? [] : edits))
      .filter((edit) => edit.path === path);
  const moved: Change[] = [];
  for (const change of second.changes) {
    const edits = change.edits.map((edit) => movedBack(edit, editsOf(first.changes, edit.path)));
    if (edits.some((edit) => edit === null)) return null;
    moved.push({ ...change, edits: edits as Edit[] });
  }
  const changes = [...first.changes, ...moved];
  const holds = files.every(({ path, before, after }) => {
    try {
      return applyEdits(before ?? "", editsOf(changes, path)) === after;
    } catch {
      return false;
    }
  });
  return holds ? changes : null;
}

/** An edit of a text that others have made, as an edit of the text before; null where it touches one of them. */
function movedBack(edit: Edit, earlier: readonly Edit[]): Edit | null {
  let shift = 0;
  for (const { start, end, text } of [...earlier].sort((a, b) => a.start - b.start)) {
    const from = start + shift;
    if (edit.end < from) break;
    if (edit.start < from + text.length) return null;
    shift += text.length - (end - start);
  }
  return { ...edit, start: edit.start - shift, end: edit.end - shift };
}

function asOne(first: RewriteResult, second: RewriteResult, files: readonly FileChange[]): Change {
  const all = [...first.changes, ...second.changes];
  const [head] = all;
  return {
    ...head!,
    title: [...new Set(all.map(({ title }) => title))].join("; "),
    reason: [...new Set(all.map(({ reason }) => reason))].join(" "),
    applicability: all.some(({ applicability }) => applicability === "likely") ? "likely" : "safe",
    dependsOn: [],
    evidence: all.flatMap(({ evidence }) => evidence),
    edits: files.map(wholeEdit),
  };
}

/** What differs, as one edit. */
function wholeEdit({ path, before, after }: FileChange): Edit {
  const text = before ?? "";
  let start = 0;
  while (start < text.length && start < after.length && text[start] === after[start]) start++;
  let kept = 0;
  while (
    kept < text.length - start &&
    kept < after.length - start &&
    text[text.length - 1 - kept] === after[after.length - 1 - kept]
  )
    kept++;
  return { path, start, end: text.length - kept, text: after.slice(start, after.length - kept) };
}
