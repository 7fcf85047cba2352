import stringWidth from "string-width";
import type { Look, Paint } from "./paint.ts";

/** A text of one look. */
export interface Span {
  readonly text: string;
  readonly look: Look;
}

/** The smallest piece that is never broken: a character as one sees it, and how many columns it takes. */
interface Cell {
  readonly text: string;
  readonly width: number;
  readonly look: Look;
}

export const span = (text: string, look: Look = "plain"): Span => ({ text, look });

export function widthOf(spans: readonly Span[]): number {
  return cellsOf(spans).reduce((sum, cell) => sum + cell.width, 0);
}

/** Breaks a line of code at the width, wherever that is, so that every character can be seen. */
export function breakAt(spans: readonly Span[], width: number): Span[][] {
  const rows: Cell[][] = [[]];
  let used = 0;
  for (const cell of cellsOf(spans)) {
    if (used + cell.width > width && used > 0) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(cell);
    used += cell.width;
  }
  return rows.map(joined);
}

/** Breaks prose at blanks; a word that is longer than a line is broken too. */
export function wrapText(text: string, width: number, look: Look = "plain"): Span[][] {
  const rows: Span[][] = [];
  let line: Cell[] = [];
  let used = 0;
  const flush = (): void => {
    if (line.length > 0) rows.push(joined(line));
    [line, used] = [[], 0];
  };
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const cells = cellsOf([span(word, look)]);
    const wide = cells.reduce((sum, cell) => sum + cell.width, 0);
    if (used > 0 && used + 1 + wide > width) flush();
    if (used > 0) {
      line.push({ text: " ", width: 1, look });
      used++;
    }
    for (const cell of cells) {
      if (used + cell.width > width && used > 0) flush();
      line.push(cell);
      used += cell.width;
    }
  }
  flush();
  return rows;
}

/** One row, cut where the screen ends. */
export function cut(spans: readonly Span[], width: number): Span[] {
  if (widthOf(spans) <= width) return [...spans];
  const cells: Cell[] = [];
  let used = 0;
  for (const cell of cellsOf(spans)) {
    if (used + cell.width > width - 1) break;
    cells.push(cell);
    used += cell.width;
  }
  return joined([...cells, { text: "…", width: 1, look: "dim" }]);
}

export function paintRow(spans: readonly Span[], paint: Paint): string {
  return spans.map(({ text, look }) => paint(look, text)).join("");
}

function joined(cells: readonly Cell[]): Span[] {
  const spans: { text: string; look: Look }[] = [];
  for (const { text, look } of cells) {
    const last = spans.at(-1);
    if (last?.look === look) last.text += text;
    else spans.push({ text, look });
  }
  return spans;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const TAB = 4;

function cellsOf(spans: readonly Span[]): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const { text, look } of spans) {
    for (const character of PLAIN.test(text) ? text : graphemes(text)) {
      const cell = cellOf(character, look, column);
      cells.push(cell);
      column += cell.width;
    }
  }
  return cells;
}

function* graphemes(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment;
}

const PLAIN = /^[\x20-\x7e]*$/;

/** What a repository holds must not move the cursor, set a title or turn the direction of the text. */
function cellOf(character: string, look: Look, column: number): Cell {
  if (PLAIN.test(character)) return { text: character, width: 1, look };
  if (character === "\t") {
    const width = TAB - (column % TAB);
    return { text: " ".repeat(width), width, look };
  }
  const text = character.replace(UNSAFE, (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`);
  return { text, width: stringWidth(text), look };
}

const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
