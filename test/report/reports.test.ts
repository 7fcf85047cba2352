import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../../src/report/diff.ts";
import { jsonReport } from "../../src/report/json.ts";
import { code, markdownReport, text } from "../../src/report/markdown.ts";
import { noTotals, type Report } from "../../src/report/report.ts";
import { sarifReport } from "../../src/report/sarif.ts";
import { TextSummary, wrap } from "../../src/report/text.ts";
import type { RewriteResult } from "../../src/rewrite/types.ts";

const TOOL = { name: "deroot", version: "1.2.3" };
const BEFORE = "\ufeffFROM node:20\nEXPOSE 80\nCMD x\n";
const AFTER = "\ufeffFROM node:20\nEXPOSE 8080\nUSER 1000\nCMD x\n";

const rewritten: RewriteResult = {
  dockerfile: "api/Docker file",
  status: "rewritten",
  reason: null,
  account: { name: "node", uid: 1000, gid: 1000, home: "/home/node", source: "reused" },
  runsAsRoot: { before: true, after: false },
  ports: [{ from: 80, to: 8080, protocol: "tcp" }],
  writable: [
    {
      path: "/app",
      evidence: [{ source: "dockerfile", where: "api/Docker file", line: 2, says: "WORKDIR" }],
    },
  ],
  changes: [
    {
      id: "ports:2",
      pass: "ports",
      title: "Listen on 8080",
      reason: "Ports below 1024 need <root> | `more` @octocat #1",
      applicability: "safe",
      dependsOn: [],
      evidence: [{ source: "dockerfile", where: "api/Docker file", line: 2, says: "EXPOSE 80" }],
      edits: [{ path: "api/Docker file", start: 21, end: 23, text: "8080" }],
    },
    {
      id: "user:3",
      pass: "user",
      title: "Run as node",
      reason: "Not root.",
      applicability: "likely",
      dependsOn: ["ports:2"],
      evidence: [],
      edits: [{ path: "api/Docker file", start: 24, end: 24, text: "USER 1000\n" }],
      modes: [{ path: "start.sh", mode: "executable" }],
    },
  ],
  advice: [{ title: "Old volumes", reason: "They belong to root.", path: "api/Docker file", line: null }],
  files: [
    {
      path: "api/Docker file",
      before: BEFORE,
      after: AFTER,
      mode: null,
      diff: unifiedDiff({ path: "api/Docker file", before: BEFORE, after: AFTER }),
    },
  ],
};
const blank = { ...rewritten, account: null, ports: [], writable: [], changes: [], advice: [], files: [] };
const reason = { code: "cron", message: "It starts cron.", remedy: "Use supercronic.", line: 12 };
const declined: RewriteResult = { ...blank, dockerfile: "cron/Dockerfile", status: "declined", reason };
const failed: RewriteResult = {
  ...blank,
  dockerfile: "<img src=x onerror=alert(1)>/\x1b[31mDockerfile",
  status: "failed",
  reason: { code: "unreadable", message: "permission\x1b[2J denied", remedy: null, line: null },
};
const all = [rewritten, declined, failed];

function make(report: Report, results: readonly RewriteResult[]): string {
  const totals = noTotals();
  const parts = [report.begin()];
  for (const result of results) {
    totals[result.status]++;
    parts.push(report.add(result));
  }
  return [...parts, report.end(totals)].join("");
}

describe("jsonReport", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../schema/report.schema.json", import.meta.url), "utf8"),
  ) as object;
  const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

  it.each([
    ["results", all],
    ["no results", []],
  ])("fits its schema with %s", (_, results) => {
    const report: unknown = JSON.parse(make(jsonReport(TOOL), results));
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  });

  it("holds no file's text and keeps the order of its keys", () => {
    const { results } = JSON.parse(make(jsonReport(TOOL), [rewritten])) as { results: object[] };
    expect(Object.keys(results[0]!)).toEqual([
      ...[
        "dockerfile",
        "status",
        "reason",
        "account",
        "runsAsRoot",
        "ports",
        "writable",
        "changes",
        "advice",
        "files",
      ],
    ]);
    expect(results[0]).toMatchObject({
      files: [{ path: "api/Docker file", mode: null, diff: rewritten.files[0]!.diff }],
    });
    expect(JSON.stringify(results)).not.toContain('"before":"');
  });
});

