import { isBlank, skipSpaces, trimSpaces } from "./blanks.ts";
import { type HeredocOpener, heredocOpeners } from "./heredoc.ts";
import type { LogicalLine } from "./logical.ts";
import { checkInstruction, checkKeyword } from "./rules.ts";
import type { ScannedLine } from "./scan.ts";
import { LexError } from "./shell-words.ts";
import { DockerfileError, type Heredoc, type Instruction, type Word } from "./types.ts";
import { jsonWords, literalWord, type Span, splitAtBlanks, splitFlags, splitQuoted, word } from "./words.ts";

/** One empty array for all: most instructions have neither flags nor heredocs. */
const NONE: readonly never[] = [];

/** What an instruction needs to know of the file around it. */
export interface Place {
  readonly escape: "\\" | "`";
  readonly index: number;
  readonly stage: number;
}

/** An instruction under construction: heredoc bodies follow after its line has been read. */
export type Draft = { -readonly [Key in keyof Instruction]: Instruction[Key] };

/**
 * Reads the instruction on a logical line, all but its heredoc bodies.
 * @throws DockerfileError "syntax" where BuildKit refuses it.
 */
export function readInstruction(scanned: ScannedLine, place: Place): Draft {
  return part(scanned, 0, place, false);
}

/**
 * The heredocs that an instruction's line opens.
 * @throws DockerfileError "syntax"
 */
export function openersOf(instruction: Instruction, scanned: ScannedLine): HeredocOpener[] {
  const { keyword, json } = instruction.trigger ?? instruction;
  if ((keyword !== "RUN" && keyword !== "COPY" && keyword !== "ADD") || json) return [];
  try {
    return heredocOpeners(scanned.logical.text);
  } catch (error) {
    if (!(error instanceof LexError)) throw error;
    throw new DockerfileError("syntax", `bad heredoc: ${error.message}`, scanned.line);
  }
}

/** Gives an instruction, and its trigger, the heredocs that follow its line. */
export function attachHeredocs(
  draft: Draft,
  heredocs: readonly Heredoc[],
  end: number,
  endLine: number,
): void {
  const owners = draft.trigger ? [draft, draft.trigger as Draft] : [draft];
  for (const owner of owners) Object.assign(owner, { heredocs, end, endLine });
}

/** The instruction from a logical offset to the end of the line; ONBUILD has another one inside. */
function part(scanned: ScannedLine, from: number, place: Place, triggered: boolean): Draft {
  const { logical, line, endLine } = scanned;
  const { text } = logical;
  const { escape } = place;
  const start = skipSpaces(text, from, text.length);
  const end = trimSpaces(text, start, text.length);
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(text.charCodeAt(keywordEnd))) keywordEnd++;
  const keyword = text.slice(start, keywordEnd).toUpperCase();
  if (!triggered) checkKeyword(text.slice(start, keywordEnd), line);

  const { flags, rest } = splitFlags(logical, keywordEnd, end, escape);
  const bodyStart = skipSpaces(text, rest, end);
  const keywordRange = logical.range(start, keywordEnd);
  const draft: Draft = {
    index: place.index,
    keyword,
    keywordRange,
    start: keywordRange.start,
    end: scanned.end,
    line,
    endLine,
    flags,
    body: logical.slice(bodyStart, end),
    json: null,
    words: NONE,
    heredocs: NONE,
    trigger: null,
    stage: place.stage,
  };
  if (scanned.open) draft.open = true;
  readArguments(draft, logical, { start: bodyStart, end }, scanned, place);
  checkInstruction(draft, triggered);
  return draft;
}

/** Splits the body the way its keyword wants it. */
function readArguments(
  draft: Draft,
  logical: LogicalLine,
  body: Span,
  scanned: ScannedLine,
  place: Place,
): void {
  const { text } = logical;
  const { escape } = place;
  if (body.start === body.end) return;
  const each = (spans: readonly Span[]) => spans.map((span) => word(logical, span, escape));
  let elements: Word[] | null;
  switch (draft.keyword) {
    case "FROM":
    case "EXPOSE":
      draft.words = each(splitAtBlanks(text, body.start, body.end));
      break;
    case "ADD":
    case "COPY":
    case "VOLUME":
      elements = draft.json = json(logical, body, scanned.line);
      draft.words = elements ?? each(splitAtBlanks(text, body.start, body.end));
      break;
    case "ENV":
    case "LABEL":
    case "ARG": {
      const spans = splitQuoted(text, body.start, body.end, escape);
      const first = spans[0];
      if (draft.keyword !== "ARG" && first && !text.slice(first.start, first.end).includes("="))
        draft.words = each(splitOnce(text, body));
      else draft.words = each(spans);
      break;
    }
    case "HEALTHCHECK": {
      const [type, command] = splitOnce(text, body);
      draft.words = [literalWord(logical, type!)];
      if (!command) break;
      elements = draft.json = json(logical, command, scanned.line);
      draft.words = [...draft.words, ...(elements ?? [literalWord(logical, command)])];
      break;
    }
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
    case "SHELL":
      elements = draft.json = json(logical, body, scanned.line);
      draft.words = elements ?? [literalWord(logical, body)];
      break;
    case "ONBUILD":
      draft.trigger = part(scanned, body.start, place, true);
      break;
    case "MAINTAINER":
      draft.words = [literalWord(logical, body)];
      break;
    default:
      draft.words = [word(logical, body, escape)];
  }
}

/** The first word and all the rest: `ENV key value`, `HEALTHCHECK CMD ...`. */
function splitOnce(text: string, body: Span): Span[] {
  let end = body.start;
  while (end < body.end && !isBlank(text.charCodeAt(end))) end++;
  let start = end;
  while (start < body.end && isBlank(text.charCodeAt(start))) start++;
  const first = { start: body.start, end };
  return start < body.end ? [first, { start, end: body.end }] : [first];
}

function json(logical: LogicalLine, body: Span, line: number): Word[] | null {
  const elements = jsonWords(logical, body);
  if (elements !== "mixed") return elements;
  throw new DockerfileError("syntax", "a JSON array must hold strings only", line);
}
