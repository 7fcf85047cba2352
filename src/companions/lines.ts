import type { Span } from "./types.ts";

export interface LineWord extends Span {
  readonly value: string;
}

export interface WordLine {
  readonly words: readonly LineWord[];
  /** Blanks in front. */
  readonly indent: number;
}

/** Lines of words for formats of `name word word`: quotes are taken off, `#` begins a comment. */
export function wordLines(text: string): WordLine[] {
  const lines: WordLine[] = [];
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    const words: LineWord[] = [];
    for (const word of line[0].matchAll(WORD)) {
      if (word[0].startsWith("#")) break;
      const quoted = word.groups!.double ?? word.groups!.single ?? word.groups!.back;
      const start = line.index + word.index + (quoted === undefined ? 0 : 1);
      const value = quoted ?? word[0];
      words.push({ value, start, end: start + value.length });
    }
    if (words.length > 0) lines.push({ words, indent: /^[ \t]*/.exec(line[0])![0].length });
  }
  return lines;
}

const WORD = /"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|`(?<back>[^`]*)`|[^\s"'`][^\s]*|\S/g;
