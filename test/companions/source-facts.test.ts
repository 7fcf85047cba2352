import { expect, test } from "vitest";
import { sourceFacts } from "../../src/companions/source-facts.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

const files = {
  "api/Dockerfile": "FROM node",
  "api/.dockerignore": "*.dev.js\n",
  "api/app.js": "app.listen(80)",
  "api/app.dev.js": "app.listen(81)",
  "other/app.js": "app.listen(82)",
};

test("the context's source without what .dockerignore leaves out", async () => {
  const texts = new Map<string, string>();
  const { listens } = await sourceFacts(...(await treeOf(files)), "api", "api/Dockerfile", new Set(), texts);
  expect(listens.map(({ site }) => site?.port)).toEqual([80]);
  expect([...texts.keys()]).toEqual(["api/app.js"]);
});

test("the Dockerfile's own ignore file wins", async () => {
  const own = { ...files, "api/Dockerfile.dockerignore": "app.js\n" };
  const { listens } = await sourceFacts(
    ...(await treeOf(own)),
    "api",
    "api/Dockerfile",
    new Set(),
    new Map(),
  );
  expect(listens.map(({ site }) => site?.port)).toEqual([81]);
});

async function treeOf(files: Record<string, string>) {
  const tree = memoryTree(files);
  return [tree, new Map((await tree.list()).map((entry) => [entry.path, entry]))] as const;
}
