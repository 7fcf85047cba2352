import { expect, it, vi, describe } from "vitest";
import { inspectUnknownBases, unknownBases } from "../../src/cli/support/inspect.ts";
import { keptProfiles } from "../../src/companions/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { double } from "./support/double.ts";
import { DEBIAN, gzipped, image } from "./support/image.ts";

describe("unknownBases", () => {
  it("names the bases that nobody knows, each once", () => {
    expect(
      unknownBases([
        "FROM corp/base:1\nRUN x\n",
        "ARG TAG=2\nFROM golang AS build\nFROM corp/base:${TAG}\nCOPY --from=build /a /a\n",
        "FROM corp/base:1 AS a\nFROM a\n",
        "FROM node:20\n",
        "FROM scratch\n",
        "ARG X\nFROM ${X}\n",
        "FROM corp/thing:1-alpine\n",
        "not a Dockerfile",
      ]),
    ).toEqual(["corp/base:1", "corp/base:2", "corp/thing:1-alpine"]);
  });
});

describe("inspectUnknownBases", () => {
  it("asks a registry, and goes on where there is no answer", async () => {
    vi.stubEnv("XDG_CACHE_HOME", "/dev/null/none");
    vi.stubEnv("DOCKER_CONFIG", "/dev/null/none");
    const registry = await double({ image: image({}, [gzipped(DEBIAN)]) });
    try {
      const tree = memoryTree({
        Dockerfile: `FROM ${registry.host}/team/app:1\n`,
        "b/Dockerfile": `FROM ${registry.host}/team/other\n`,
      });
      const onProblem = vi.fn();
      const paths = ["Dockerfile", "b/Dockerfile", "missing"];
      const profiles = await inspectUnknownBases(tree, paths, { how: "registry", onProblem });
      expect(profiles.map(({ facts }) => facts?.distro)).toEqual(["debian"]);
      expect(onProblem).toHaveBeenCalledExactlyOnceWith(
        `${registry.host}/team/other`,
        expect.objectContaining({ code: "not-found" }),
      );
      expect(
        await inspectUnknownBases(tree, ["Dockerfile"], { how: "registry", images: { extra: profiles } }),
      ).toEqual([]);
    } finally {
      await registry.close();
      vi.unstubAllEnvs();
    }
  });
});

it("reads the profiles that a repository keeps", async () => {
  const profile = { id: "x", match: { names: ["corp/x"] }, from: "debian:12", confidence: "knowledge" };
  const tree = memoryTree({ ".deroot/images/x.json": JSON.stringify(profile), "images/y.json": "{" });
  expect(await keptProfiles(tree)).toEqual([profile]);
});
