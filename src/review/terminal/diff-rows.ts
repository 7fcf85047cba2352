import type { DiffFile, DiffLine } from "../diff-view.ts";
import type { TokenKind } from "../tokens.ts";
import type { Look } from "./paint.ts";
import { breakAt, span, type Span, widthOf } from "./text.ts";

export interface RowOptions {
  readonly width: number;
  /** Without it, what differs inside a line is pointed at from below. */
  readonly colour: boolean;
}

/** A file of a diff as rows of the screen: two columns of numbers, a sign, and the text, wrapped. */
export function diffRows(file: DiffFile, options: RowOptions): Span[][] {
  const notes = [file.isNew ? "new file" : "", file.executable ? "becomes executable" : ""].filter(Boolean);
  const title = [span(file.path, "bold"), span(notes.length > 0 ? `  ${notes.join(", ")}` : "", "dim")];
  const last = file.hunks.at(-1)?.at(-1);
  const digits = String(Math.max(last?.oldLine ?? 0, last?.newLine ?? 0, 10)).length;
  const rows: Span[][] = breakAt(title, options.width);
  file.hunks.forEach((hunk, index) => {
    if (index > 0) rows.push([span(`${" ".repeat(digits)} ⋮`, "dim")]);
    for (const line of hunk) rows.push(...lineRows(line, digits, options));
  });
  return rows;
}

const SIGNS = { context: " ", added: "+", removed: "-" } as const;

function lineRows(line: DiffLine, digits: number, { width, colour }: RowOptions): Span[][] {
  const sign = SIGNS[line.kind];
  const look: Look = line.kind === "context" ? "dim" : line.kind;
  // A narrow screen has room for one number: the one on the side where the line is.
  const narrow = width < 60;
  const number = (value: number | null): string => String(value ?? "").padStart(digits);
  const numbers = narrow
    ? number(line.newLine ?? line.oldLine)
    : `${number(line.oldLine)} ${number(line.newLine)}`;
  const gutter = `${numbers} ${sign} `;
  const room = Math.max(10, width - gutter.length);
  const rows = breakAt(spansOf(line), room).flatMap((text, index) => {
    const head = index === 0 ? gutter : `${" ".repeat(gutter.length - 2)}${sign} `;
    const row = [span(head, look), ...text];
    return colour || !text.some(({ look: each }) => MARKS.has(each))
      ? [row]
      : [row, pointers(text, gutter.length)];
  });
  return rows;
}

const MARKS: ReadonlySet<Look> = new Set(["addedMark", "removedMark"]);

/** `^^^^` below what differs. */
function pointers(text: readonly Span[], indent: number): Span[] {
  const line = text.map((each) => (MARKS.has(each.look) ? "^" : " ").repeat(widthOf([each]))).join("");
  return [span(" ".repeat(indent) + line.trimEnd())];
}

const SYNTAX: Readonly<Record<TokenKind, Look>> = {
  comment: "comment",
  directive: "flag",
  keyword: "keyword",
  flag: "flag",
  image: "image",
  string: "string",
  variable: "variable",
  heredoc: "plain",
};

/** The text in pieces of one look: syntax in lines that stay, what differs in those that do not. */
function spansOf({ kind, text, marks, tokens }: DiffLine): Span[] {
  const base: Look = kind === "context" ? "plain" : kind;
  const marked: Look = kind === "added" ? "addedMark" : "removedMark";
  const ranges = [
    ...(kind === "context" ? tokens.map((token) => ({ ...token, look: SYNTAX[token.kind] })) : []),
    ...marks.map((mark) => ({ ...mark, look: marked })),
  ].sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  let at = 0;
  for (const { start, end, look } of ranges) {
    if (start < at) continue;
    if (start > at) spans.push(span(text.slice(at, start), base));
    spans.push(span(text.slice(start, end), look));
    at = end;
  }
  if (at < text.length) spans.push(span(text.slice(at), base));
  return spans;
}
