import { expect, test } from "vitest";
import { dockerfileUses, isContainerAction, isDevContainer } from "../../src/companions/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

const tree = memoryTree({
  "action.yml": "name: x\nruns:\n  using: 'docker'\n  image: 'Dockerfile'\n",
  "sub/action.yaml": "runs: {using: docker, image: ../tools/Dockerfile}",
  "js/action.yml": "runs: {using: node20, main: x.js}",
  "hub/action.yml": "runs: {using: docker, image: 'docker://alpine:3'}",
  "broken/action.yml": "runs: [",
  ".devcontainer/devcontainer.json": '{\n  // comment\n  "build": { "dockerfile": "../dev/Dockerfile", },\n}',
  "x/.devcontainer.json": '{"dockerFile": "Dockerfile"}',
});

test("GitHub container actions", async () => {
  expect(await isContainerAction(tree, "Dockerfile")).toBe("action.yml");
  expect(await isContainerAction(tree, "tools/Dockerfile")).toBe("sub/action.yaml");
  expect(await isContainerAction(tree, "js/Dockerfile")).toBeNull();
});

test("development containers", async () => {
  expect(await isDevContainer(tree, "dev/Dockerfile")).toBe(".devcontainer/devcontainer.json");
  expect(await isDevContainer(tree, "x/Dockerfile")).toBe("x/.devcontainer.json");
  expect(await dockerfileUses(tree)).toHaveLength(4);
});
