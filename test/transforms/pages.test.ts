import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/rewrite/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { passes } from "../../transforms/index.ts";

const HEADINGS = ["What it does", "Why", "How safe", "Known problems", "Example"];

describe.each(passes.map((pass) => pass.name))("the page of %s", (name) => {
  const page = readFileSync(new URL(`../../transforms/${name}.md`, import.meta.url), "utf8");

  test("has the usual parts", () => {
    expect(page.split("\n", 1)[0]).toBe(`# ${name}`);
    expect([...page.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual(HEADINGS);
  });

  test("shows an example that is true", async () => {
    const examples = [...page.matchAll(/^```diff (\S+)\n(.*?)^```$/gms)].map((match) => ({
      path: match[1]!,
      diff: match[2]!,
    }));
    const before = Object.fromEntries(examples.map(({ path, diff }) => [path, side(diff, "+")]));
    const after = Object.fromEntries(examples.map(({ path, diff }) => [path, side(diff, "-")]));
    const result = await rewrite(memoryTree(before), "Dockerfile");
    const made = { ...before, ...Object.fromEntries(result.files.map((file) => [file.path, file.after])) };
    expect(made, result.reason?.message).toEqual(after);
    expect(result.changes.map((change) => change.pass)).toContain(name);
  });
});

/** One side of a diff: without the lines of the other. */
function side(diff: string, other: "+" | "-"): string {
  return diff
    .split("\n")
    .filter((line) => !line.startsWith(other))
    .map((line) => line.slice(1))
    .join("\n");
}
