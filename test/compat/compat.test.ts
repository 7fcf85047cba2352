import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeDockerfile, DockerfileError, readDockerfile } from "../../src/dockerfile/index.ts";
import type { EngineAnswer } from "./engine.ts";
import { type Reading, readingOf } from "./reading.ts";

/**
 * Nasty files, and what BuildKit makes of each. `buildkit` was recorded from BuildKit's own parser
 * packages (moby/buildkit 73ed682). `engine` is what a container engine said, which the end-to-end tests ask again.
 */
interface Answer {
  /** A refusal's message, or the reading. */
  buildkit: { refused: string } | Reading;
  /** Missing where the engine would first have to fetch another frontend (`# syntax=`). */
  engine?: EngineAnswer;
  /** Why deroot does not work on the file. */
  problem?: string;
  /** The recorded engine is older than the recorded parser, and differs for this reason. */
  differs?: string;
}

const CASES = new URL("cases/", import.meta.url);
const ANSWERS = new URL("answers.json", import.meta.url);
const answers = JSON.parse(readFileSync(ANSWERS, "utf8")) as Record<string, Answer>;
const names = readdirSync(CASES)
  .filter((name) => name.endsWith(".Dockerfile"))
  .map((name) => name.slice(0, -".Dockerfile".length));
const pathOf = (name: string) => new URL(`${name}.Dockerfile`, CASES);

function problemOf(bytes: Uint8Array): DockerfileError | null {
  try {
    readDockerfile(decodeDockerfile(bytes));
    return null;
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
}

it("has an answer for each case, and a case for each answer", () => {
  expect(Object.keys(answers).sort()).toEqual([...names].sort());
});

describe.each(names)("%s", (name) => {
  const bytes = readFileSync(pathOf(name));
  const answer = answers[name]!;

  it(answer.problem ? `is refused: ${answer.problem}` : "reads as BuildKit reads it", () => {
    expect(problemOf(bytes)?.problem).toBe(answer.problem);
    if (!answer.problem) expect(readingOf(readDockerfile(decodeDockerfile(bytes)))).toEqual(answer.buildkit);
  });

  it("is refused where BuildKit refuses it", () => {
    if ("refused" in answer.buildkit) expect(problemOf(bytes)).not.toBeNull();
  });
});

describe("the recorded engine", () => {
  it.each(names)("agrees with the recorded parser on %s", (name) => {
    const { buildkit, engine, differs, problem } = answers[name]!;
    if (differs || !engine) return;
    if ("refused" in buildkit) expect(engine.targets).toBeNull();
    else if (engine.targets || !problem)
      expect(engine.targets).toEqual(buildkit.stages.map(([stage]) => stage));
  });
});

describe("the line limit", () => {
  const fileOf = (length: number) => `FROM alpine\nRUN ${"x".repeat(length - 4)}\nUSER x\n`;
  it("is 65,535 bytes", () => {
    expect(problemOf(Buffer.from(fileOf(65_535)))).toBeNull();
    expect(problemOf(Buffer.from(fileOf(65_536)))).toMatchObject({ problem: "syntax", line: 2 });
  });
  it("counts bytes, in comments and heredocs too", () => {
    const long = "é".repeat(32_768);
    expect(problemOf(Buffer.from(`# ${long}\nFROM alpine\n`))).toMatchObject({ problem: "syntax", line: 1 });
    expect(problemOf(Buffer.from(`FROM alpine\nRUN <<EOF\n${long}\nEOF\n`))).toMatchObject({ line: 3 });
  });
});
