/** Asks real images: through the engines that are there, and in a real registry. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveImage } from "../../src/images/index.ts";
import type { BaseImage } from "../../src/images/index.ts";
import {
  ENGINES,
  inspectEngine,
  inspectRegistry,
  profileFromInspection,
} from "../../src/images/inspect/index.ts";
import type { EngineName, Inspection } from "../../src/images/inspect/index.ts";
import {
  APP_ACCOUNT,
  DEBIAN,
  digestOf,
  gzipped,
  image,
  index,
  INDEX,
  tar,
  zstandard,
} from "../images/support/image.ts";
import { found } from "./support/engine.ts";
import { LOGIN, startRegistry, withRegistry, type Registry } from "./support/registry.ts";

function baseOf(inspection: Inspection): BaseImage {
  return resolveImage(inspection.reference, { extra: [profileFromInspection(inspection)] })!;
}

/** What each of these images is known to be, whoever is asked. */
const IMAGES: readonly (readonly [string, Partial<BaseImage>, Partial<BaseImage["userTools"]>])[] = [
  [
    "debian:bookworm-slim",
    { distro: "debian", packageManager: "apt", shell: "/bin/sh", bash: true },
    { useradd: true },
  ],
  [
    "alpine:3.19",
    { distro: "alpine", packageManager: "apk", shell: "/bin/sh" },
    { useradd: false, adduser: "busybox" },
  ],
  ["busybox:latest", { distro: "busybox", packageManager: "none", bash: false }, { adduser: "busybox" }],
  [
    "gcr.io/distroless/nodejs20-debian12:nonroot",
    { shell: false, strategy: "already-nonroot" },
    { useradd: false },
  ],
  [
    "registry.access.redhat.com/ubi9/ubi-minimal:latest",
    { distro: "rhel", packageManager: "microdnf", strategy: "create-user" },
    { useradd: false, adduser: false },
  ],
];

const has = (program: string, reference: string): boolean => {
  const args =
    program === "buildah" ? ["inspect", "--type", "image", reference] : ["image", "inspect", reference];
  return spawnSync(program, args, { stdio: "ignore", timeout: 60_000 }).status === 0;
};

const containers = (program: string): string =>
  spawnSync(program, ["ps", "--all", "--format", "{{.Names}}"], { encoding: "utf8" }).stdout;

describe.each(ENGINES)("asking %s", (engine) => {
  const there =
    engine === "docker" ? typeof found !== "string" : spawnSync(engine, ["--version"]).status === 0;
  if (engine === "docker" && !there && process.env["DEROOT_E2E"] === "required") {
    it("is there", () => expect.fail(`DEROOT_E2E=required, but ${String(found)}`));
    return;
  }
  const scratch = "localhost/deroot-inspect-test:1";
  beforeAll(() => {
    if (there && engine !== "docker") copyFromDocker(engine, ["alpine:3.19", "busybox:latest"]);
  });

  describe.skipIf(!there)(there ? "what an image holds" : `skipped: ${engine} is not there`, () => {
    it.each(IMAGES)("%s", async (reference, facts, tools) => {
      if (!has(engine, reference)) return; // Not every engine has every image.
      const base = baseOf(await inspectEngine(reference, { engine }));
      expect(base).toMatchObject({ ...facts, userTools: tools });
      expect(base.takenIds.uids).toContain(0);
      if (engine !== "buildah") expect(containers(engine)).not.toContain("deroot-inspect");
    });

    it("says that it has no such image", async () => {
      const asking = inspectEngine("localhost/nobody/has-this:1", { engine });
      await expect(asking).rejects.toMatchObject({ code: "not-found" });
    });

    it("does not take an image for another platform", async () => {
      const [reference] = IMAGES[1]!;
      if (!has(engine, reference)) return;
      const there = await inspectEngine(reference, { engine, platform: "linux/amd64" });
      expect(there.config.os).toBe("linux");
      const other = inspectEngine(reference, { engine, platform: "linux/s390x" });
      await expect(other).rejects.toMatchObject({
        code: "not-found",
        hint: expect.stringContaining("pull") as string,
      });
    });

    it("takes no reference for an option", async () => {
      await expect(inspectEngine("--help", { engine })).rejects.toMatchObject({ code: "not-found" });
    });

    const readsOneFile = async (): Promise<void> => {
      spawnSync(engine, ["import", "-", scratch], { input: tar([{ path: "app", content: "x" }]) });
      try {
        expect(baseOf(await inspectEngine(scratch, { engine }))).toMatchObject({
          distro: "scratch",
          shell: false,
          users: [],
        });
      } finally {
        spawnSync(engine, ["rmi", scratch]);
      }
    };
    // Buildah imports no archives.
    if (engine !== "buildah") it("reads an image of nothing but a file", readsOneFile);

    it("leaves nothing behind when interrupted", async () => {
      const [reference] = IMAGES[1]!;
      if (!has(engine, reference)) return;
      const control = new AbortController();
      setTimeout(() => control.abort(), 50);
      await inspectEngine(reference, { engine, signal: control.signal }).catch((error: unknown) =>
        expect(error).toMatchObject({ code: "interrupted" }),
      );
      if (engine !== "buildah") expect(containers(engine)).not.toContain("deroot-inspect");
    });
  });
});

