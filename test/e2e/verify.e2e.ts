/** What `verify` sees of real containers, and what it leaves behind: nothing. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRunEvidence } from "../../src/companions/run-evidence.ts";
import { diskTree } from "../../src/file-tree/disk.ts";
import { AS_IT_IS, Container } from "../../src/verify/container.ts";
import { findEngine, removeLeftovers, verify, Workspace } from "../../src/verify/index.ts";
import { fromBeside, fromInside, fromThisMachine, type Way } from "../../src/verify/look.ts";
import { sleep } from "../../src/verify/sleep.ts";
import { withEngine } from "./support/engine.ts";
import { told, verifyFolder } from "./support/examples.ts";
import { naiveRewrite } from "./support/naive.ts";
import { pythonServer, withProject } from "./support/project.ts";

const JOB = { Dockerfile: 'FROM alpine:3.19\nWORKDIR /job\nCOPY . .\nCMD ["sh", "job.sh"]\n' };

function containers(filter: string): string[] {
  const output = execFileSync("docker", ["ps", "-aq", "--filter", `label=${filter}`], { encoding: "utf8" });
  return output.split("\n").filter((line) => line !== "");
}

withEngine("verify", (engine) => {
  describe("jobs", () => {
    it("are the same where exit code and output are", () =>
      withProject(
        { ...JOB, "job.sh": "echo start $(date +%T); echo result > out; cat out\n" },
        async (folder) => {
          const verification = await verifyFolder(engine, folder, "Dockerfile");
          expect(told(verification)).toBe("same");
          expect(verification.legacy).toMatchObject({ running: false, exitCode: 0 });
        },
      ));

    it("are caught where they end otherwise", () =>
      withProject({ ...JOB, "job.sh": "set -e\necho x > out\n" }, async (folder) => {
        const { findings } = await verifyFolder(engine, folder, "Dockerfile", { rewriter: naiveRewrite });
        expect(findings.map(({ kind }) => kind)).toEqual(["exit-code", "log", "files"]);
        expect(findings[1]!.details.join()).toContain("Permission denied");
      }));

    it("are waited for as long as they are at work", () =>
      withProject(
        {
          ...JOB,
          "job.sh": "end=$(($(date +%s) + 13)); while [ $(date +%s) -lt $end ]; do :; done; echo done\n",
        },
        async (folder) => {
          const verification = await verifyFolder(engine, folder, "Dockerfile");
          expect(told(verification)).toBe("same");
          expect(verification.legacy).toMatchObject({ running: false, exitCode: 0, stdout: "done\n" });
        },
      ));

    it("are told from workers, which rest", () =>
      withProject({ ...JOB, "job.sh": "while :; do sleep 1; done\n" }, async (folder) => {
        const verification = await verifyFolder(engine, folder, "Dockerfile");
        expect(told(verification)).toBe("same");
        expect(verification.notes.join()).toContain("taken for a worker");
      }));

    it("are not caught for what is chance", () =>
      withProject({ ...JOB, "job.sh": "cat /proc/sys/kernel/random/uuid | tr -d -\n" }, async (folder) => {
        expect(told(await verifyFolder(engine, folder, "Dockerfile"))).toBe("same");
      }));
  });

  describe("what is no measure", () => {
    it("a legacy image that does not build", () =>
      withProject({ Dockerfile: "FROM alpine:3.19\nRUN no-such-command\n" }, async (folder) => {
        const { verdict, reason } = await verifyFolder(engine, folder, "Dockerfile", {
          rewriter: naiveRewrite,
        });
        expect([verdict, reason]).toEqual(["not comparable", expect.stringContaining("does not build")]);
      }));

    it("a legacy image that wants what it does not get", () =>
      withProject({ ...JOB, "job.sh": 'echo "no DATABASE_URL" >&2; exit 2\n' }, async (folder) => {
        const { verdict, reason, remedy } = await verifyFolder(engine, folder, "Dockerfile");
        expect(verdict).toBe("not comparable");
        expect(reason).toContain("exit code 2: no DATABASE_URL");
        expect(remedy).toContain("--env");
      }));
  });

  it("sees a rewritten image that does not build", () =>
    withProject({ Dockerfile: 'FROM busybox:latest\nCMD ["true"]\n' }, async (folder) => {
      const rewriter: typeof naiveRewrite = async (tree, path) => {
        const result = await naiveRewrite(tree, path);
        return {
          ...result,
          files: result.files.map((file) => ({ ...file, after: `${file.after}RUN exit 7\n` })),
        };
      };
      const { verdict, findings } = await verifyFolder(engine, folder, "Dockerfile", { rewriter });
      expect([verdict, findings[0]?.kind]).toEqual(["different", "build"]);
    }));

  it("runs group0 as an arbitrary user too", () =>
    withProject(
      {
        Dockerfile:
          'FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\nRUN mkdir data\nEXPOSE 8000\nCMD ["python", "app.py"]\n',
        "app.py": pythonServer(8000, 'open("/app/data/x", "w").write("x")'),
      },
      async (folder) => {
        const verification = await verifyFolder(engine, folder, "Dockerfile", {
          rewrite: { ownership: "group0" },
        });
        expect(told(verification)).toBe("same");
        expect(verification.rewritten.map(({ processes }) => processes?.[0]?.uid)).toEqual([
          verification.rewrite.account?.uid,
          1000690000,
        ]);
      },
    ));

  it("learns what root does", () =>
    withProject(
      {
        Dockerfile:
          'FROM python:3.12-slim\nWORKDIR /srv\nCOPY app.py .\nVOLUME /data\nEXPOSE 8000\nCMD ["python", "app.py"]\n',
        "app.py": pythonServer(
          8000,
          [
            'os.makedirs("/var/lib/app/deep", exist_ok=True)',
            'open("/var/lib/app/deep/x", "w").write("x")',
            'open("/data/y", "w").write("y")',
            'open("/tmp/z", "w").write("z")',
            'open("/etc/motd", "a").write("m")',
          ].join("\n"),
        ),
      },
      async (folder) => {
        const { learned } = await verifyFolder(engine, folder, "Dockerfile", { learn: true });
        expect(learned).toEqual({
          dockerfile: "Dockerfile",
          written: [
            { path: "/etc/motd", kind: "changed", directory: false },
            { path: "/var/lib/app", kind: "created", directory: true },
            { path: "/data", kind: "changed", directory: true },
          ],
          ports: [{ port: 8000, protocol: "tcp" }],
          users: [],
          capabilities: null,
          notExecutable: [],
          needsHome: false,
        });
      },
    ));

  it("finds the capabilities that root needs by taking them away", () =>
    withProject({ ...JOB, "job.sh": "echo x > out; chown 33 out && echo handed over\n" }, async (folder) => {
      const options = { learn: true, capabilities: true, rewriter: naiveRewrite };
      const { learned } = await verifyFolder(engine, folder, "Dockerfile", options);
      expect(learned?.capabilities).toEqual(["CHOWN"]);
    }));

  it("compares what volumes hold", () =>
    withProject(
      {
        Dockerfile:
          'FROM alpine:3.19\nWORKDIR /job\nCOPY . .\nRUN mkdir /data && echo a > /data/seed\nVOLUME /data\nCMD ["sh", "job.sh"]\n',
        "job.sh": "[ $(id -u) = 0 ] && cat /data/seed > /data/state\necho b > /data/log; cat /data/log\n",
      },
      async (folder) => {
        const { findings, rewritten } = await verifyFolder(engine, folder, "Dockerfile");
        expect(findings).toMatchObject([{ kind: "files", details: ["/data/state (made)"] }]);
        expect(rewritten[0]?.written).toContainEqual({ path: "/data/log", kind: "created", text: "b\n" });
      },
    ));

  describe("services that it depends on", () => {
    const files = (job: string): Record<string, string> => ({
      "compose.yaml":
        "services:\n  web:\n    build: ./web\n    depends_on:\n      back: {condition: service_healthy}\n      init: {condition: service_completed_successfully}\n" +
        '  back:\n    build: ./back\n    volumes: ["./motd:/srv/motd:ro"]\n    healthcheck: {test: wget -qO- http://127.0.0.1:8000/motd}\n' +
        `  init:\n    image: alpine:3.19\n    command: sh -c "${job}"\n`,
      motd: "hello from behind\n",
      "back/Dockerfile":
        'FROM python:3.12-alpine\nCMD ["sh", "-c", "sleep 3; exec python -m http.server 8000 --directory /srv"]\n',
      "web/Dockerfile":
        'FROM alpine:3.19\nWORKDIR /job\nCMD ["sh", "-c", "wget -qO out http://back:8000/motd && cat out"]\n',
    });

    it("are built and started, in their order, when those before them are ready", () =>
      withProject(files("exit 0"), async (folder) => {
        const verification = await verifyFolder(engine, folder, "web/Dockerfile");
        expect(told(verification)).toBe("same");
        expect(verification.legacy).toMatchObject({ exitCode: 0, stdout: "hello from behind\n" });
      }));

    it("are named where they fail", () =>
      withProject(files("echo no database; exit 3"), async (folder) => {
        const { verdict, reason } = await verifyFolder(engine, folder, "web/Dockerfile");
        expect([verdict, reason]).toEqual([
          "not comparable",
          "init (alpine:3.19), which it depends on, ends with exit code 3: no database",
        ]);
      }));
  });

  describe("looks into containers", () => {
    const ways: readonly (readonly [string, Way, string])[] = [
      ["through this machine's /proc", fromThisMachine, "python:3.12-slim"],
      ["through a shell inside", fromInside, "python:3.12-slim"],
      [
        "from a container beside, where there is no shell",
        fromBeside(["no-such-image:x", "alpine:3.19"], []),
        "python:3.12-slim",
      ],
    ];
    it.each(ways)("%s", async (title, way, image) => {
      const workspace = await Workspace.open(engine);
      try {
        const container = await Container.create(engine, {
          image,
          name: workspace.name("look"),
          labels: workspace.labels,
          settings: { entrypoint: ["python"], command: ["-m", "http.server", "8123"] },
          rights: { ...AS_IT_IS, strict: true, user: "4711:4712" },
          publish: [],
          network: null,
        });
        expect(await container.start()).toBeNull();
        let look = null;
        for (let tries = 0; tries < 40 && !look?.listeners.length; tries++) {
          await sleep(250);
          look = await way(container, await container.state());
        }
        expect(look, title).toMatchObject({
          processes: [
            { pid: 1, uid: 4711, gid: 4712, capabilities: [], command: "python -m http.server 8123" },
          ],
          listeners: [{ port: 8123, protocol: "tcp", loopback: false }],
        });
      } finally {
        await workspace.close();
      }
    });

    it("and knows when a way is not open", async () => {
      const workspace = await Workspace.open(engine);
      try {
        const container = await Container.create(engine, {
          image: "alpine:3.19",
          name: workspace.name("closed"),
          labels: workspace.labels,
          settings: { entrypoint: ["sleep"], command: ["60"] },
          rights: AS_IT_IS,
          publish: [],
          network: null,
        });
        await container.start();
        const state = await container.state();
        // The pid of something else on this machine, as a remote engine would tell it.
        expect(await fromThisMachine(container, { ...state, pid: process.pid })).toBeNull();
        expect(await fromBeside(["no-such-image:x"], [])(container, state)).toBeNull();
      } finally {
        await workspace.close();
      }
    });
  });

  it("builds with the classic builder too", () =>
    withProject({ ...JOB, "job.sh": "echo ok\n" }, async (folder) => {
      const classic = await findEngine("docker-classic");
      expect(classic.builder).toBe("classic");
      expect(told(await verifyFolder(classic, folder, "Dockerfile"))).toBe("same");
    }));

  describe("leaves nothing behind", () => {
    it("when it is interrupted", () =>
      withProject({ Dockerfile: 'FROM alpine:3.19\nCMD ["sleep", "600"]\n' }, async (folder) => {
        const controller = new AbortController();
        const interrupted = await findEngine("docker", controller.signal);
        const workspace = await Workspace.open(interrupted);
        const run = verify(diskTree(folder), "Dockerfile", interrupted, workspace).finally(() =>
          workspace.close(),
        );
        const ended = expect(run).rejects.toMatchObject({ code: "interrupted" });
        for (let tries = 0; tries < 100 && containers(workspace.labels[0]!).length < 2; tries++)
          await sleep(200);
        expect(containers(workspace.labels[0]!)).toHaveLength(2);
        controller.abort();
        await ended;
        expect(containers(workspace.labels[0]!)).toEqual([]);
        expect(existsSync(workspace.folder)).toBe(false);
      }));

    it("of a run that was killed, once there is another; but what a run of today needs stays", async () => {
      const ended = spawnSync("true").pid;
      const dead = `${hostname().replace(/[^a-zA-Z0-9-]/g, "-")}.${ended}.1.0000dead`;
      const elsewhere = `another-machine.${ended}.1.0000beef`;
      const own = await Workspace.open(engine);
      const labels = [`deroot.verify=${dead}`, `deroot.verify=${elsewhere}`, own.labels[0]!];
      for (const label of labels) execFileSync("docker", ["create", "--label", label, "alpine:3.19", "true"]);
      execFileSync("docker", ["network", "create", "--label", labels[0]!, "deroot-dead-network"]);
      await removeLeftovers(engine);
      expect(labels.map((label) => containers(label).length)).toEqual([0, 1, 1]);
      expect(execFileSync("docker", ["network", "ls"], { encoding: "utf8" })).not.toContain(
        "deroot-dead-network",
      );
      for (const id of containers(labels[1]!)) execFileSync("docker", ["rm", id]);
      await own.close();
      expect(containers(labels[2]!)).toEqual([]);
    });
  });

  describe("on the command line", () => {
    const deroot = fileURLToPath(new URL("../../dist/deroot.js", import.meta.url));

    it("compares, learns, and exits with 0 only where all are the same", () =>
      withProject({ ...JOB, "job.sh": "echo x > out; cat out\n" }, async (folder) => {
        const call = (...args: string[]) =>
          spawnSync(process.execPath, [deroot, "verify", ...args], { cwd: folder, encoding: "utf8" });
        const same = call("--learn", "--format", "json");
        expect(same.stderr).not.toContain("error");
        expect(JSON.parse(same.stdout)).toMatchObject({ results: [{ verdict: "same" }] });
        expect(same.status).toBe(0);
        const evidence = readRunEvidence(readFileSync(join(folder, ".deroot/evidence.json"), "utf8"));
        expect(evidence.dockerfiles[0]?.written).toEqual([
          { path: "/job/out", kind: "created", directory: false },
        ]);
        const different = call("--only", "account,user", "--format", "markdown");
        expect(different.stdout).toContain("missing rights");
        expect(different.status).toBe(1);
      }));

    it("cleans up what a run left that was killed", () =>
      withProject({ Dockerfile: 'FROM alpine:3.19\nCMD ["sleep", "600"]\n' }, async (folder) => {
        const child = spawn(process.execPath, [deroot, "verify"], { cwd: folder, stdio: "ignore" });
        const mine = (id: string): string[] => id.split(".").filter((part) => part === String(child.pid));
        const all = (...kind: string[]): string[] =>
          execFileSync("docker", [...kind, "--format", '{{.Label "deroot.verify"}}'], { encoding: "utf8" })
            .split("\n")
            .filter((id) => mine(id).length > 0);
        const folders = (): string[] =>
          readdirSync(tmpdir()).filter((name) => name.startsWith("deroot-verify-") && mine(name).length > 0);
        for (let tries = 0; tries < 100 && all("ps", "-a").length < 2; tries++) await sleep(200);
        child.kill("SIGKILL");
        await once(child, "exit");
        expect([all("ps", "-a").length, folders().length]).toEqual([2, 1]);
        await withProject({ "README.md": "nothing to verify\n" }, async (other) => {
          spawnSync(process.execPath, [deroot, "verify"], { cwd: other });
        });
        expect([all("ps", "-a"), folders()]).toEqual([[], []]);
      }));

    it("cleans up after Ctrl-C", () =>
      withProject({ Dockerfile: 'FROM alpine:3.19\nCMD ["sleep", "600"]\n' }, async (folder) => {
        const child = spawn(process.execPath, [deroot, "verify"], { cwd: folder, stdio: "ignore" });
        const mine = (): string[] =>
          execFileSync("docker", ["ps", "-a", "--format", '{{.Label "deroot.verify"}}'], { encoding: "utf8" })
            .split("\n")
            .filter((id) => id.split(".").at(-3) === String(child.pid));
        for (let tries = 0; tries < 100 && mine().length < 2; tries++) await sleep(200);
        expect(mine().length).toBeGreaterThan(0);
        child.kill("SIGINT");
        const [, signal] = (await once(child, "exit")) as [number | null, string | null];
        expect(signal).toBe("SIGINT");
        expect(mine()).toEqual([]);
      }));
  });
});
