import { sourceRange } from "./logical.ts";
import { lex, LexError } from "./shell-words.ts";
import type { Instruction, Range } from "./types.ts";

export interface Expanded {
  /** Null when a variable that is needed is unknown, or when BuildKit refuses the word. */
  readonly value: string | null;
  /** Every name that `lookup` did not know, also where a default (`${X:-y}`) stands in for it. */
  readonly unknown: string[];
}

/**
 * Evaluates a word as BuildKit does: `$X`, `${X}`, `${X:-y}`, `${X-y}`, `${X:+y}`, `${X+y}`, `${X:?y}`,
 * `${X#p}`, `${X##p}`, `${X%p}`, `${X%%p}`, `${X/p/r}`, `${X//p/r}`; quotes and escapes are removed.
 * @param raw as in `Word.raw`
 * @param lookup undefined for a variable that is not known to be set
 */
export function expand(
  raw: string,
  lookup: (name: string) => string | undefined,
  escape: "\\" | "`",
): Expanded {
  try {
    const { result, unmatched, needed } = lex(raw, { escape, lookup });
    return { value: needed.length > 0 ? null : result, unknown: [...unmatched] };
  } catch (error) {
    if (error instanceof LexError) return { value: null, unknown: [...error.unmatched] };
    throw error;
  }
}

export interface EnvPair {
  readonly name: string;
  /** As written, quotes and escapes included; null for `ARG name`. */
  readonly value: string | null;
  readonly nameRange: Range;
  readonly valueRange: Range | null;
}

/** The names and values of an ENV, LABEL or ARG; of any other instruction none. */
export function envPairs(instruction: Instruction): EnvPair[] {
  const { keyword, words, body } = instruction;
  if (keyword !== "ENV" && keyword !== "LABEL" && keyword !== "ARG") return [];
  const [first, second] = words;
  if (keyword !== "ARG" && first && second && !first.raw.includes("=")) {
    const nameRange = { start: first.start, end: first.end };
    const valueRange = { start: second.start, end: second.end };
    return [{ name: first.raw, value: second.raw, nameRange, valueRange }];
  }
  let at = 0;
  return words.map(({ raw, start, end }) => {
    const from = body.text.indexOf(raw, at);
    at = from + raw.length;
    const equals = raw.indexOf("=");
    if (equals < 0) return { name: raw, value: null, nameRange: { start, end }, valueRange: null };
    const nameRange = sourceRange(body, from, from + equals);
    const valueRange =
      at > from + equals + 1 ? sourceRange(body, from + equals + 1, at) : { start: end, end };
    return { name: raw.slice(0, equals), value: raw.slice(equals + 1), nameRange, valueRange };
  });
}
