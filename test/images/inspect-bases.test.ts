import { expect, it, vi, describe } from "vitest";
import { inspectUnknownBases, unknownBases } from "../../src/cli/support/inspect.ts";
import { keptProfiles } from "../../src/companions/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { double } from "./support/double.ts";
import { DEBIAN, gzipped, image, index } from "./support/image.ts";

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
    ).toEqual([
      { reference: "corp/base:1", platform: null },
      { reference: "corp/base:2", platform: null },
      { reference: "corp/thing:1-alpine", platform: null },
    ]);
  });

  it.each([
    ["FROM --platform=linux/arm64 corp/base\n", "linux/arm64"],
    ["ARG P=linux/arm/v7\nFROM --platform=$P corp/base\n", "linux/arm/v7"],
    ["FROM --platform=${TARGETPLATFORM:-linux/arm64} corp/base\n", "linux/arm64"],
    ["FROM --platform=$BUILDPLATFORM corp/base\n", null],
    ["FROM --platform=linux/arm64 corp/base AS a\nFROM a\n", "linux/arm64"],
  ])("tells for which platform %j wants it", (dockerfile, platform) => {
    expect(unknownBases([dockerfile])).toEqual([{ reference: "corp/base", platform }]);
  });

  it("takes the first platform that any of the Dockerfiles names", () => {
    const dockerfiles = ["FROM corp/a\n", "FROM --platform=linux/arm64 corp/a\n"];
    expect(unknownBases(dockerfiles)).toEqual([{ reference: "corp/a", platform: "linux/arm64" }]);
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

it("asks for the platform that FROM names", async () => {
  vi.stubEnv("XDG_CACHE_HOME", "/dev/null/none");
  vi.stubEnv("DOCKER_CONFIG", "/dev/null/none");
  const amd64 = image({ User: "amd" }, [gzipped(DEBIAN)]);
  const arm64 = image({ User: "arm" }, [gzipped(DEBIAN)]);
  const registry = await double({
    image: amd64,
    others: [arm64],
    index: index({ "linux/amd64": amd64.manifest, "linux/arm64": arm64.manifest }),
  });
  try {
    const from = `${registry.host}/team/app:1\n`;
    const tree = memoryTree({ plain: `FROM ${from}`, arm: `FROM --platform=linux/arm64 ${from}` });
    const userOf = async (path: string) =>
      (await inspectUnknownBases(tree, [path], { how: "registry" })).map(({ facts }) => facts?.user);
    expect([await userOf("plain"), await userOf("arm")]).toEqual([["amd"], ["arm"]]);
  } finally {
    await registry.close();
    vi.unstubAllEnvs();
  }
});

it("reads the profiles that a repository keeps", async () => {
  const profile = { id: "x", match: { names: ["corp/x"] }, from: "debian:12", confidence: "knowledge" };
  const tree = memoryTree({ ".deroot/images/x.json": JSON.stringify(profile), "images/y.json": "{" });
  expect(await keptProfiles(tree)).toEqual([profile]);
});