/** Podman and Buildah have a store of their own. */
function copyFromDocker(engine: EngineName, references: readonly string[]): void {
  if (typeof found === "string") return;
  for (const reference of references) {
    if (has(engine, reference) || !has("docker", reference)) continue;
    const saved = spawnSync("docker", ["save", reference], { maxBuffer: 1024 ** 3 });
    spawnSync("podman", ["load"], { input: saved.stdout });
  }
}

withRegistry("asking a registry", () => {
  let registry: Registry;
  let locked: Registry;
  let folder: string;

  const amd64 = image({ User: "shop", Entrypoint: ["/start"] }, [gzipped(DEBIAN), gzipped([APP_ACCOUNT])]);
  const arm64 = image({ User: "10001" }, [zstandard(tar(DEBIAN)), tar([{ path: "usr/bin/.wh.bash" }])]);

  beforeAll(async () => {
    registry = await startRegistry();
    locked = await startRegistry({ login: true });
    await registry.push("team/app", "amd64", amd64);
    await registry.push("team/app", "arm64", arm64);
    await registry.pushManifest(
      "team/app",
      "1",
      index({ "linux/amd64": amd64.manifest, "linux/arm64": arm64.manifest }),
      INDEX,
    );
    await locked.push("team/app", "1", amd64);
    const broken = { ...DEBIAN[0]!, path: "../../etc/passwd" };
    await registry.push("team/hostile", "traversal", image({}, [tar([broken])]));
    await registry.push("team/hostile", "truncated", image({}, [gzipped(DEBIAN).subarray(0, 200)]));
    await registry.push(
      "team/hostile",
      "link",
      image({}, [tar([{ path: "etc/passwd", link: "/../../../etc/passwd" }])]),
    );
  });

  afterAll(() => {
    registry.close();
    locked.close();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "deroot-test-"));
    for (const name of ["HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"])
      vi.stubEnv(name, folder);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it("reads the image for linux/amd64", async () => {
    const inspection = await inspectRegistry(`${registry.host}/team/app:1`);
    expect(inspection.digest).toBe(digestOf(amd64.manifest));
    expect(baseOf(inspection)).toMatchObject({
      distro: "debian",
      suite: "bookworm",
      user: { name: "shop", isRoot: false },
      users: [{ name: "shop", uid: 4321 }],
    });
  });

  it("reads another platform, with layers in zstd and plain, and a whiteout", async () => {
    const inspection = await inspectRegistry(`${registry.host}/team/app:1`, { platform: "linux/arm64" });
    expect(inspection.digest).toBe(digestOf(arm64.manifest));
    expect(baseOf(inspection)).toMatchObject({ distro: "debian", bash: false, user: { name: "10001" } });
  });

  it("reads a manifest by digest", async () => {
    const { config } = await inspectRegistry(`${registry.host}/team/app@${digestOf(arm64.manifest)}`);
    expect(config.user).toBe("10001");
  });

  it("says what is not there", async () => {
    await expect(inspectRegistry(`${registry.host}/team/app:2`)).rejects.toMatchObject({ code: "not-found" });
    await expect(inspectRegistry(`${registry.host}/team/none:1`)).rejects.toMatchObject({
      code: "not-found",
    });
  });

  it("logs in as the user does, or says that one has to", async () => {
    const reference = `${locked.host}/team/app:1`;
    await expect(inspectRegistry(reference)).rejects.toMatchObject({ code: "denied" });
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [locked.host]: { auth: LOGIN } } }));
    expect((await inspectRegistry(reference)).config.user).toBe("shop");
    const wrong = Buffer.from("ann:wrong").toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [locked.host]: { auth: wrong } } }));
    await expect(inspectRegistry(reference)).rejects.toMatchObject({ code: "denied" });
  });

  it("is not led out of the image", async () => {
    expect((await inspectRegistry(`${registry.host}/team/hostile:traversal`)).contents.passwd).toBeNull();
    expect((await inspectRegistry(`${registry.host}/team/hostile:link`)).contents.passwd).toBeNull();
  });

  it("says that a truncated layer is broken", async () => {
    const asking = inspectRegistry(`${registry.host}/team/hostile:truncated`);
    await expect(asking).rejects.toMatchObject({ name: "InspectError", code: "broken" });
  });
});
