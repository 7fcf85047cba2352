import type { ParameterExpansionPart, Word, WordPart } from "unbash";
import type { Scope } from "./scope.ts";
import type { LogicalTextLike, ShellWord } from "./types.ts";

/** A stretch of a word: written in the source, or given by an expansion. */
interface Piece {
  /** What it expands to; null when that is not known. */
  readonly text: string | null;
  /** As written, without the quotes around it. */
  readonly raw: string;
  /** Where `raw` begins in the logical text. */
  readonly at: number;
  readonly kind: "literal" | "variable" | "glob" | "unknown";
  readonly variable: string | null;
  /** Blanks in it separate words. */
  readonly splits: boolean;
}

export class ScriptWord implements ShellWord {
  readonly raw: string;
  readonly value: string | null;
  readonly prefix: string;
  readonly glob: string | null;
  readonly start: number;
  readonly end: number;
  readonly #source: LogicalTextLike;
  readonly #at: number;
  readonly #pieces: readonly Piece[] | null;

  /** `pieces` is null for a word without quotes and expansions. */
  constructor(source: LogicalTextLike, raw: string, at: number, pieces: readonly Piece[] | null) {
    this.raw = raw;
    this.start = source.toSource(at);
    this.end = endInSource(source, at, at + raw.length);
    this.#source = source;
    this.#at = at;
    this.#pieces = pieces;
    let known = true;
    let literal = true;
    let prefix = pieces === null ? raw : "";
    let glob = "";
    for (const piece of pieces ?? []) {
      if (piece.text === null) literal = false;
      if (piece.kind === "glob") known = false;
      if (piece.text !== null) glob += piece.text;
      if (known && literal) prefix += piece.text;
    }
    this.prefix = prefix;
    this.value = known && literal ? prefix : null;
    this.glob = !known && literal ? glob : null;
  }

  variableAt(index: number): string | null {
    return this.#find(index)?.piece.variable ?? null;
  }

  offsetOf(index: number): number {
    if (this.#pieces === null) return this.#source.toSource(this.#at + index);
    const found = this.#find(index);
    if (found === null) return this.end;
    const { piece, rest } = found;
    return this.#source.toSource(piece.at + (piece.kind === "literal" ? rawIndex(piece, rest) : 0));
  }

  script(): LogicalTextLike {
    if (this.#pieces === null) {
      return { text: this.raw, toSource: (offset) => this.#source.toSource(this.#at + offset) };
    }
    const pieces: Piece[] = this.#pieces.map((piece) =>
      piece.text === null ? { ...piece, text: piece.raw, kind: "literal" } : piece,
    );
    const word = new ScriptWord(this.#source, this.raw, this.#at, pieces);
    return { text: word.glob ?? word.value ?? "", toSource: (offset) => word.offsetOf(offset) };
  }

  #find(index: number): { piece: Piece; rest: number } | null {
    let rest = index;
    for (const piece of this.#pieces ?? []) {
      const length = piece.text?.length ?? 0;
      if (rest < length) return { piece, rest };
      rest -= length;
    }
    return null;
  }
}

/** A word of an exec form: what a JSON string means. */
export class ExecWord implements ShellWord {
  readonly raw: string;
  readonly value: string;
  readonly prefix: string;
  readonly start: number;
  readonly end: number;

  constructor(element: { readonly value: string; readonly start: number; readonly end: number }) {
    this.raw = element.value;
    this.value = element.value;
    this.prefix = element.value;
    this.start = element.start;
    this.end = element.end;
  }

  variableAt(): null {
    return null;
  }

  offsetOf(index: number): number {
    const escapes = this.end - this.start - 2 - this.value.length;
    // With escapes inside, the offset of a character cannot be told; the element's own is the best there is.
    if (escapes === 0) return this.start + 1 + index;
    return index >= this.value.length ? this.end : this.start;
  }

  script(): LogicalTextLike {
    return { text: this.value, toSource: (offset) => this.offsetOf(offset) };
  }
}

/** What follows the first `from` characters of a word: the value in `--port=80`. */
export function sliceWord(word: ShellWord, from: number): ShellWord {
  if (from === 0) return word;
  return {
    raw: word.raw,
    value: word.value?.slice(from) ?? null,
    prefix: word.prefix.slice(from),
    glob: word.glob?.slice(from) ?? null,
    start: word.start,
    end: word.end,
    variableAt: (index) => word.variableAt?.(index + from) ?? null,
    offsetOf: (index) => word.offsetOf?.(index + from) ?? word.start,
  };
}

export function endInSource(source: LogicalTextLike, start: number, end: number): number {
  // The end of the last character, not the start of the next one: a continuation may lie between.
  // In unfinished text the parser's ranges may end one character behind it.
  const last = Math.min(end, source.text.length);
  return last > start ? source.toSource(last - 1) + 1 : source.toSource(start);
}

export interface Surroundings {
  readonly source: LogicalTextLike;
  readonly scope: Scope;
  readonly cwd: string | null;
}

const PLAIN = /^[\w./:=@%+,!^\]}-]+$/;

