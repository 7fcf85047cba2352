import type { Dockerfile, Instruction } from "../dockerfile/index.ts";
import type { Edit } from "./types.ts";

const WIDTH = 100;

/** Makes edits in a Dockerfile's own style. */
export class Layout {
  readonly dockerfile: Dockerfile;
  readonly path: string;
  private readonly lowerCase: boolean;
  private readonly indent: string;

  constructor(dockerfile: Dockerfile, path: string) {
    this.dockerfile = dockerfile;
    this.path = path;
    const keywords = dockerfile.instructions.map((i) =>
      dockerfile.text.slice(i.keywordRange.start, i.keywordRange.end),
    );
    this.lowerCase = keywords.length > 0 && keywords.every((keyword) => keyword === keyword.toLowerCase());
    this.indent = /\r?\n([ \t]+)\S/.exec(continuedPart(dockerfile))?.[1] ?? "    ";
  }

  keyword(name: string): string {
    return this.lowerCase ? name.toLowerCase() : name;
  }

  /** An instruction in the file's keyword case. */
  line(instruction: string): string {
    return instruction.replace(/^[A-Z]+/, (keyword) => this.keyword(keyword));
  }

  /** A RUN of commands that all must succeed, broken over lines where one would be long. */
  run(commands: readonly string[]): string {
    return this.runLines(commands.map((command, index) => (index === 0 ? command : `&& ${command}`)));
  }

  /** A RUN of one shell command that is written in lines. */
  runLines(lines: readonly string[]): string {
    const head = `${this.keyword("RUN")} `;
    const single = head + lines.join(" ");
    if (lines.length === 1 || single.length <= WIDTH) return single;
    return head + lines.join(` ${this.dockerfile.escape}${this.dockerfile.eol}${this.indent}`);
  }

  /** Replaces a range of the Dockerfile. */
  replace(start: number, end: number, text: string): Edit {
    return { path: this.path, start, end, text };
  }

  /** New lines before an instruction and the comments that describe it. */
  before(anchor: Instruction, lines: readonly string[], options: { blankAfter?: boolean } = {}): Edit {
    const { eol } = this.dockerfile;
    const at = this.blockStart(anchor);
    const apart = options.blankAfter === true && this.afterBlankLine(at) ? eol : "";
    return { path: this.path, start: at, end: at, text: lines.join(eol) + eol + apart };
  }

  /** New lines after an instruction. */
  after(anchor: Instruction, lines: readonly string[]): Edit {
    const { text, eol } = this.dockerfile;
    const newline = text.indexOf("\n", anchor.end);
    if (newline < 0)
      return { path: this.path, start: text.length, end: text.length, text: eol + lines.join(eol) };
    return { path: this.path, start: newline + 1, end: newline + 1, text: lines.join(eol) + eol };
  }

  /** More commands at the end of a RUN, all of which must succeed. */
  append(instruction: Instruction, commands: readonly string[]): Edit {
    const { eol, escape, text } = this.dockerfile;
    const end = instruction.start + text.slice(instruction.start, instruction.end).trimEnd().length;
    const added = commands.map((command) => ` ${escape}${eol}${this.indent}&& ${command}`).join("");
    return { path: this.path, start: end, end, text: added };
  }

  /** An instruction with the comments that stand directly above it, without the last line's end. */
  block(instruction: Instruction): string {
    return this.dockerfile.text.slice(this.blockStart(instruction), instruction.end);
  }

  /** Removes an instruction with its line's end, and with the comments above it where they go along. */
  remove(instruction: Instruction, options: { comments?: boolean } = {}): Edit {
    const { text } = this.dockerfile;
    const start = options.comments ? this.blockStart(instruction) : lineStart(text, instruction.start);
    const newline = text.indexOf("\n", instruction.end);
    return { path: this.path, start, end: newline < 0 ? text.length : newline + 1, text: "" };
  }

  /** A flag such as `--chown=app:app`, right after the keyword. */
  flag(instruction: Instruction, flag: string): Edit {
    const at = instruction.keywordRange.end;
    // `COPY["a","b"]` has no blank after its keyword.
    const blank = /\s/.test(this.dockerfile.text[at] ?? " ") ? "" : " ";
    return { path: this.path, start: at, end: at, text: ` ${flag}${blank}` };
  }

  /** Start of the comment block that stands directly above an instruction, or of its own line. */
  private blockStart(instruction: Instruction): number {
    const { text } = this.dockerfile;
    let start = lineStart(text, instruction.start);
    for (;;) {
      if (start === 0) return start;
      const previous = lineStart(text, start - 1);
      const line = text.slice(previous, start).trim();
      if (!line.startsWith("#") || this.isDirectiveLine(previous) || this.endsInstruction(start))
        return start;
      start = previous;
    }
  }

  private isDirectiveLine(offset: number): boolean {
    return this.dockerfile.directives.some(
      (d) => d.start >= offset && lineStart(this.dockerfile.text, d.start) === offset,
    );
  }

  /** Whether the line that ends at `offset` is part of an instruction (a heredoc's last line, say). */
  private endsInstruction(offset: number): boolean {
    return this.dockerfile.instructions.some(
      (i) => i.start < offset && i.end >= offset - 1 && i.end > i.start && i.end < offset + 1,
    );
  }

  private afterBlankLine(offset: number): boolean {
    const { text } = this.dockerfile;
    if (offset === 0) return false;
    return text.slice(lineStart(text, offset - 1), offset).trim() === "";
  }
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The text of the first instruction that spans several lines, to copy its indentation from. */
function continuedPart(dockerfile: Dockerfile): string {
  const instruction = dockerfile.instructions.find(
    (i) => i.keyword === "RUN" && i.endLine > i.line && i.heredocs.length === 0,
  );
  return instruction ? dockerfile.text.slice(instruction.start, instruction.end) : "";
}
