import { type Dockerfile, DockerfileError, type Instruction, readDockerfile } from "../dockerfile/index.ts";

export type TokenKind =
  "comment" | "directive" | "keyword" | "flag" | "image" | "string" | "variable" | "heredoc";

/** A part of a Dockerfile that is coloured; `[start, end)` in UTF-16 code units. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly kind: TokenKind;
}

/** The tokens of a Dockerfile, sorted and not overlapping; none for a text that is not read as one. */
export function dockerfileTokens(text: string): Token[] {
  let file: Dockerfile;
  try {
    file = readDockerfile(text, { crossCheck: false });
  } catch (error) {
    if (error instanceof DockerfileError) return [];
    throw error;
  }
  const strong: Token[] = [
    ...file.comments.map(({ start, end }) => ({ start, end, kind: "comment" as const })),
    ...file.directives.map(({ start, end }) => ({ start, end, kind: "directive" as const })),
    ...file.instructions.flatMap((instruction) => instructionTokens(instruction)),
  ];
  const stages = file.stages.map(({ image }) => ({
    start: image.start,
    end: image.end,
    kind: "image" as const,
  }));
  const taken = sorted([...strong, ...stages]);
  const literals = file.instructions.flatMap((instruction) => literalTokens(text, instruction));
  return sorted([...taken, ...outside(sorted(literals), taken)]);
}

function instructionTokens({ keywordRange, flags, heredocs, trigger }: Instruction): Token[] {
  return [
    { ...range(keywordRange), kind: "keyword" },
    ...flags.map(({ start, end }) => ({ start, end, kind: "flag" as const })),
    ...heredocs.map(({ body }) => ({ ...range(body), kind: "heredoc" as const })),
    ...(trigger === null ? [] : instructionTokens(trigger)),
  ];
}

const LITERAL = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\$\{[^}\n]*\}|\$[A-Za-z_]\w*/g;

/** Strings and variables, as one sees them: what is inside a string is part of it. */
function literalTokens(text: string, { start, end }: Instruction): Token[] {
  return [...text.slice(start, end).matchAll(LITERAL)].map((match) => ({
    start: start + match.index,
    end: start + match.index + match[0].length,
    kind: match[0].startsWith("$") ? "variable" : "string",
  }));
}

function range({ start, end }: { start: number; end: number }): { start: number; end: number } {
  return { start, end };
}

function sorted(tokens: readonly Token[]): Token[] {
  return [...tokens].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Those that touch none of the others; both are sorted. */
function outside(tokens: readonly Token[], taken: readonly Token[]): Token[] {
  let next = 0;
  return tokens.filter((token) => {
    while (next < taken.length && taken[next]!.end <= token.start) next++;
    return next === taken.length || taken[next]!.start >= token.end;
  });
}
