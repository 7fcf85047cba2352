import type { Change, Edit } from "./types.ts";

/**
 * Applies edits to a text. Edits must not overlap; insertions at the same offset keep their order.
 * @throws RangeError when two edits overlap or one lies outside the text.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of inOrder(edits)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) {
      throw new RangeError(`edit ${edit.start}-${edit.end} overlaps another or lies outside the text`);
    }
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Edits of one text in the order in which they take effect. */
export function inOrder(edits: readonly Edit[]): Edit[] {
  return edits
    .map((edit, order) => ({ edit, order }))
    .sort(byPosition)
    .map(({ edit }) => edit);
}

function byPosition(a: { edit: Edit; order: number }, b: { edit: Edit; order: number }): number {
  if (a.edit.start !== b.edit.start) return a.edit.start - b.edit.start;
  // An insertion goes before a replacement that starts at the same place.
  const insertionA = a.edit.start === a.edit.end ? 0 : 1;
  const insertionB = b.edit.start === b.edit.end ? 0 : 1;
  return insertionA - insertionB || a.order - b.order;
}

/** The changes that fit together: one that overlaps an earlier one waits for the next round, as do its dependants. */
export function withoutConflicts(changes: readonly Change[]): Change[] {
  const taken = new Map<string, { start: number; end: number }[]>();
  const kept: Change[] = [];
  const left = new Set<string>();
  for (const change of changes) {
    const clash =
      change.dependsOn.some((id) => left.has(id)) ||
      change.edits.some((edit) => taken.get(edit.path)?.some((other) => overlaps(edit, other)));
    if (clash) {
      left.add(change.id);
      continue;
    }
    for (const edit of change.edits) {
      const list = taken.get(edit.path) ?? [];
      list.push(edit);
      taken.set(edit.path, list);
    }
    kept.push(change);
  }
  return kept;
}

/** Insertions at the same place, or at the edge of a replacement, do not disturb each other. */
function overlaps(a: { start: number; end: number }, b: { start: number; end: number }): boolean {
  return a.start < b.end && b.start < a.end;
}

/** What one edit of a separable change is called. */
export function partId(id: string, index: number): string {
  return `${id}#${index + 1}`;
}

/** Leaves out the changes that `rejected` names and all that depend on them. */
export function withoutRejected(changes: readonly Change[], rejected: (change: Change) => boolean): Change[] {
  const offered = new Set(changes.map((change) => change.id));
  const gone = new Set(changes.filter(rejected).map((change) => change.id));
  for (let size = -1; size !== gone.size;) {
    size = gone.size;
    for (const change of changes) {
      if (change.dependsOn.some((id) => gone.has(id) || !offered.has(id))) gone.add(change.id);
    }
  }
  return changes.filter((change) => !gone.has(change.id));
}
