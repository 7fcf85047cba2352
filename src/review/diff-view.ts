import { diffArrays } from "diff";
import { changedHunks } from "../report/diff.ts";
import type { FileChange } from "../rewrite/types.ts";
import { dockerfileTokens, type Token, type TokenKind } from "./tokens.ts";

/** One line of a diff. Offsets count in `text`, in UTF-16 code units. */
export interface DiffLine {
  readonly kind: "context" | "removed" | "added";
  /** 1-based; null on the side where the line is not. */
  readonly oldLine: number | null;
  readonly newLine: number | null;
  /** Without the line's end. */
  readonly text: string;
  /** What differs from the line on the other side; empty where the whole line is new or gone. */
  readonly marks: readonly { readonly start: number; readonly end: number }[];
  /** Syntax, for a Dockerfile. */
  readonly tokens: readonly { readonly start: number; readonly end: number; readonly kind: TokenKind }[];
}

export interface DiffFile {
  readonly path: string;
  readonly isNew: boolean;
  /** It becomes executable. */
  readonly executable: boolean;
  /** The lines around each place that changes; between two hunks lines are left out. */
  readonly hunks: readonly (readonly DiffLine[])[];
}

/** A diff to be shown: lines with their numbers, with word-level marks and, for a Dockerfile, syntax. */
export function diffView({ path, before, after, mode }: FileChange, isDockerfile: boolean): DiffFile {
  const oldTokens = isDockerfile ? byLine(before ?? "", dockerfileTokens(before ?? "")) : null;
  const newTokens = isDockerfile ? byLine(after, dockerfileTokens(after)) : null;
  const hunks = changedHunks(before ?? "", after).map(({ oldStart, newStart, lines }) => {
    let oldLine = oldStart;
    let newLine = newStart;
    const rows: DiffLine[] = [];
    for (const line of lines) {
      const sign = line[0];
      if (sign === "\\") continue;
      const text = line.slice(1).replace(/\r$/, "");
      const inOld = sign !== "+";
      const inNew = sign !== "-";
      rows.push({
        kind: inOld && inNew ? "context" : inOld ? "removed" : "added",
        oldLine: inOld ? oldLine : null,
        newLine: inNew ? newLine : null,
        text,
        marks: [],
        tokens: (inNew ? newTokens?.get(newLine) : oldTokens?.get(oldLine)) ?? [],
      });
      if (inOld) oldLine++;
      if (inNew) newLine++;
    }
    return withMarks(rows);
  });
  return { path, isNew: before === null, executable: mode === "100755", hunks };
}

/** Marks words in lines that were replaced by as many others. */
function withMarks(rows: readonly DiffLine[]): DiffLine[] {
  const marked = [...rows];
  for (let at = 0; at < rows.length;) {
    const removed = run(rows, at, "removed");
    const added = run(rows, at + removed, "added");
    for (let index = 0; index < Math.min(removed, added); index++) {
      const old = rows[at + index]!;
      const fresh = rows[at + removed + index]!;
      const marks = wordMarks(old.text, fresh.text);
      if (marks === null) continue;
      marked[at + index] = { ...old, marks: marks.old };
      marked[at + removed + index] = { ...fresh, marks: marks.fresh };
    }
    at += Math.max(1, removed + added);
  }
  return marked;
}

function run(rows: readonly DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let length = 0;
  while (rows[from + length]?.kind === kind) length++;
  return length;
}

type Marks = { start: number; end: number }[];

/** What differs between two lines, word by word; null where they have little in common. */
export function wordMarks(old: string, fresh: string): { old: Marks; fresh: Marks } | null {
  const words = (text: string): string[] => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
  const [oldWords, freshWords] = [words(old), words(fresh)];
  if (oldWords.length + freshWords.length > MOST_WORDS) return null;
  const marks = { old: [] as Marks, fresh: [] as Marks };
  let [oldAt, freshAt, common] = [0, 0, 0];
  for (const { value, added, removed } of diffArrays(oldWords, freshWords)) {
    const length = value.reduce((sum, word) => sum + word.length, 0);
    if (removed) marks.old.push({ start: oldAt, end: oldAt + length });
    else if (added) marks.fresh.push({ start: freshAt, end: freshAt + length });
    else common += value.reduce((sum, word) => sum + word.trim().length, 0);
    if (!added) oldAt += length;
    if (!removed) freshAt += length;
  }
  const shorter = Math.min(old.replace(/\s/g, "").length, fresh.replace(/\s/g, "").length);
  return common * 3 < shorter ? null : marks;
}

/** Beyond this, comparing words costs more than it shows. */
const MOST_WORDS = 1000;

/** The tokens of each line (1-based), with offsets in the line. */
function byLine(text: string, tokens: readonly Token[]): Map<number, Token[]> {
  const lines = new Map<number, Token[]>();
  let [line, start, next] = [1, 0, 0];
  while (next < tokens.length && start <= text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const here: Token[] = [];
    while (next < tokens.length && tokens[next]!.start <= end) {
      const token = tokens[next]!;
      here.push({
        kind: token.kind,
        start: Math.max(0, token.start - start),
        end: Math.min(token.end, end) - start,
      });
      if (token.end > end + 1) break;
      next++;
    }
    if (here.length > 0) lines.set(line, here);
    start = end + 1;
    line++;
  }
  return lines;
}
