import { lex, LexError } from "./shell-words.ts";

/** A `<<WORD` as it stands on a logical line; the body follows below. */
export interface HeredocOpener {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
}

// Go's `\s` in BuildKit's expression has no vertical tab.
const OPENER = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/;

/**
 * The heredocs that a logical line opens, in order. BuildKit looks for them with the default escape
 * character whatever the escape directive says, and finds none in a line that its lexer cannot read,
 * such as one with an open quote.
 */
export function heredocOpeners(line: string): HeredocOpener[] {
  if (!line.includes("<<")) return [];
  let words: readonly string[];
  try {
    words = lex(line, { escape: "\\", rawQuotes: true, rawEscapes: true, skipUnset: true }).words;
  } catch (error) {
    if (error instanceof LexError) return [];
    throw error;
  }
  return words.map(heredocOpener).filter((opener) => opener !== null);
}

/**
 * The heredoc that a word opens, or null.
 * @throws LexError where BuildKit refuses the delimiter.
 */
export function heredocOpener(word: string): HeredocOpener | null {
  const match = OPENER.exec(word);
  const rest = match?.[2];
  if (!rest) return null;
  const plain = lex(rest, { escape: "\\", skipUnset: true }).words;
  if (plain.length !== 1) return null;
  const raw = lex(rest, { escape: "\\", skipUnset: true, rawQuotes: true }).words;
  return {
    delimiter: plain[0]!,
    quoted: quotes(plain[0]!) !== quotes(raw[0]!),
    stripTabs: match![1] === "-",
  };
}

function quotes(word: string): number {
  return word.match(/['"]/g)?.length ?? 0;
}
