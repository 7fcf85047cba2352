import { isSpace } from "./blanks.ts";

/**
 * BuildKit's word lexer (`frontend/dockerfile/shell/lex.go`): quotes, escapes and `$` expansions, the way
 * Dockerfile instructions other than RUN, CMD and ENTRYPOINT are evaluated. It is no shell: `$(` and `;`
 * mean nothing to it. Heredocs are found with it too.
 */
export interface LexOptions {
  readonly escape: string;
  /** Keep quotes. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters. */
  readonly rawEscapes?: boolean;
  /** Leave expansions of unset variables as they are, instead of taking them for empty. */
  readonly skipUnset?: boolean;
  readonly lookup?: (name: string) => string | undefined;
}

export interface Lexed {
  /** The text after expansion, blanks kept. */
  readonly result: string;
  /** The same split at unquoted blanks. */
  readonly words: readonly string[];
  /** Names that were expanded and that `lookup` did not know. */
  readonly unmatched: readonly string[];
  /** Those of them that stand without a default. */
  readonly needed: readonly string[];
}

/** What BuildKit refuses in a word: an open quote, a bad substitution. */
export class LexError extends Error {
  /** The unknown names met so far. */
  unmatched: readonly string[] = [];
}

/** @throws LexError */
export function lex(source: string, options: LexOptions): Lexed {
  const lexer = new Lexer(source, options);
  try {
    const { result, words } = lexer.until(null, options.rawEscapes ?? false);
    return { result, words, unmatched: [...lexer.unmatched], needed: [...lexer.needed] };
  } catch (error) {
    if (error instanceof LexError) error.unmatched = [...lexer.unmatched];
    throw error;
  }
}

class Lexer {
  readonly unmatched = new Set<string>();
  readonly needed = new Set<string>();
  readonly #source: string;
  readonly #options: LexOptions;
  #rawEscapes = false;
  #at = 0;
  /** One buffer for all nesting levels, as in BuildKit, where `a${X:-b}` loses the `a` of the word list. */
  #word = "";

  constructor(source: string, options: LexOptions) {
    this.#source = source;
    this.#options = options;
  }

  until(stop: string | null, rawEscapes: boolean): { result: string; words: string[] } {
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    try {
      return this.#until(stop);
    } finally {
      this.#rawEscapes = outer;
    }
  }

