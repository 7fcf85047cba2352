import { expect, it } from "vitest";
import {
  verdictTotals,
  verificationsJson,
  verificationsMarkdown,
  verificationText,
} from "../../src/verify/index.ts";
import type { Verification } from "../../src/verify/index.ts";
import { answer, observation, verification } from "./observations.ts";

const plain = (text: string): string => text;
const palette = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

const different: Verification = verification({
  dockerfile: "web/Dockerfile",
  verdict: "different",
  findings: [
    {
      kind: "log",
      says: "The log tells of missing rights.",
      details: ["\x1b[2Jopen '/x' | <b>@all</b>"],
      run: "10001",
    },
  ],
  legacy: observation({ user: "root", answers: [answer()] }),
  rewritten: [observation({ answers: [answer({ status: 500 })] })],
  repair: {
    rounds: [{ learned: ["it was refused to write /x"], verdict: "different" }],
    obstacles: ["it wants /etc"],
  },
});

it("tells people the verdict, the log lines and the facts", () => {
  const text = verificationText(different, { palette, width: 100 });
  expect(text).toMatch(/^different +web\/Dockerfile/);
  expect(text).toContain("open '/x'");
  expect(text).not.toContain("\x1b");
  expect(text).toMatch(/runs as +uid 10001 +-> +uid 10001/);
  expect(text).toContain("it was refused to write /x");
  expect(text).toContain("it wants /etc");
  expect(verdictTotals([different, verification()], palette)).toContain("2 Dockerfiles: 1 same, 1 different");
});

it("shows the patch that a repair arrived at", () => {
  const repaired = verification({ repair: { rounds: [{ learned: [], verdict: "same" }], obstacles: [] } });
  expect(verificationText(repaired, { palette, width: 80 })).toContain("--- a/Dockerfile");
});

it("is JSON with everything that was seen", () => {
  const report = JSON.parse(verificationsJson([different], { name: "deroot", version: "1" })) as {
    results: Record<string, unknown>[];
  };
  expect(report).toMatchObject({ schema: 1, tool: { name: "deroot" } });
  expect(report.results[0]).toMatchObject({
    dockerfile: "web/Dockerfile",
    verdict: "different",
    rewritten: [{ running: true, answers: [{ says: "GET :80/ -> 500" }] }],
    patch: "--- a/Dockerfile\n",
  });
});

it("is Markdown in which nothing of the project is markup", () => {
  const markdown = verificationsMarkdown([
    different,
    verification({ verdict: "skipped", reason: "It *runs* as app already.", dockerfile: "b" }),
  ]);
  expect(markdown).toContain("**2 Dockerfiles: 1 different, 1 skipped**");
  expect(markdown).toContain("It \\*runs\\* as app");
  expect(markdown).toMatch(/\| runs as \| uid 10001 \| uid 10001 \|/);
  expect(markdown).toContain("`GET :80/ -> 500`");
});