/** The words that a word becomes: more than one by braces, or by blanks in an unquoted variable. */
export function expandWord(word: Word, around: Surroundings): ShellWord[] {
  const { source } = around;
  if (PLAIN.test(word.text)) return [new ScriptWord(source, word.text, word.pos, null)];
  const alternatives: Piece[][] = [[]];
  expandTilde(word, around, collect(word.parts ?? [], word, around, alternatives));
  const words: ShellWord[] = [];
  for (const pieces of alternatives) {
    for (const field of splitFields(pieces)) words.push(new ScriptWord(source, word.text, word.pos, field));
  }
  return words;
}

/** The word as one, without brace expansion and splitting: for assignments and redirections. */
export function readWord(word: Word, around: Surroundings): ShellWord {
  if (PLAIN.test(word.text)) return new ScriptWord(around.source, word.text, word.pos, null);
  const alternatives: Piece[][] = [[]];
  expandTilde(word, around, collect(word.parts ?? [], word, around, alternatives, true));
  return new ScriptWord(around.source, word.text, word.pos, alternatives[0]!);
}

/** The body of a heredoc as a word. */
export function readBody(
  body: { text: string; pos: number; parts: readonly WordPart[] | undefined },
  around: Surroundings,
): ShellWord {
  const pieces: Piece[] = [];
  if (body.parts === undefined) pieces.push(literal(body.text, body.text, body.pos));
  else for (const part of body.parts) collectQuoted(part, around, pieces);
  return new ScriptWord(around.source, body.text, body.pos, pieces);
}

function literal(text: string, raw: string, at: number): Piece {
  return { text, raw, at, kind: "literal", variable: null, splits: false };
}

/** Appends what the parts expand to to each of the alternatives; a brace expansion multiplies them. */
function collect(
  parts: readonly WordPart[],
  word: Word,
  around: Surroundings,
  alternatives: Piece[][],
  whole = false,
): Piece[][] {
  if (parts.length === 0) {
    for (const pieces of alternatives) pieces.push(literal(word.value, word.text, word.pos));
    return alternatives;
  }
  for (const part of parts) {
    if (part.type === "BraceExpansion" && !whole) {
      const items = braceItems(part.text);
      if (items !== null && items.length * alternatives.length <= MAX_ALTERNATIVES) {
        const before = alternatives.splice(0);
        for (const pieces of before) {
          for (const item of items) alternatives.push([...pieces, given(item, part.text, part.pos, null)]);
        }
        continue;
      }
    }
    const pieces: Piece[] = [];
    collectPart(part, around, pieces);
    for (const alternative of alternatives) alternative.push(...pieces);
  }
  return alternatives;
}

const MAX_ALTERNATIVES = 64;

function collectPart(part: WordPart, around: Surroundings, pieces: Piece[]): void {
  switch (part.type) {
    case "Literal":
      pieces.push(literal(part.value, part.text, part.pos));
      break;
    case "SingleQuoted":
      pieces.push(literal(part.value, part.value, part.pos + 1));
      break;
    case "AnsiCQuoted":
      pieces.push(literal(part.value, part.text.slice(2, -1), part.pos + 2));
      break;
    case "DoubleQuoted":
    case "LocaleString":
      for (const child of part.parts) collectQuoted(child, around, pieces);
      break;
    case "Glob":
    case "ExtendedGlob":
      pieces.push({
        text: part.text,
        raw: part.text,
        at: part.pos,
        kind: "glob",
        variable: null,
        splits: false,
      });
      break;
    case "BraceExpansion":
      pieces.push(literal(part.text, part.text, part.pos));
      break;
    default:
      pieces.push(expansion(part, around, true));
  }
}

function collectQuoted(part: WordPart, around: Surroundings, pieces: Piece[]): void {
  if (part.type === "Literal") pieces.push(literal(part.value, part.text, part.pos));
  else pieces.push(expansion(part, around, false));
}

const MKTEMP = /^[$`(\s]*mktemp(?:\s+-d)?[\s)`]*$/;
const PWD = /^(?:\$\(\s*pwd\s*\)|`\s*pwd\s*`)$/;
const NAME = /^[A-Za-z_]\w*$/;

function expansion(part: WordPart, around: Surroundings, splits: boolean): Piece {
  if (part.type === "SimpleExpansion") {
    const name = part.text.slice(1);
    return variable(name, lookUp(name, around), part, splits);
  }
  if (part.type === "ParameterExpansion") return parameter(part, around, splits);
  if (part.type === "CommandExpansion") {
    if (MKTEMP.test(part.text)) return given("/tmp/tmp.XXXXXXXXXX", part.text, part.pos, null);
    if (around.cwd !== null && PWD.test(part.text)) return given(around.cwd, part.text, part.pos, null);
  }
  return unknown(part);
}

