import { type Dockerfile as LibraryFile, DockerfileParser } from "dockerfile-ast";
import { DockerfileError, type Instruction } from "./types.ts";

/**
 * dockerfile-ast as a second opinion on where instructions start. It is a reader of its own making, so a
 * mistake in ours shows as a disagreement, unless the library is known to be the one that errs.
 */

/** A known defect of the library, looked for in the source between the last agreement and a disagreement. */
export interface KnownDifference {
  readonly name: string;
  readonly applies: (source: string) => boolean;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    // `\\` at a line's end is no continuation, as of the second character too.
    name: "escaped escape character at a line's end",
    applies: (source) => /\\\\[ \t]*\r*$|``[ \t]*\r*$/m.test(source),
  },
  {
    // `<< EOF`, `3<<EOF`, `<<-A <<B` are heredocs; `<<` in JSON form or after an open quote is none.
    name: "heredoc",
    applies: (source) => source.includes("<<"),
  },
  {
    // The library looks past blanks after an escape character and loses its place: `\ \`, `\ n`.
    name: "escape character before a blank",
    applies: (source) => /[\\`][ \t]+[^ \t\r\n]/.test(source),
  },
  {
    // BuildKit trims every blank that Unicode has, the library only space and tab.
    name: "blank other than space and tab",
    applies: (source) => /[\v\f\u0085]|[^\S \t\r\n\ufeff]/.test(source),
  },
  {
    // A comment below `RUN\` is one to BuildKit; below a lone `\` an instruction starts.
    name: "line continuation at or before the keyword",
    applies: (source) => /^[ \t]*\w*[\\`][ \t]*\r?$/m.test(source),
  },
];

/**
 * In UTF-16 units. The library's time grows with the square of an instruction's length, and a file as
 * long as the second takes it half a second; both are many times what people write.
 */
const MAX_INSTRUCTION = 30_000;
const MAX_FILE = 400_000;

/**
 * @throws DockerfileError "disagreement" where scanner and library see different instructions and none
 * of the known differences explains it.
 */
export function crossCheck(text: string, escape: string, instructions: readonly Instruction[]): void {
  if (text.length > MAX_FILE) return;
  if (instructions.some(({ start, end }) => end - start > MAX_INSTRUCTION)) return;
  // To the library a lone carriage return ends a line.
  if (/\r(?!\n)/.test(text)) return;
  const library: LibraryFile = DockerfileParser.parse(text);
  // It takes any `# name=value` for a directive, and goes on where BuildKit stops.
  if (library.getEscapeCharacter() !== escape) return;

  const starts = lineStarts(text);
  const theirs = library.getInstructions().map((instruction) => {
    const { line, character } = instruction.getRange().start;
    return starts[line]! + character;
  });
  // Both walk on from where they last agreed; the one that is behind catches up.
  let agreed = 0;
  for (let one = 0, other = 0; one < instructions.length || other < theirs.length;) {
    const ours = instructions[one]?.start ?? Infinity;
    const their = theirs[other] ?? Infinity;
    if (ours === their) {
      agreed = ours;
      one++;
      other++;
      continue;
    }
    const until = Math.min(ours, their) + 1;
    const source = text.slice(agreed, until);
    if (!KNOWN_DIFFERENCES.some((known) => known.applies(source)))
      throw new DockerfileError(
        "disagreement",
        "two readers of this file do not agree on where its instructions start",
        (instructions[one] ?? instructions.at(-1))?.line ?? null,
      );
    if (ours < their) one++;
    else other++;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
