import { skipSpaces } from "./blanks.ts";
import { LogicalLine } from "./logical.ts";
import { type Comment, type Directive, DockerfileError, type Range } from "./types.ts";

/** A logical line with an instruction in it. */
export interface ScannedLine extends Range {
  readonly logical: LogicalLine;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  /** The file ends inside the line: its last physical line has a continuation. */
  readonly open: boolean;
}

/** A line of heredoc text, with its line end. */
export interface ScannedBody {
  readonly body: Range;
  /** The end of the closing line, before its line end, and its number. */
  readonly end: number;
  readonly endLine: number;
}

/** BuildKit's limit (`bufio.MaxScanTokenSize`), in bytes of UTF-8; the line's end does not count. */
const MAX_LINE_BYTES = 65_535;

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/;
const DIRECTIVES = ["syntax", "escape", "check"];

/**
 * Reads logical lines the way BuildKit's `parser.Parse` does: directives, comments, blank lines and line
 * continuations. Whoever asks for lines also asks for the heredocs that they open, between two lines.
 */
export class Scanner {
  readonly directives: Directive[] = [];
  readonly comments: Comment[] = [];
  escape: "\\" | "`" = "\\";
  readonly #text: string;
  #inDirectives = true;
  /** Number of the physical line at hand, and its ranges: text, text and line end. */
  #line = 0;
  #start = 0;
  #end = 0;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /**
   * The next logical line, or null at the end of the file.
   * @throws DockerfileError "syntax"
   */
  next(): ScannedLine | null {
    const text = this.#text;
    while (this.#advance()) {
      const start = skipSpaces(text, this.#start, this.#end);
      if (this.#inDirectives && this.#directive(start)) continue;
      if (start === this.#end) continue;
      if (text.charCodeAt(start) === 0x23) this.#comment(start, false);
      else return this.#logicalLine(start);
    }
    return null;
  }

  /**
   * The lines up to one that is `delimiter`; null where the file ends before.
   * @throws DockerfileError "syntax"
   */
  heredoc(delimiter: string, stripTabs: boolean): ScannedBody | null {
    const text = this.#text;
    const start = this.#next;
    while (this.#advance()) {
      let from = this.#start;
      if (stripTabs) while (text.charCodeAt(from) === 0x09 && from < this.#end) from++;
      if (this.#end - from === delimiter.length && text.startsWith(delimiter, from))
        return { body: { start, end: this.#start }, end: this.#end, endLine: this.#line };
    }
    return null;
  }

  /** Goes to the next physical line. */
  #advance(): boolean {
    const text = this.#text;
    if (this.#next >= text.length) return false;
    this.#start = this.#next;
    const feed = text.indexOf("\n", this.#start);
    let end = feed < 0 ? text.length : feed;
    this.#next = feed < 0 ? end : feed + 1;
    this.#line++;
    if (end - this.#start > MAX_LINE_BYTES / 3) this.#checkLength(end);
    while (end > this.#start && text.charCodeAt(end - 1) === 0x0d) end--;
    this.#end = end;
    return true;
  }

  #checkLength(end: number): void {
    const start = this.#line === 1 ? 0 : this.#start;
    if (Buffer.byteLength(this.#text.slice(start, end)) <= MAX_LINE_BYTES) return;
    throw new DockerfileError(
      "syntax",
      `line is longer than ${MAX_LINE_BYTES} bytes, which the builder refuses`,
      this.#line,
    );
  }

  /** Directives stand above everything else; the first line that is none ends them. */
  #directive(start: number): boolean {
    this.#inDirectives = false;
    if (this.#text.charCodeAt(start) !== 0x23) return false;
    const from = skipSpaces(this.#text, start + 1, this.#end);
    const match = DIRECTIVE.exec(this.#text.slice(from, this.#end));
    const name = match?.[1]!.toLowerCase();
    if (!match || !name || !DIRECTIVES.includes(name)) return false;
    const value = match[2]!;
    if (this.directives.some((directive) => directive.name === name))
      throw new DockerfileError("syntax", `only one ${name} directive can be used`, this.#line);
    if (name === "escape") {
      if (value !== "\\" && value !== "`")
        throw new DockerfileError("syntax", `escape must be \\ or \`, not ${value}`, this.#line);
      this.escape = value;
    }
    this.directives.push({ name, value, start, end: this.#end });
    return (this.#inDirectives = true);
  }

  #comment(start: number, inside: boolean): void {
    const text = this.#text.slice(start + 1, this.#end).trim();
    this.comments.push({ line: this.#line, text, inside, start, end: this.#end });
  }

  #logicalLine(start: number): ScannedLine {
    const text = this.#text;
    const line = this.#line;
    const starts = [0];
    const sources = [start];
    let stop = this.#continuation(start, this.#end);
    if (stop < 0)
      return {
        logical: new LogicalLine(text.slice(start, this.#end), starts, sources),
        start,
        end: this.#end,
        line,
        endLine: line,
        open: false,
      };
    const pieces = [text.slice(start, stop)];
    let length = stop - start;
    let end = this.#end;
    let endLine = line;
    while (stop >= 0 && this.#advance()) {
      end = this.#end;
      endLine = this.#line;
      const first = skipSpaces(text, this.#start, end);
      if (first === end) continue;
      if (text.charCodeAt(first) === 0x23) {
        this.#comment(first, true);
        continue;
      }
      stop = this.#continuation(this.#start, end);
      const pieceEnd = stop < 0 ? end : stop;
      if (length === 0) {
        starts.length = sources.length = 0;
      }
      starts.push(length);
      sources.push(this.#start);
      pieces.push(text.slice(this.#start, pieceEnd));
      length += pieceEnd - this.#start;
    }
    const logical = new LogicalLine(pieces.join(""), starts, sources);
    return { logical, start, end, line, endLine, open: stop >= 0 };
  }

  /** Where the line's continuation character stands, or -1. After another one it is none. */
  #continuation(start: number, end: number): number {
    const text = this.#text;
    let at = end - 1;
    while (at >= start && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at--;
    if (at < start || text[at] !== this.escape) return -1;
    return at > start && text[at - 1] === this.escape ? -1 : at;
  }
}