function parameter(part: ParameterExpansionPart, around: Surroundings, splits: boolean): Piece {
  const { parameter: name, operation } = part;
  if (part.prefix !== undefined || part.index !== undefined || !NAME.test(name)) return unknown(part);
  const value = lookUp(name, around);
  if (operation === undefined) return variable(name, value, part, splits);
  if (operation.type !== "Default" || value === null) return unknown(part);
  const { operator, operand } = operation;
  const missing = value === undefined || (value === "" && operator.startsWith(":"));
  const isPlus = operator.endsWith("+");
  if (missing === isPlus) {
    return isPlus ? given("", part.text, part.pos, null) : variable(name, value, part, splits);
  }
  if (operator.endsWith("?")) return unknown(part);
  const word = operand.text === "" ? null : readWord(operand, around);
  if (word === null) return given("", part.text, part.pos, null);
  if (word.value === null) return unknown(part);
  // The default is written here, so what stands in its place can be edited here.
  return word.value === operand.text
    ? literal(word.value, operand.text, operand.pos)
    : given(word.value, part.text, part.pos, null);
}

function lookUp(name: string, around: Surroundings): string | null | undefined {
  if (name === "PWD") return around.cwd;
  return around.scope.get(name);
}

function variable(
  name: string,
  value: string | null | undefined,
  part: { text: string; pos: number },
  splits: boolean,
): Piece {
  // A home that is not known stands as `~`, so that what lies below it still can be told.
  const text = value ?? (name === "HOME" ? "~" : null);
  if (text === null) return unknown(part);
  return { text, raw: part.text, at: part.pos, kind: "variable", variable: name, splits };
}

function given(text: string, raw: string, at: number, name: string | null): Piece {
  return { text, raw, at, kind: "variable", variable: name, splits: false };
}

function unknown(part: { text: string; pos: number }): Piece {
  return { text: null, raw: part.text, at: part.pos, kind: "unknown", variable: null, splits: false };
}

function expandTilde(word: Word, around: Surroundings, alternatives: Piece[][]): void {
  if (!word.text.startsWith("~") || (word.text.length > 1 && word.text[1] !== "/")) return;
  const home = around.scope.get("HOME");
  if (typeof home !== "string") return;
  for (const pieces of alternatives) {
    const first = pieces[0];
    if (first?.kind !== "literal" || first.text?.startsWith("~") !== true) continue;
    pieces.splice(
      0,
      1,
      given(home, "~", first.at, "HOME"),
      literal(first.text.slice(1), first.raw.slice(1), first.at + 1),
    );
  }
}

/** Blanks in what an unquoted variable holds separate words. */
function splitFields(pieces: Piece[]): Piece[][] {
  if (!pieces.some((piece) => piece.splits && piece.text !== null && /\s|^$/.test(piece.text)))
    return [pieces];
  const fields: Piece[][] = [];
  let field: Piece[] = [];
  for (const piece of pieces) {
    if (!piece.splits || piece.text === null) {
      field.push(piece);
      continue;
    }
    const texts = piece.text.split(/\s+/);
    for (const [index, text] of texts.entries()) {
      if (index > 0) {
        if (field.length > 0) fields.push(field);
        field = [];
      }
      if (text !== "") field.push({ ...piece, text });
    }
  }
  if (field.length > 0) fields.push(field);
  return fields;
}

const SEQUENCE = /^(\d{1,4})\.\.(\d{1,4})$/;

/** The items of `{a,b}` or `{1..3}`; null where they are not literal. */
function braceItems(text: string): string[] | null {
  const inner = text.slice(1, -1);
  const sequence = SEQUENCE.exec(inner);
  if (sequence !== null) {
    const from = Number(sequence[1]);
    const to = Number(sequence[2]);
    if (to < from || to - from >= MAX_ALTERNATIVES) return null;
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  }
  return /^[\w./:@%+,-]*$/.test(inner) && inner.includes(",") ? inner.split(",") : null;
}

/** Index into `raw` of a character of `text`: what backslashes quote stands one further. */
function rawIndex(piece: Piece, index: number): number {
  const { text, raw } = piece;
  if (text === null || text.length === raw.length) return index;
  let at = 0;
  for (let done = 0; done <= index; done += 1, at += 1) {
    while (raw[at] === "\\" && raw[at + 1] === "\n") at += 2;
    if (raw[at] === "\\" && (text[done] !== "\\" || raw[at + 1] === "\\")) at += 1;
    if (done === index) return at;
  }
  return at;
}
