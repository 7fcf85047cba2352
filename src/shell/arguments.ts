import type { ShellWord } from "./types.ts";
import { sliceWord } from "./word.ts";

/** An option as given: `-o x`, `-ox`, `--out=x`, `--out x`. */
export interface Option {
  readonly name: string;
  /** The word that holds the value; null for a flag. */
  readonly word: ShellWord | null;
  /** Where in that word's text the value begins. */
  readonly from: number;
}

export interface Grammar {
  /** Options that take a value. */
  readonly valued: ReadonlySet<string>;
  /** `-name` is one option, not a cluster of letters: find, java, go. */
  readonly oneDash: boolean;
}

/** The names in a blank-separated list: the form in which tables are written. */
export function words(names: string): string[] {
  return names.trim().split(/\s+/);
}

const LISTS = new Map<string, readonly string[]>();

/** `words`, for a list that is asked for again and again. */
export function namesIn(names: string): readonly string[] {
  let result = LISTS.get(names);
  if (result === undefined) {
    result = words(names);
    LISTS.set(names, result);
  }
  return result;
}

export function list(names: string): ReadonlySet<string> {
  return new Set(words(names));
}

/** Arguments told apart by a grammar. Options are looked for after operands too, as GNU does. */
export class Arguments {
  readonly options: readonly Option[];
  readonly operands: readonly ShellWord[];

  constructor(argv: readonly ShellWord[], grammar: Grammar) {
    const options: Option[] = [];
    const operands: ShellWord[] = [];
    for (let index = 0; index < argv.length; index += 1) {
      const word = argv[index]!;
      const text = word.value ?? word.glob ?? word.prefix;
      if (text === "--") {
        for (const rest of argv.slice(index + 1)) operands.push(rest);
        break;
      }
      if (text.length < 2 || text[0] !== "-") operands.push(word);
      else if (readOption(word, text, argv[index + 1], grammar, options)) index += 1;
    }
    this.options = options;
    this.operands = operands;
  }

  has(...names: readonly string[]): boolean {
    return this.options.some((option) => names.includes(option.name));
  }

  /** The value of the last of these options that has one; null when that is not known, or none is given. */
  value(...names: readonly string[]): string | null {
    const option = this.options.findLast((item) => names.includes(item.name));
    return option === undefined ? null : optionValue(option);
  }

  /** The word with the value of the last of these options, without what precedes the value. */
  word(...names: readonly string[]): ShellWord | null {
    const option = this.options.findLast((item) => names.includes(item.name));
    return option === undefined ? null : optionWord(option);
  }
}

export function optionValue(option: Option): string | null {
  return option.word?.value?.slice(option.from) ?? null;
}

export function optionWord(option: Option): ShellWord | null {
  return option.word === null ? null : sliceWord(option.word, option.from);
}

const LONG = /^--[a-z]/;
const ANY = /^--?[a-z]/i;

/** `--host --port 80`: what looks like an option is not the value of the one before. */
function isOption(word: ShellWord, pattern: RegExp): boolean {
  return pattern.test(word.prefix);
}

/** Reads the option that `word` begins; true when it takes `next` as its value. */
function readOption(
  word: ShellWord,
  text: string,
  next: ShellWord | undefined,
  grammar: Grammar,
  options: Option[],
): boolean {
  const { valued, oneDash } = grammar;
  const equals = text.indexOf("=");
  if (text.startsWith("--") || oneDash) {
    if (equals > 0) {
      options.push({ name: text.slice(0, equals), word, from: equals + 1 });
      return false;
    }
    const takes = valued.has(text) && next !== undefined && !isOption(next, oneDash ? LONG : ANY);
    options.push({ name: text, word: takes ? next : null, from: 0 });
    return takes;
  }
  const value = next === undefined || isOption(next, LONG) ? null : next;
  if (valued.has(text)) {
    options.push({ name: text, word: value, from: 0 });
    return value !== null;
  }
  for (let at = 1; at < text.length; at += 1) {
    const name = `-${text[at]!}`;
    if (!valued.has(name)) {
      options.push({ name, word: null, from: 0 });
      continue;
    }
    const inside = at + 1 < text.length;
    options.push({ name, word: inside ? word : value, from: inside ? at + 1 : 0 });
    return !inside && value !== null;
  }
  return false;
}

/** Index of the first operand; -1 when there is none. */
export function firstOperand(argv: readonly ShellWord[], grammar: Grammar): number {
  for (let index = 0; index < argv.length; index += 1) {
    const text = argv[index]!.value ?? argv[index]!.prefix;
    if (text === "--") return index + 1 < argv.length ? index + 1 : -1;
    if (text.length < 2 || text[0] !== "-") return index;
    if (readOption(argv[index]!, text, argv[index + 1], grammar, [])) index += 1;
  }
  return -1;
}
