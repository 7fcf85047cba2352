/** An engine that fails in the middle: what is told, and that everything is cleaned up after it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { findEngine, verify, Workspace, type Verification } from "../../src/verify/index.ts";
import { ANSWERS, fakeEngine, IMAGE, type FakeEngine } from "./fake-engine.ts";

let project: string;
let fake: FakeEngine | null = null;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "deroot-project-"));
  writeFileSync(join(project, "Dockerfile"), 'FROM debian:12\nCOPY a /a\nCMD ["/a"]\n');
  writeFileSync(join(project, "a"), "");
});

afterEach(() => {
  fake?.remove();
  fake = null;
  rmSync(project, { recursive: true, force: true });
});

function on(cases: string, program?: string): FakeEngine {
  return (fake = fakeEngine(cases, program));
}

async function verified(signal?: AbortSignal): Promise<Verification> {
  const engine = await findEngine("docker", signal);
  const workspace = await Workspace.open(engine);
  try {
    return await verify(diskTree(project), "Dockerfile", engine, workspace, { patience: 1000 });
  } finally {
    await workspace.close();
    expect(existsSync(workspace.folder)).toBe(false);
  }
}

describe("no engine", () => {
  it("says so where none is on PATH, and what to install", async () => {
    on("", "other");
    process.env["PATH"] = "/nowhere";
    await expect(findEngine(undefined)).rejects.toMatchObject({
      code: "missing",
      hint: /Install Docker, Podman/,
    });
    await expect(findEngine("podman")).rejects.toMatchObject({ code: "missing", message: /podman/ });
  });

  it("says so where the daemon does not run", async () => {
    on(
      'version) echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1 ;;',
    );
    await expect(findEngine("docker")).rejects.toMatchObject({
      code: "no-answer",
      hint: /systemctl start docker/,
    });
  });

  it("says so where it may not be talked to", async () => {
    on(
      'version) echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1 ;;',
    );
    await expect(findEngine("docker")).rejects.toMatchObject({ code: "forbidden", hint: /docker group/ });
  });

  it("does not take any program called docker for an engine", async () => {
    on("version) echo hello ;;");
    await expect(findEngine("docker")).rejects.toMatchObject({ code: "garbage" });
  });
});

describe("an engine that fails at work", () => {
  it("ends the run when the daemon goes away in the middle of a build", async () => {
    const engine = on(
      `${ANSWERS}\nbuild) echo "#5 [2/3] RUN make" >&2; echo "ERROR: rpc error: code = Unavailable desc = error reading from server: EOF" >&2; exit 1 ;;`,
    );
    await expect(verified()).rejects.toMatchObject({ code: "no-answer" });
    expect(engine.calls().at(-1)).toContain("--filter label=deroot.verify=");
  });

  it("ends the run when the disk is full", async () => {
    on(`${ANSWERS}\nbuild) echo "ERROR: write /var/lib/docker/x: no space left on device" >&2; exit 1 ;;`);
    await expect(verified()).rejects.toMatchObject({ code: "disk-full", hint: /prune/ });
  });

  it("does not blame the engine for what a build step says", async () => {
    on(
      `${ANSWERS}\nbuild) echo "#5 1.2 tar: unexpected EOF" >&2; for i in 1 2 3 4; do echo line >&2; done; exit 1 ;;`,
    );
    expect(await verified()).toMatchObject({ verdict: "not comparable", reason: /does not build/ });
  });

  it("is not comparable where the engine answers with garbage", async () => {
    on(`${ANSWERS}\nimage) echo "<html>" ;;`);
    expect(await verified()).toMatchObject({ verdict: "not comparable", reason: /no JSON/ });
  });

  it("is not comparable where a container has no id", async () => {
    on(`${ANSWERS}\nimage) echo '${IMAGE}' ;;\ncreate) echo "what?" ;;`);
    expect(await verified()).toMatchObject({ verdict: "not comparable", reason: /create answers/ });
  });

  it("gives up on a call that hangs, even one that ignores the signal", async () => {
    on(`${ANSWERS}\ninspect) trap "" TERM; while :; do sleep 1; done ;;`);
    const engine = await findEngine("docker");
    const start = Date.now();
    await expect(engine.call(["inspect"], { timeout: 300 })).rejects.toMatchObject({ code: "timeout" });
    expect(Date.now() - start).toBeLessThan(6000);
  });

  it("stops at once when it is interrupted, and cleans up", async () => {
    const engine = on(`${ANSWERS}\nbuild) sleep 60 ;;`);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const start = Date.now();
    await expect(verified(controller.signal)).rejects.toMatchObject({ code: "interrupted" });
    expect(Date.now() - start).toBeLessThan(5000);
    expect(engine.calls().at(-1)).toContain("--filter label=deroot.verify=");
  });

  it("does not fill the memory with what an engine prints", async () => {
    on(`${ANSWERS}\nlogs) head -c 100000000 /dev/zero ;;`);
    const engine = await findEngine("docker");
    const { stdout } = await engine.call(["logs"]);
    expect(stdout.length).toBeLessThan(40_000_000);
  });
});
