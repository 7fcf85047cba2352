import { isBlank, isSpace } from "./blanks.ts";
import type { LogicalLine } from "./logical.ts";
import { lex, LexError } from "./shell-words.ts";
import type { Flag, Word } from "./types.ts";

/** A stretch of a logical line. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Splits `[start, end)` at blanks; quotes do not count. So BuildKit reads FROM, COPY, EXPOSE and VOLUME. */
export function splitAtBlanks(text: string, start: number, end: number): Span[] {
  const spans: Span[] = [];
  for (let at = start; at < end;) {
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    const from = at;
    while (at < end && !isBlank(text.charCodeAt(at))) at++;
    if (at > from) spans.push({ start: from, end: at });
  }
  return spans;
}

/** Splits `[start, end)` at blanks outside quotes. So BuildKit reads ENV, LABEL and ARG (`parseWords`). */
export function splitQuoted(text: string, start: number, end: number, escape: string): Span[] {
  const spans: Span[] = [];
  let quote = "";
  let from = -1;
  for (let at = start; at < end; at++) {
    const char = text[at]!;
    if (from < 0) {
      if (isSpace(text.charCodeAt(at))) continue;
      from = at;
    } else if (quote === "" && isSpace(text.charCodeAt(at))) {
      spans.push({ start: from, end: at });
      from = -1;
      continue;
    }
    if (char === escape && quote !== "'") at++;
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = "";
  }
  // A lone escape character at the end is no word.
  if (from >= 0 && text.slice(from, end) !== escape) spans.push({ start: from, end });
  return spans;
}

export function word(logical: LogicalLine, span: Span, escape: string): Word {
  const raw = logical.text.slice(span.start, span.end);
  const { start, end } = logical.range(span.start, span.end);
  return { raw, value: unquote(raw, escape), start, end };
}

/** A word that BuildKit hands on as it stands, such as a command for the shell. */
export function literalWord(logical: LogicalLine, span: Span): Word {
  const raw = logical.text.slice(span.start, span.end);
  const { start, end } = logical.range(span.start, span.end);
  return { raw, value: raw, start, end };
}

const SPECIAL = /['"\\`]/;

/** Without quotes and escapes; a word that BuildKit could not evaluate stays as it is. */
export function unquote(raw: string, escape: string): string {
  if (!SPECIAL.test(raw)) return raw;
  try {
    return lex(raw, { escape, skipUnset: true }).result;
  } catch (error) {
    if (error instanceof LexError) return raw;
    throw error;
  }
}

export interface SplitFlags {
  readonly flags: readonly Flag[];
  /** Logical offset at which the arguments start. */
  readonly rest: number;
}

/**
 * The `--name=value` words at the start of `[start, end)` (BuildKit's `extractBuilderFlags`). A lone
 * `--` ends them. Quotes and escapes are removed from values.
 */
export function splitFlags(logical: LogicalLine, start: number, end: number, escape: string): SplitFlags {
  const { text } = logical;
  const flags: Flag[] = [];
  let at = start;
  for (;;) {
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    if (!text.startsWith("--", at) || at + 2 > end) return { flags, rest: at };
    const from = at;
    let value = "";
    let quote = "";
    for (; at < end; at++) {
      const char = text[at]!;
      if (quote === "" && isBlank(text.charCodeAt(at))) break;
      if (char === quote) quote = "";
      else if (quote === "" && (char === "'" || char === '"')) quote = char;
      else if (char !== escape) value += char;
      else if (at + 1 < end) value += text[++at]!;
    }
    if (value === "--") return { flags, rest: at };
    flags.push(flag(logical, value, from, at));
  }
}

function flag(logical: LogicalLine, unquoted: string, start: number, end: number): Flag {
  const range = logical.range(start, end);
  const equals = unquoted.indexOf("=");
  if (equals < 0) return { name: unquoted.slice(2), value: null, valueRange: null, ...range };
  const from = logical.text.indexOf("=", start) + 1;
  return {
    name: unquoted.slice(2, equals),
    value: unquoted.slice(equals + 1),
    valueRange: from < end ? logical.range(from, end) : { start: range.end, end: range.end },
    ...range,
  };
}

const JSON_STRING = /"(?:[^"\\]|\\.)*"/g;

/**
 * The elements, literals in `raw`, where a span is a JSON array of strings; null where it is no JSON, which makes it
 * plain text; "mixed" for an array of other things, which BuildKit refuses.
 */
export function jsonWords(logical: LogicalLine, { start, end }: Span): Word[] | "mixed" | null {
  if (logical.text[start] !== "[") return null;
  const text = logical.text.slice(start, end);
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return null;
  }
  const elements: Word[] = [];
  JSON_STRING.lastIndex = 0;
  for (const value of values as unknown[]) {
    if (typeof value !== "string") return "mixed";
    const match = JSON_STRING.exec(text)!;
    const from = start + match.index;
    elements.push({ raw: match[0], value, ...logical.range(from, from + match[0].length) });
  }
  return elements;
}