describe("sarifReport", () => {
  const log = JSON.parse(make(sarifReport(TOOL), all)) as {
    runs: [
      {
        results: { ruleId: string; locations: unknown; fixes?: unknown }[];
        tool: { driver: { rules: { id: string }[] } };
        invocations: object[];
      },
    ];
  };
  const [run] = log.runs;

  it("points at the change and brings the fix", () => {
    const result = run.results.find(({ ruleId }) => ruleId === "ports")!;
    const region = { startLine: 2, startColumn: 8, endLine: 2, endColumn: 10 };
    const artifactLocation = { uri: "api/Docker%20file", uriBaseId: "%SRCROOT%" };
    expect(result.locations).toEqual([{ physicalLocation: { artifactLocation, region } }]);
    expect(result.fixes).toMatchObject([
      {
        artifactChanges: [
          { artifactLocation, replacements: [{ deletedRegion: region, insertedContent: { text: "8080" } }] },
        ],
      },
    ]);
  });

  it("has a rule for every result, and tells about declines and failures", () => {
    const rules = run.tool.driver.rules.map(({ id }) => id);
    for (const { ruleId } of run.results) expect(rules).toContain(ruleId);
    expect(rules).toContain("declined/cron");
    expect(run.invocations).toMatchObject([
      { executionSuccessful: false, toolExecutionNotifications: [{ level: "error" }] },
    ]);
  });
});

describe("markdownReport", () => {
  it("shows text of others as text", () => {
    const markdown = make(markdownReport(), all);
    expect(markdown).toContain("**3 Dockerfiles: 1 rewritten, 1 declined, 1 failed**");
    expect(markdown).toContain("&#60;root&#62; \\| \\`more\\` @&#8203;octocat #&#8203;1");
    expect(markdown).not.toMatch(/(?<!`)<img/);
    expect(text("a\n\n# b *c* [d](https://e)")).toBe("a #&#8203; b \\*c\\* \\[d\\](https:&#8203;//e)");
    expect(code("a`b``c")).toBe("```a`b``c```");
    expect(code("`")).toBe("`` ` ``");
  });
});

describe("TextSummary", () => {
  const same = (value: string): string => value;
  const palette = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

  it("has an outcome for each Dockerfile, advice once, and totals", () => {
    const summary = new TextSummary({ palette, width: 80 });
    for (const result of [...all, { ...rewritten, dockerfile: "b" }]) summary.add(result);
    const lines = summary.all({ rewritten: 2, unchanged: 0, declined: 1, failed: 1 });
    expect(lines).toMatch(/^rewritten {2}api\/Docker file +as node \(1000\), port 80 -> 8080, 2 changes$/m);
    expect(lines).toMatch(/^declined {3}cron\/Dockerfile +It starts cron \(line 12\)\n +Use supercronic\.$/m);
    expect(lines.match(/Old volumes/g)).toHaveLength(1);
    expect(lines).toMatch(/\n4 Dockerfiles: 2 rewritten, 1 declined, 1 failed\n$/);
    expect(lines).not.toContain("\x1b");
  });

  it("fits the width", () => {
    const long = { ...declined, reason: { ...reason, message: "word ".repeat(60).trim() } };
    const summary = new TextSummary({ palette, width: 60, verbose: true });
    for (const result of [long, rewritten]) summary.add(result);
    for (const line of summary.all(noTotals()).split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    expect(wrap("a b", 1, "")).toBe("a\nb\n");
  });
});
