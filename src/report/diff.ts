import { structuredPatch, type StructuredPatchHunk } from "diff";

export interface DiffInput {
  readonly path: string;
  /** Null for a new file. */
  readonly before: string | null;
  readonly after: string;
  /** The new mode when it changes, e.g. "100755". */
  readonly mode?: string | null;
}

const CONTEXT = 3;
/** Beyond this distance the changed region is replaced whole: exact, and never quadratic. */
const MAX_EDITS = 2000;

/** A unified diff with git's headers that `git apply` takes; empty when nothing changes. */
export function unifiedDiff({ path, before, after, mode }: DiffInput): string {
  const hunks = changedHunks(before ?? "", after);
  if (before !== null && hunks.length === 0 && !mode) return "";
  const lines = [`diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`];
  if (before === null) lines.push(`new file mode ${mode ?? "100644"}`);
  else if (mode) lines.push(`old mode ${mode === "100644" ? "100755" : "100644"}`, `new mode ${mode}`);
  if (hunks.length > 0) {
    lines.push(`--- ${before === null ? "/dev/null" : named(`a/${path}`)}`, `+++ ${named(`b/${path}`)}`);
  }
  for (const hunk of hunks) {
    lines.push(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`);
    // Not a spread: a hunk can have more lines than a call may have arguments.
    for (const line of hunk.lines) lines.push(line);
  }
  return lines.join("\n") + "\n";
}

function range(start: number, count: number): string {
  // An empty range is named by the line before it.
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? String(start) : `${start},${count}`;
}

/** The hunks of a unified diff. Only the lines between the common head and tail are worth comparing. */
export function changedHunks(before: string, after: string): StructuredPatchHunk[] {
  if (before === after) return [];
  const start = linesBack(before, commonHead(before, after), CONTEXT);
  const tail = commonTail(before, after, start);
  const oldEnd = linesOn(before, before.length - tail, CONTEXT);
  const newEnd = after.length - (before.length - oldEnd);
  const oldText = before.slice(start, oldEnd);
  const newText = after.slice(start, newEnd);
  const patch = structuredPatch("", "", oldText, newText, undefined, undefined, {
    context: CONTEXT,
    maxEditLength: MAX_EDITS,
  });
  const hunks = patch?.hunks ?? [wholeHunk(oldText, newText)];
  const skipped = countLines(before, start);
  for (const hunk of hunks) {
    hunk.oldStart += skipped;
    hunk.newStart += skipped;
  }
  return hunks;
}

/** Replaces what lies between the context at both ends. */
function wholeHunk(oldText: string, newText: string): StructuredPatchHunk {
  const oldLines = splitLines(oldText);
  const newLines = splitLines(newText);
  const most = Math.min(oldLines.length, newLines.length);
  let head = 0;
  while (head < Math.min(CONTEXT, most) && oldLines[head] === newLines[head]) head++;
  let tail = 0;
  while (tail < Math.min(CONTEXT, most - head) && oldLines.at(-1 - tail) === newLines.at(-1 - tail)) tail++;
  const lines: string[] = [];
  const push = (sign: string, line: string): void => {
    if (line.endsWith("\n")) lines.push(sign + line.slice(0, -1));
    else lines.push(sign + line, "\\ No newline at end of file");
  };
  for (const line of oldLines.slice(0, head)) push(" ", line);
  for (const line of oldLines.slice(head, oldLines.length - tail)) push("-", line);
  for (const line of newLines.slice(head, newLines.length - tail)) push("+", line);
  for (const line of oldLines.slice(oldLines.length - tail)) push(" ", line);
  return { oldStart: 1, oldLines: oldLines.length, newStart: 1, newLines: newLines.length, lines };
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Length of the common beginning, cut back to the start of a line. */
function commonHead(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length === 0 ? 0 : a.lastIndexOf("\n", length - 1) + 1;
}

/** Length of the common end that does not reach before `from`, cut back to whole lines. */
function commonTail(a: string, b: string, from: number): number {
  const most = Math.min(a.length, b.length) - from;
  let length = 0;
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length))
    length++;
  const newline = a.indexOf("\n", a.length - length);
  return newline === -1 ? 0 : a.length - newline - 1;
}

function linesBack(text: string, offset: number, count: number): number {
  for (let i = 0; i < count && offset > 0; i++) {
    offset = offset === 1 ? 0 : text.lastIndexOf("\n", offset - 2) + 1;
  }
  return offset;
}

function linesOn(text: string, offset: number, count: number): number {
  for (let i = 0; i < count && offset < text.length; i++) {
    const newline = text.indexOf("\n", offset);
    offset = newline === -1 ? text.length : newline + 1;
  }
  return offset;
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let i = text.indexOf("\n"); i !== -1 && i < end; i = text.indexOf("\n", i + 1)) count++;
  return count;
}

/** git ends a name with a tab where a space could make it look longer or shorter than it is. */
function named(path: string): string {
  const name = quoted(path);
  return name === path && path.includes(" ") ? `${name}\t` : name;
}

/** git's C-style quoting of unusual names. */
function quoted(path: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters in question
  if (!/[\x00-\x1f\x7f-\uffff"\\]/.test(path)) return path;
  let name = "";
  for (const byte of new TextEncoder().encode(path)) {
    const escape = ESCAPES[byte];
    if (escape !== undefined) name += escape;
    else if (byte < 0x20 || byte >= 0x7f) name += "\\" + byte.toString(8).padStart(3, "0");
    else name += String.fromCharCode(byte);
  }
  return `"${name}"`;
}

const ESCAPES: Readonly<Record<number, string>> = {
  0x07: "\\a",
  0x08: "\\b",
  0x09: "\\t",
  0x0a: "\\n",
  0x0b: "\\v",
  0x0c: "\\f",
  0x0d: "\\r",
  0x22: '\\"',
  0x5c: "\\\\",
};
