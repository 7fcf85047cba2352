import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryTree, rewrite } from "../../src/index.ts";
import { double, type Double } from "../images/support/double.ts";
import { DEBIAN, gzipped, image, index } from "../images/support/image.ts";
import { deroot, project, read, write } from "./helper.ts";

const KEPT = JSON.stringify({
  id: "corp-base",
  match: { names: ["registry.corp.example/team/base"] },
  from: "alpine:3.20",
  facts: {
    users: [{ name: "corp", uid: 4242, gid: 4242 }],
    serviceAccount: "corp",
    strategy: "use-existing-user",
  },
  confidence: "knowledge",
});
const DOCKERFILE = 'FROM registry.corp.example/team/base:1\nCOPY app /app\nCMD ["/app"]\n';

describe("profiles that a repository keeps", () => {
  const files = { Dockerfile: DOCKERFILE, ".deroot/images/corp-base.json": KEPT };

  it.each([["migrate"], ["check", "--format", "json"]])("are read by %s", async (...args) => {
    const folder = project(files);
    const { stdout, stderr } = await deroot(folder, args);
    expect(stdout + stderr).toContain("corp");
    expect(stdout + stderr).toContain("4242");
  });

  it("are read from the repository's root when one stands below it", async () => {
    const folder = project({ "api/Dockerfile": DOCKERFILE, ".deroot/images/corp-base.json": KEPT });
    mkdirSync(join(folder, ".git"));
    expect((await deroot(join(folder, "api"), ["migrate"])).stdout).toContain("USER 4242");
    const stdin = await deroot(join(folder, "api"), ["migrate", "--stdin"], { input: DOCKERFILE });
    expect(stdin.stdout).toContain("USER 4242");
    const explained = await deroot(join(folder, "api"), ["explain", "registry.corp.example/team/base:1"]);
    expect(explained.stdout).toContain("corp (4242:4242), made for this purpose");
  });

  it("are read by the library, through the tree", async () => {
    const result = await rewrite(memoryTree(files), "Dockerfile");
    expect(result.account).toMatchObject({ name: "corp", uid: 4242 });
  });

  it("stop the run when one is not sound", async () => {
    const folder = project({ ...files, ".deroot/images/bad.json": '{"id": 5}' });
    const { code, stdout, stderr } = await deroot(folder, ["migrate"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/\.deroot\/images\/bad\.json: .*\n {2}Correct the profile, or remove it\.\n$/);
    const tree = memoryTree({ ...files, ".deroot/images/bad.json": "{" });
    const { status, reason } = await rewrite(tree, "Dockerfile");
    expect(status).toBe("failed");
    expect(reason).toMatchObject({
      code: "image-profile",
      message: expect.stringMatching(/^\.deroot\/images\/bad\.json: it is no JSON/) as string,
    });
  });

  it("do not lead out of the repository", async () => {
    const outside = project({ "secret.json": KEPT });
    const folder = project({ Dockerfile: DOCKERFILE });
    mkdirSync(join(folder, ".deroot/images"), { recursive: true });
    symlinkSync(join(outside, "secret.json"), join(folder, ".deroot/images/x.json"));
    const { code, stderr } = await deroot(folder, ["migrate"]);
    expect(code).toBe(2);
    expect(stderr).toContain("leads outside");
  });
});

describe("prefixes of a company's registry", () => {
  const dockerfile = 'FROM registry.corp.example/hub/node:20-slim\nCOPY . /app\nCMD ["node", "/app"]\n';

  it("come from the command line", async () => {
    const folder = project({ Dockerfile: dockerfile });
    const { stdout } = await deroot(folder, ["migrate", "--mirrors", "registry.corp.example/hub/"]);
    expect(stdout).toContain("USER 1000");
  });

  it("come from the configuration, for explain too", async () => {
    const folder = project({
      Dockerfile: dockerfile,
      "deroot.config.json": '{"mirrors": ["registry.corp.example/hub"]}',
    });
    expect((await deroot(folder, ["migrate"])).stdout).toContain("USER 1000");
    expect((await deroot(folder, ["explain", "registry.corp.example/hub/node:20-slim"])).stdout).toMatch(
      /^node:20-slim\n/,
    );
  });
});

describe("--inspect registry", () => {
  let registry: Double;
  const env = { XDG_CACHE_HOME: "/dev/null/none", DOCKER_CONFIG: "/dev/null/none" };
  beforeAll(async () => {
    registry = await double({ image: image({ User: "" }, [gzipped(DEBIAN)]) });
  });
  afterAll(() => registry.close());

  it("asks bases that are not known, and tells what they said", async () => {
    const dockerfile = `FROM ${registry.host}/team/app:1\nCOPY app /app\nCMD ["/app"]\n`;
    const folder = project({ Dockerfile: dockerfile });
    const { code, stdout, stderr } = await deroot(folder, ["migrate", "--inspect", "registry"], { env });
    expect(code).toBe(0);
    expect(stdout).toContain("groupadd --gid 10001 app");
    expect(stdout).not.toContain("command -v");
    expect(stderr).toContain(`note: ${registry.host}/team/app:1 says: debian`);
    expect(stderr).toContain("--keep keeps that for later runs.");
  });

  it("asks for the platform that verify builds for, and that FROM names first", async () => {
    const images = ["amd", "arm"].map((User) => image({ User }, [gzipped(DEBIAN)]));
    const [amd64, arm64] = images.map(({ manifest }) => manifest);
    const several = await double({
      image: images[0]!,
      others: [images[1]!],
      index: index({ "linux/amd64": amd64!, "linux/arm64": arm64! }),
    });
    const says = async (from: string): Promise<string> => {
      const folder = project({ Dockerfile: `${from}\nCOPY app /app\nCMD ["/app"]\n` });
      const args = ["verify", "--inspect", "registry", "--platform", "linux/arm64"];
      // No engine: it ends before anything is built.
      return (await deroot(folder, args, { env: { ...env, PATH: "/nowhere" } })).stderr;
    };
    try {
      expect(await says(`FROM ${several.host}/team/app:1`)).toContain("runs as arm");
      expect(await says(`FROM --platform=linux/amd64 ${several.host}/team/app:1`)).toContain("runs as amd");
    } finally {
      await several.close();
    }
  });

  it("goes on without an image that cannot be asked", async () => {
    const dockerfile = `FROM ${registry.host}/team/other:1\nCOPY app /app\nCMD ["/app"]\n`;
    const folder = project({ Dockerfile: dockerfile, "b/Dockerfile": "FROM node:20\nCOPY . /x\n" });
    const { code, stdout, stderr } = await deroot(folder, ["check", "--inspect", "registry"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain(`warning: ${registry.host}/team/other:1 could not be asked: `);
    expect(stdout).toContain("b/Dockerfile");
  });

  it("asks nobody on behalf of a repository", async () => {
    const asked = registry.asked.length;
    const dockerfile = `FROM ${registry.host}/team/app:1\nCOPY app /app\n`;
    const folder = project({ Dockerfile: dockerfile });
    write(folder, { "deroot.config.json": '{"inspect": "registry"}' });
    const { code, stderr } = await deroot(folder, ["migrate"], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('"inspect" is not an option');
    expect(registry.asked.length).toBe(asked);
  });

  it("keeps what an image says, for runs that ask nobody", async () => {
    const reference = `${registry.host}/team/app:1`;
    const folder = project({ Dockerfile: `FROM ${reference}\nCOPY app /app\nCMD ["/app"]\n` });
    await deroot(folder, ["explain", reference, "--inspect", "registry", "--keep"], { env });
    const [, name] = registry.host.split(":");
    expect(JSON.parse(read(folder, `.deroot/images/127.0.0.1-${name}-team-app-1.json`))).toMatchObject({
      facts: { distro: "debian" },
    });
    const asked = registry.asked.length;
    const { stdout, stderr } = await deroot(folder, ["migrate", "--inspect", "registry"], { env });
    expect(stdout).toContain("groupadd --gid 10001 app");
    expect(stderr).not.toContain("says:");
    expect(registry.asked.length).toBe(asked);
  });
});

describe("an image that is not known", () => {
  it("may be one that a mirror serves", async () => {
    const { code, stderr } = await deroot(project(), [
      "explain",
      "harbor.corp.example/hub/library/nginx:1.25",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('{"mirrors": ["harbor.corp.example/hub"]}');
  });
});
