import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unifiedDiff, type DiffInput } from "../../src/report/diff.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deroot-diff-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes the files before, applies one patch for all of them, and expects the files after, byte for byte. */
function expectToApply(changes: readonly DiffInput[]): string {
  for (const { path, before, mode } of changes) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (before === null) continue;
    writeFileSync(join(folder, path), before);
    if (mode) chmodSync(join(folder, path), mode === "100755" ? 0o644 : 0o755);
  }
  const patch = changes.map((change) => unifiedDiff(change)).join("");
  if (patch !== "") {
    const git = ["-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"];
    execFileSync("git", git, {
      cwd: folder,
      input: patch,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
    });
  }
  for (const { path, after, mode } of changes) {
    expect(readFileSync(join(folder, path), "utf8")).toBe(after);
    if (mode) expect((statSync(join(folder, path)).mode & 0o777).toString(8)).toBe(mode.slice(3));
  }
  return patch;
}

describe("unifiedDiff", () => {
  it("shows a change the way git does", () => {
    const patch = expectToApply([
      { path: "Dockerfile", before: "FROM a\nRUN b\nCMD c\n", after: "FROM a\nRUN b\nUSER 10001\nCMD c\n" },
    ]);
    expect(patch).toBe(
      "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n" +
        "@@ -1,3 +1,4 @@\n FROM a\n RUN b\n+USER 10001\n CMD c\n",
    );
  });

  it("is empty when nothing changes", () => {
    expect(unifiedDiff({ path: "Dockerfile", before: "a\n", after: "a\n" })).toBe("");
    expect(unifiedDiff({ path: "Dockerfile", before: "", after: "", mode: null })).toBe("");
  });

  it.each([
    ["CRLF", "FROM a\r\nRUN b\r\nCMD c\r\n", "FROM a\r\nRUN b\r\nUSER 1\r\nCMD c\r\n"],
    ["lone carriage returns", "FROM a\rb\nCMD c\r", "FROM a\rb\nUSER 1\nCMD c\r"],
    ["no newline at the end, before and after", "FROM a\nCMD c", "FROM a\nUSER 1\nCMD c"],
    ["a newline added at the end", "FROM a\nCMD c", "FROM a\nCMD c\n"],
    ["a newline taken from the end", "FROM a\nCMD c\n", "FROM a\nCMD c"],
    ["an append without newline", "FROM a", "FROM a\nUSER 1"],
    ["a BOM", "\ufeffFROM a\nCMD c\n", "\ufeffFROM a\nUSER 1\nCMD c\n"],
    ["a BOM on the changed line", "\ufeffFROM a\n", "\ufeffFROM b\n"],
    ["an empty file filled", "", "USER 1\n"],
    ["a file emptied", "USER 1\n", ""],
    ["repeated lines", "a\nb\n", "a\nb\nb\n"],
    ["repeated lines taken", "a\na\na\na\na\na\na\na\n", "a\na\na\n"],
    ["non-ASCII text", "LABEL a=é\nRUN 😀\n", "LABEL a=é\nRUN 😁\n"],
    ["NUL bytes", "FROM a\n# \0\nCMD c\n", "FROM a\n# \0\nUSER 1\nCMD c\n"],
    ["form feeds and line separators", "a\f\u2028b\nc\n", "a\f\u2028b\nd\n"],
    [
      "lines that look like a patch",
      "--- a/x\n+++ b/x\n@@ -1 +1 @@\n",
      "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-- \n",
    ],
  ])("applies with %s", (_, before, after) => {
    expectToApply([{ path: "Dockerfile", before, after }]);
  });

  it.each([
    "a b/Docker file",
    "ends with space ",
    'quo"te',
    "back\\slash",
    "tab\tname",
    "new\nline",
    "naïve/Dockerfile.été",
    "日本語",
    "emoji😀",
    "-leading-dash",
    "b/a/Dockerfile",
    "$HOME `x` 'y'",
  ])("applies to a file named %j", (path) => {
    expectToApply([
      { path, before: "FROM a\nCMD c\n", after: "FROM a\nUSER 1\nCMD c\n", mode: "100755" },
      { path: `${path}.new`, before: null, after: "hello\n" },
    ]);
  });

  it("applies modes with and without a change of text, and new files", () => {
    expectToApply([
      { path: "start.sh", before: "#!/bin/sh\n", after: "#!/bin/sh\n", mode: "100755" },
      { path: "run.sh", before: "a\n", after: "b\n", mode: "100755" },
      { path: "data", before: "a\n", after: "b\n", mode: "100644" },
      { path: "new/x.sh", before: null, after: "#!/bin/sh", mode: "100755" },
      { path: "new/empty", before: null, after: "" },
    ]);
  });

  it("applies any change of lines", () => {
    const line = fc.constantFrom("a", "b", "c", "", "d\r");
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, end]) => lines.join("\n") + (end && lines.length > 0 ? "\n" : ""));
    const pairs = fc.sample(fc.tuple(text, text), { numRuns: 400, seed: 1 });
    expectToApply(pairs.map(([before, after], i) => ({ path: `f${i}`, before, after })));
  });

  it("applies small edits in a large file, near and far apart", () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `RUN step ${i % 977}\n`);
    const before = lines.join("");
    const after = lines.map((line, i) => (i % 9_999 === 0 ? `USER ${i}\n${line}` : line)).join("");
    const patch = expectToApply([{ path: "Dockerfile", before, after }]);
    expect(patch.match(/^@@/gm)).toHaveLength(11);
  });

  it("applies a file that is new from end to end", () => {
    const before = Array.from({ length: 20_000 }, (_, i) => `RUN old ${i}\n`).join("");
    const after = Array.from({ length: 20_000 }, (_, i) => `RUN new ${i}\n`).join("");
    const frame = (text: string): string => `FROM a\n# x\n${text}USER 1\nCMD c`;
    expectToApply([{ path: "Dockerfile", before: frame(before), after: frame(after) }]);
  });
});
