import { inOrder } from "../../../rewrite/apply.ts";
import type { Edit } from "../../../rewrite/types.ts";

/** 1-based, both ends included. */
export interface Lines {
  readonly from: number;
  readonly to: number;
}

/** The lines of one file that a change touches, before and after. */
export interface Touched {
  readonly before: readonly Lines[];
  readonly after: readonly Lines[];
}

/** What is applied of a change to one file, or would be. */
export interface Applied {
  readonly id: string;
  readonly isApplied: boolean;
  readonly edits: readonly Edit[];
}

/** Where each change shows in one file: id to lines. A change that is not applied has lines only before. */
export function touchedLines(
  path: string,
  before: string,
  changes: readonly Applied[],
): Map<string, Touched> {
  const touched = new Map<string, { before: Lines[]; after: Lines[] }>();
  const lineOf = lineIndex(before);
  const applied: { id: string; edit: Edit }[] = [];
  for (const { id, isApplied, edits } of changes) {
    const own = edits.filter((edit) => edit.path === path);
    if (own.length === 0) continue;
    touched.set(id, { before: own.flatMap((edit) => replaced(edit, lineOf)), after: [] });
    if (isApplied) applied.push(...own.map((edit) => ({ id, edit })));
  }
  const owners = new Map(applied.map(({ id, edit }) => [edit, id]));
  let line = 1;
  let at = 0;
  for (const edit of inOrder(applied.map(({ edit: each }) => each))) {
    line += breaks(before.slice(at, edit.start));
    at = edit.end;
    const added = breaks(edit.text);
    if (edit.text !== "") {
      const to = line + added - (edit.text.endsWith("\n") ? 1 : 0);
      const from = /^\r?\n./s.test(edit.text) ? line + 1 : line;
      touched.get(owners.get(edit)!)!.after.push({ from, to: Math.max(from, to) });
    }
    line += added;
  }
  return touched;
}

/** An insertion replaces nothing, yet is seen on the line that it is put into. */
function replaced({ start, end, text }: Edit, lineOf: (offset: number) => number): Lines[] {
  const from = lineOf(start);
  if (start === end) return text.includes("\n") ? [] : [{ from, to: from }];
  return [{ from, to: Math.max(from, lineOf(end - 1)) }];
}

const BREAK = /\r\n?|\n/g;

/** How many lines end in a text. */
export function breaks(text: string): number {
  return text.match(BREAK)?.length ?? 0;
}

function lineIndex(text: string): (offset: number) => number {
  const ends = [...text.matchAll(BREAK)].map((match) => match.index + match[0].length);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
