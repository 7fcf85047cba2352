import type { LogicalText, Range } from "./types.ts";

/**
 * The pieces of the source that make up one logical line. Between two pieces stand a line continuation
 * and perhaps comments and blank lines.
 */
export class LogicalLine {
  readonly text: string;
  /** Logical offset at which each piece starts; the first is 0. */
  readonly #starts: readonly number[];
  /** Source offset at which each piece starts. */
  readonly #sources: readonly number[];
  #last = 0;

  constructor(text: string, starts: readonly number[], sources: readonly number[]) {
    this.text = text;
    this.#starts = starts;
    this.#sources = sources;
  }

  /** Source offset of the character at a logical offset. */
  source(offset: number): number {
    const starts = this.#starts;
    let piece = this.#last;
    if (offset < starts[piece]! || offset >= (starts[piece + 1] ?? Infinity)) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= offset) low = middle;
        else high = middle - 1;
      }
      // Callers walk a line from left to right, so the next question is mostly about the same piece.
      piece = this.#last = low;
    }
    return this.#sources[piece]! + offset - starts[piece]!;
  }

  /** Source offset after the character before a logical offset: where a range ends. */
  sourceEnd(offset: number): number {
    return offset > 0 ? this.source(offset - 1) + 1 : this.source(0);
  }

  range(start: number, end: number): Range {
    const from = this.source(start);
    return { start: from, end: end > start ? this.sourceEnd(end) : from };
  }

  slice(start: number, end: number): LogicalText {
    return new LogicalSlice(this, start, end);
  }
}

class LogicalSlice implements LogicalText {
  readonly text: string;
  readonly #line: LogicalLine;
  readonly #start: number;

  constructor(line: LogicalLine, start: number, end: number) {
    this.text = line.text.slice(start, end);
    this.#line = line;
    this.#start = start;
  }

  toSource(offset: number): number {
    if (offset > 0 && offset >= this.text.length) return this.#line.sourceEnd(this.#start + this.text.length);
    // An empty body stands where its line ends.
    if (this.text === "") return this.#line.sourceEnd(this.#start);
    return this.#line.source(this.#start + offset);
  }
}

/** The source range of `[start, end)` of a logical text. */
export function sourceRange(logical: LogicalText, start: number, end: number): Range {
  const from = logical.toSource(start);
  return { start: from, end: end > start ? logical.toSource(end - 1) + 1 : from };
}