  #until(stop: string | null): { result: string; words: string[] } {
    const words: string[] = [];
    let result = "";
    this.#word = "";
    const endWord = () => {
      if (this.#word !== "") words.push(this.#word);
      this.#word = "";
    };
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === stop) {
        this.#at++;
        endWord();
        return { result, words };
      }
      if (char === "'" || char === '"' || char === "<") {
        const piece = char === "<" ? this.#heredoc() : char === "'" ? this.#single() : this.#double();
        result += piece;
        this.#word += piece;
      } else if (char === "$") {
        const piece = this.#dollar();
        result += piece;
        for (const each of piece) {
          if (isSpace(each.charCodeAt(0))) endWord();
          else this.#word += each;
        }
      } else if (char === this.#options.escape) {
        this.#at++;
        if (this.#rawEscapes) {
          result += char;
          this.#word += char;
        }
        if (this.#at >= this.#source.length) break;
        result += this.#source[this.#at]!;
        this.#word += this.#source[this.#at++]!;
      } else {
        this.#at++;
        result += char;
        if (isSpace(char.charCodeAt(0))) endWord();
        else this.#word += char;
      }
    }
    if (stop !== null) throw new LexError(`no matching ${stop}`);
    endWord();
    return { result, words };
  }

  #single(): string {
    const start = this.#at;
    const close = this.#source.indexOf("'", start + 1);
    if (close < 0) {
      this.#at = this.#source.length;
      throw new LexError("no matching single quote");
    }
    this.#at = close + 1;
    return this.#options.rawQuotes
      ? this.#source.slice(start, close + 1)
      : this.#source.slice(start + 1, close);
  }

  #double(): string {
    const quote = this.#options.rawQuotes ? '"' : "";
    let result = quote;
    this.#at++;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === '"') {
        this.#at++;
        return result + quote;
      }
      if (char === "$") {
        result += this.#dollar();
        continue;
      }
      this.#at++;
      if (char !== this.#options.escape) {
        result += char;
        continue;
      }
      if (this.#rawEscapes) result += char;
      const next = this.#source[this.#at];
      if (next === undefined) break;
      if (next === '"' || next === "$" || next === this.#options.escape) {
        result += next;
        this.#at++;
      } else {
        result += char;
      }
    }
    throw new LexError("no matching double quote");
  }

  /** `<<` takes the blanks after it along, so that `<< EOF` is one word. */
  #heredoc(): string {
    const start = this.#at++;
    if (this.#source[this.#at] !== "<") return "<";
    this.#at++;
    while (this.#at < this.#source.length && " \t\r".includes(this.#source[this.#at]!)) this.#at++;
    return this.#source.slice(start, this.#at);
  }

  #dollar(): string {
    this.#at++;
    if (this.#source[this.#at] !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      return this.#get(name, true) ?? (this.#options.skipUnset ? `$${name}` : "");
    }
    const first = this.#source[++this.#at];
    if (first === undefined) throw new LexError("missing '}'");
    if (first === "{" || first === "}" || first === ":") throw new LexError("bad substitution");
    const name = this.#name();
    let operator = this.#source[this.#at++];
    if (operator === "}") {
      return this.#get(name, true) ?? (this.#options.skipUnset ? `\${${name}}` : "");
    }
    if (operator === "/") return this.#replace(name);
    const nullIsUnset = operator === ":";
    if (nullIsUnset) operator = this.#source[this.#at++];
    if (operator === undefined) throw new LexError("missing '}'");
    const pattern = operator === "#" || operator === "%";
    if (!"+-?#%".includes(operator) || (nullIsUnset && pattern))
      throw new LexError(`unsupported modifier ${operator}`);
    const word = this.until("}", pattern).result;
    const value = this.#get(name, operator === "?" || pattern);
    if (value === undefined && this.#options.skipUnset)
      return `\${${name}${nullIsUnset ? ":" : ""}${operator}${word}}`;
    const unset = value === undefined || (nullIsUnset && value === "");
    if (operator === "-") return unset ? word : value;
    if (operator === "+") return unset ? "" : word;
    if (operator === "?") {
      if (unset) throw new LexError(`${name}: ${word || "is not allowed to be unset"}`);
      return value;
    }
    const greedy = word.startsWith(operator);
    return trim(value ?? "", greedy ? word.slice(1) : word, operator, greedy);
  }

  #replace(name: string): string {
    const all = this.#source[this.#at] === "/";
    if (all) this.#at++;
    const pattern = this.until("/", true).result;
    const replacement = this.until("}", true).result;
    const value = this.#get(name, true);
    if (value === undefined && this.#options.skipUnset) return `\${${name}/${pattern}/${replacement}}`;
    const regex = new RegExp(patternSource(pattern, true), all ? "gsu" : "su");
    return (value ?? "").replace(regex, () => replacement);
  }

  #name(): string {
    const rest = this.#source.slice(this.#at, this.#at + 256);
    // Digits, one special parameter, or a name.
    const name = /^(?:\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]+)?/u.exec(rest)![0];
    this.#at += name.length;
    return name;
  }

  #get(name: string, needed: boolean): string | undefined {
    const value = this.#options.lookup?.(name);
    if (value === undefined) {
      this.unmatched.add(name);
      if (needed) this.needed.add(name);
    }
    return value;
  }
}

/** `${X#p}` and its kin: the shortest match is at one end, so a suffix is cut from the reversed text. */
function trim(value: string, pattern: string, operator: string, greedy: boolean): string {
  if (operator === "#") return value.replace(new RegExp(`^${patternSource(pattern, greedy)}`, "su"), "");
  const reversed = [...value].reverse().join("");
  const regex = new RegExp(`^${patternSource(reversePattern(pattern), greedy)}`, "su");
  return [...reversed.replace(regex, "")].reverse().join("");
}

/** Reverses a pattern, keeping each escape before its character. */
function reversePattern(pattern: string): string {
  return (pattern.match(/\\.|./gsu) ?? []).reverse().join("");
}

/** A shell pattern (`*`, `?`, backslash escapes) as a regular expression. */
function patternSource(pattern: string, greedy: boolean): string {
  let source = "";
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    let char = chars[at]!;
    if (char === "*") source += greedy ? ".*" : ".*?";
    else if (char === "?") source += ".";
    else if (char === "\\") {
      if (chars[at + 1] === "}" || chars[at + 1] === "/") continue;
      char = chars[++at] ?? "";
      if (char !== "*" && char !== "?" && char !== "\\") throw new LexError(`bad escape \\${char}`);
      source += `\\${char}`;
    } else source += char.replace(/[[\]{}.+()|^$/]/, "\\$&");
  }
  return source;
}
