import { expect, test } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { overlay } from "../../src/file-tree/overlay.ts";
import type { FileChange } from "../../src/rewrite/types.ts";

const file = (
  path: string,
  before: string | null,
  after: string,
  mode: string | null = null,
): FileChange => ({
  path,
  before,
  after,
  diff: "",
  mode,
});
const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);

test("reads what was changed, and the rest from below", async () => {
  const tree = overlay(memoryTree({ Dockerfile: "FROM a\n", "start.sh": "exec b\n" }), [
    file("Dockerfile", "FROM a\n", "FROM c\n"),
  ]);
  expect(await text(tree.read("Dockerfile"))).toBe("FROM c\n");
  expect(await text(tree.read("start.sh"))).toBe("exec b\n");
});

test("lists a new mode", async () => {
  const tree = overlay(memoryTree({ "a.sh": "", "b.sh": "" }), [file("a.sh", "", "", "100755")]);
  expect((await tree.list()).map(({ path, mode }) => `${path} ${mode}`)).toEqual([
    "a.sh executable",
    "b.sh file",
  ]);
});

test("lists a file that is new", async () => {
  const tree = overlay(memoryTree({ b: "" }), [file("a", null, "x")]);
  expect((await tree.list()).map(({ path }) => path)).toEqual(["a", "b"]);
});
