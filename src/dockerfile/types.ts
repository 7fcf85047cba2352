/**
 * What a Dockerfile says, with the range of every part in the source text.
 * All offsets are UTF-16 code units into `Dockerfile.text`; ranges are half open, `[start, end)`.
 */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Dockerfile {
  /** The file as read, BOM included. */
  readonly text: string;
  /** The line end that the file uses (its first one; "\n" where it has none). */
  readonly eol: "\n" | "\r\n";
  readonly escape: "\\" | "`";
  /** `# syntax=`, `# escape=` and `# check=` at the top. Names are lower case. */
  readonly directives: readonly Directive[];
  /** Every instruction in order, ARGs before the first FROM included. */
  readonly instructions: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** Whole-line comments, those inside continuations included. */
  readonly comments: readonly Comment[];
}

export interface Directive extends Range {
  readonly name: string;
  readonly value: string;
}

export interface Comment extends Range {
  /** 1-based. */
  readonly line: number;
  /** Without the `#` and the blanks around. */
  readonly text: string;
  /** True inside the continuation lines of an instruction. */
  readonly inside: boolean;
}

export interface Stage {
  readonly index: number;
  /** The name after AS, lower case. */
  readonly name: string | null;
  readonly from: Instruction;
  /** The image or stage after FROM, as written. */
  readonly image: Word;
  /** FROM included. */
  readonly instructions: readonly Instruction[];
}

export interface Instruction extends Range {
  /** Position in `Dockerfile.instructions`. */
  readonly index: number;
  /** Upper case, whatever the file writes; for ONBUILD see `trigger`. */
  readonly keyword: string;
  readonly keywordRange: Range;
  /** 1-based, of `start` and of the last character. `end` is before the line's end; heredoc bodies are included. */
  readonly line: number;
  readonly endLine: number;
  readonly flags: readonly Flag[];
  /** What follows keyword and flags, as one logical line: no line continuations, no Dockerfile comments inside. */
  readonly body: LogicalText;
  /** The elements when the body is a JSON array (exec form, or COPY/ADD/VOLUME/SHELL in JSON form). */
  readonly json: readonly JsonElement[] | null;
  /** The body split at blanks the way BuildKit splits it for this keyword; quotes are kept in `raw`. */
  readonly words: readonly Word[];
  readonly heredocs: readonly Heredoc[];
  /** The instruction after ONBUILD. */
  readonly trigger: Instruction | null;
  /** Index of its stage; -1 before the first FROM. */
  readonly stage: number;
  /** The file ends inside a line continuation: whatever is added after the instruction belongs to it. */
  readonly open?: boolean;
}

export interface Flag extends Range {
  /** Without the dashes: `chown`, `from`, `mount`. */
  readonly name: string;
  /** Null for a flag without `=`. */
  readonly value: string | null;
  readonly valueRange: Range | null;
}

/** A word of the body. */
export interface Word extends Range {
  /** As in the logical line, quotes and escapes included. */
  readonly raw: string;
  /** Quotes and escapes removed; `$` expansions are still there. */
  readonly value: string;
}

export interface JsonElement extends Range {
  /** The string that the JSON means. `start`/`end` include its quotes. */
  readonly value: string;
}

export interface Heredoc {
  readonly delimiter: string;
  /** A quoted delimiter: the body is taken literally, nothing is expanded. */
  readonly quoted: boolean;
  /** `<<-`: leading tabs are removed. */
  readonly stripTabs: boolean;
  /** The lines between opener and closing line. */
  readonly body: Range;
}

/** A logical line and where each of its characters stands in the source. */
export interface LogicalText {
  readonly text: string;
  /** Source offset of the logical offset; `text.length` gives the end. Monotonic. */
  toSource(offset: number): number;
}

/** Why a file is not a Dockerfile that can be worked on. */
export type ReadProblem =
  | "binary" // NUL bytes
  | "encoding" // not UTF-8
  | "empty" // no instruction
  | "template" // jinja, ERB, m4, %%VAR%% and the like
  | "no-from"
  | "syntax" // BuildKit refuses it
  | "disagreement" // scanner and dockerfile-ast see different instructions
  | "too-large";

export class DockerfileError extends Error {
  override readonly name = "DockerfileError";
  readonly problem: ReadProblem;
  /** 1-based, where one line is to blame. */
  readonly line: number | null;
  constructor(problem: ReadProblem, message: string, line: number | null = null) {
    super(message);
    this.problem = problem;
    this.line = line;
  }
}
