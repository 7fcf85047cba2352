import { CompanionError } from "./errors.ts";
import type { Span } from "./types.ts";

/** nginx's own grammar: `name word word;` and `name word { … }`. */
export interface NginxDirective extends Span {
  readonly name: string;
  readonly args: readonly NginxWord[];
  /** The directives between the braces; null where it ends in `;`. */
  readonly block: readonly NginxDirective[] | null;
  /** Just behind the `{`. */
  readonly blockStart: number | null;
}

export interface NginxWord extends Span {
  /** Without quotes and escapes. */
  readonly value: string;
  /** Offset of the value's first character; it equals the source from there on where `plain`. */
  readonly valueStart: number;
  readonly plain: boolean;
}

/** @throws {CompanionError} where it is not nginx configuration. */
export function parseNginx(path: string, text: string): NginxDirective[] {
  return new Parser(path, text).parse();
}

interface Open {
  readonly start: number;
  readonly name: string;
  readonly args: NginxWord[];
  readonly blockStart: number;
  readonly children: NginxDirective[];
}

/** A stack instead of recursion, so that deep nesting costs no call stack. */
class Parser {
  private readonly path: string;
  private readonly text: string;
  private at = 0;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    if (text.startsWith("\uFEFF")) this.at = 1;
  }

  parse(): NginxDirective[] {
    const top: NginxDirective[] = [];
    const open: Open[] = [];
    let words: NginxWord[] = [];
    for (;;) {
      this.skipBlank();
      const siblings = open.at(-1)?.children ?? top;
      const char = this.text[this.at];
      if (char === undefined) {
        if (words.length > 0) this.fail(words[0]!.start, "a directive without its `;`");
        if (open.length > 0) this.fail(open.at(-1)!.start, "a block without its `}`");
        return top;
      }
      if (char === ";") {
        this.at++;
        if (words.length === 0) continue;
        siblings.push(this.finish(words, this.at));
        words = [];
      } else if (char === "{") {
        if (words.length === 0) this.fail(this.at, "a block without a name");
        this.at++;
        const [first, ...args] = words;
        if (first!.value.endsWith("_by_lua_block")) {
          const blockStart = this.at;
          this.skipLua();
          siblings.push({
            start: first!.start,
            end: this.at,
            name: first!.value,
            args,
            block: [],
            blockStart,
          });
        } else {
          open.push({ start: first!.start, name: first!.value, args, blockStart: this.at, children: [] });
        }
        words = [];
      } else if (char === "}") {
        if (words.length > 0) this.fail(words[0]!.start, "a directive without its `;`");
        const block = open.pop();
        if (!block) this.fail(this.at, "a `}` too many");
        this.at++;
        const { start, name, args, blockStart, children } = block!;
        (open.at(-1)?.children ?? top).push({ start, end: this.at, name, args, block: children, blockStart });
      } else {
        words.push(this.word());
      }
    }
  }

  private finish(words: readonly NginxWord[], end: number): NginxDirective {
    const [first, ...args] = words;
    return { start: first!.start, end, name: first!.value, args, block: null, blockStart: null };
  }

  private skipBlank(): void {
    BLANK.lastIndex = this.at;
    this.at += BLANK.exec(this.text)![0].length;
    while (this.text[this.at] === "#") {
      const newline = this.text.indexOf("\n", this.at);
      this.at = newline === -1 ? this.text.length : newline;
      BLANK.lastIndex = this.at;
      this.at += BLANK.exec(this.text)![0].length;
    }
  }

  private word(): NginxWord {
    const start = this.at;
    const quote = this.text[start];
    if (quote === '"' || quote === "'") return this.quoted(start, quote);
    let value = "";
    let plain = true;
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (char === "\\" && this.at + 1 < this.text.length) {
        value += this.text.slice(this.at, this.at + 2);
        plain = false;
        this.at += 2;
      } else if (char === "$" && this.text[this.at + 1] === "{") {
        const close = this.text.indexOf("}", this.at);
        const end = close === -1 || /\s/.test(this.text.slice(this.at, close)) ? this.at + 2 : close + 1;
        value += this.text.slice(this.at, end);
        this.at = end;
      } else if (/[\s;{]/.test(char)) {
        break;
      } else {
        value += char;
        this.at++;
      }
    }
    return { start, end: this.at, value, valueStart: start, plain };
  }

  private quoted(start: number, quote: string): NginxWord {
    let value = "";
    let plain = true;
    for (this.at++; ; this.at++) {
      const char = this.text[this.at];
      if (char === undefined) this.fail(start, "a quoted word without its end");
      if (char === quote) break;
      if (char === "\\") {
        plain = false;
        this.at++;
      }
      value += this.text[this.at] ?? "";
    }
    this.at++;
    return { start, end: this.at, value, valueStart: start + 1, plain };
  }

  /** Lua up to the brace that closes the block, past Lua's strings and comments. */
  private skipLua(): void {
    const start = this.at;
    for (let depth = 1; depth > 0;) {
      LUA.lastIndex = this.at;
      const match = LUA.exec(this.text);
      if (!match) this.fail(start, "a Lua block without its `}`");
      this.at = match!.index + match![0].length;
      if (match![0] === "{") depth++;
      else if (match![0] === "}") depth--;
      else if (match!.groups!.level !== undefined) this.skipTo(`]${match!.groups!.level}]`);
      else if (match![0] === "--") this.skipTo("\n");
      else this.skipLuaString(match![0]);
    }
  }

  private skipTo(end: string): void {
    const found = this.text.indexOf(end, this.at);
    this.at = found === -1 ? this.text.length : found + end.length;
  }

  private skipLuaString(quote: string): void {
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at];
      if (char === "\\") this.at++;
      else if (char === quote || char === "\n") break;
    }
    this.at++;
  }

  private fail(offset: number, message: string): never {
    const line = this.text.slice(0, offset).split("\n").length;
    throw new CompanionError(this.path, line, message);
  }
}

const BLANK = /\s*/y;
const LUA = /[{}"']|(?:--)?\[(?<level>=*)\[|--/g;
