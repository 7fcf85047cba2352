import { attachHeredocs, type Draft, openersOf, readInstruction } from "./instruction.ts";
import { crossCheck } from "./library.ts";
import { Scanner } from "./scan.ts";
import { hasPlaceholder, templateLine, templateStatement } from "./template.ts";
import { type Dockerfile, DockerfileError, type Heredoc, type Instruction, type Stage } from "./types.ts";

/**
 * Reads a Dockerfile the way BuildKit does.
 * @param text the whole file, byte-order mark included
 * @throws DockerfileError
 */
export function readDockerfile(text: string, options: { crossCheck?: boolean } = {}): Dockerfile {
  let file: Dockerfile;
  try {
    file = read(text);
    if (options.crossCheck !== false) crossCheck(text, file.escape, file.instructions);
  } catch (error) {
    if (error instanceof DockerfileError && error.problem !== "empty") {
      const source = error.line === null ? "" : (text.split("\n")[error.line - 1] ?? "");
      const line = hasPlaceholder(source) ? error.line : templateStatement(text);
      if (line !== null) throw template(line);
    }
    throw error;
  }
  const line = templateLine(file);
  if (line !== null) throw template(line);
  return file;
}

function template(line: number): DockerfileError {
  return new DockerfileError("template", "the file is a template for a Dockerfile", line);
}

function read(text: string): Dockerfile {
  const scanner = new Scanner(text);
  const instructions: Draft[] = [];
  let stage = -1;
  for (let scanned = scanner.next(); scanned; scanned = scanner.next()) {
    const { escape } = scanner;
    const draft = readInstruction(scanned, { escape, index: instructions.length, stage });
    if (draft.keyword === "FROM") draft.stage = ++stage;
    const openers = openersOf(draft, scanned);
    if (openers.length > 0) {
      const heredocs: Heredoc[] = [];
      let { end, endLine } = scanned;
      for (const opener of openers) {
        const found = scanner.heredoc(opener.delimiter, opener.stripTabs);
        if (!found)
          throw new DockerfileError("syntax", `the heredoc ${opener.delimiter} has no end`, scanned.line);
        heredocs.push({ ...opener, body: found.body });
        ({ end, endLine } = found);
      }
      attachHeredocs(draft, heredocs, end, endLine);
    }
    instructions.push(draft);
  }
  return {
    text,
    eol: text[text.indexOf("\n") - 1] === "\r" ? "\r\n" : "\n",
    escape: scanner.escape,
    directives: scanner.directives,
    instructions,
    stages: stagesOf(instructions),
    comments: scanner.comments,
  };
}

/** @throws DockerfileError "empty", "no-from", or "syntax" for an instruction above the first FROM. */
function stagesOf(instructions: readonly Instruction[]): Stage[] {
  if (instructions.length === 0) throw new DockerfileError("empty", "the file has no instructions");
  const froms = instructions.filter(({ keyword }) => keyword === "FROM");
  const first = froms[0];
  if (!first) throw new DockerfileError("no-from", "the file has no FROM");
  const early = instructions.slice(0, first.index).find(({ keyword }) => keyword !== "ARG");
  if (early) throw new DockerfileError("syntax", `${early.keyword} stands above the first FROM`, early.line);
  return froms.map((from, index) => ({
    index,
    name: from.words[2]?.raw.toLowerCase() ?? null,
    from,
    image: from.words[0]!,
    instructions: instructions.slice(from.index, froms[index + 1]?.index),
  }));
}
