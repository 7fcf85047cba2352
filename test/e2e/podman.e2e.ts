/** Podman and Buildah: the same verdicts as with Docker, and nothing left behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, it } from "vitest";
import { sleep } from "../../src/verify/sleep.ts";
import { DEROOT, openPodman, withPodman, type Podman } from "./support/podman.ts";
import { pythonServer, withProject } from "./support/project.ts";

const SERVER = {
  Dockerfile:
    'FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\nRUN mkdir data\nEXPOSE 80\nCMD ["python", "app.py"]\n',
  "app.py": pythonServer(80, 'open("/app/data/x", "w").write("x")'),
};

/** What of the report these tests look at. */
interface Report {
  readonly results: readonly {
    readonly verdict: string;
    readonly reason: string | null;
    readonly engine: string;
    readonly findings: readonly { readonly kind: string; readonly says: string }[];
    readonly legacy: { readonly processes: readonly { readonly uid: number }[] };
    readonly rewritten: readonly {
      readonly processes: readonly { readonly uid: number; readonly capabilities: readonly string[] }[];
      readonly listeners: readonly { readonly port: number }[];
      readonly answers: readonly { readonly status: number | null }[];
      readonly written: readonly { readonly path: string }[];
    }[];
  }[];
}

withPodman("podman", () => {
  let podman: Podman;

  beforeAll(() => {
    podman = openPodman(["alpine:3.19", "python:3.12-slim"]);
    return () => {
      podman.close();
    };
  });

  function verified(
    folder: string,
    ...args: string[]
  ): Report["results"][number] & { status: number | null } {
    const { status, stdout, stderr } = podman.deroot(["verify", "--format", "json", ...args], folder);
    if (!stdout.startsWith("{")) throw new Error(stderr);
    return { ...(JSON.parse(stdout) as Report).results[0]!, status };
  }

  it.each(["podman", "buildah"])("%s builds, runs, looks, asks and compares", (name) =>
    withProject(SERVER, async (folder) => {
      const { status, ...result } = verified(folder, "--engine", name);
      expect(result).toMatchObject({
        verdict: "same",
        engine: expect.stringMatching(new RegExp(`^${name} \\d`)) as string,
        legacy: { processes: [{ uid: 0 }] },
        rewritten: [{ processes: [{ capabilities: [] }], listeners: [{ port: 8080 }] }],
      });
      expect(result.rewritten[0]!.processes[0]!.uid).toBeGreaterThan(0);
      expect(result.rewritten[0]!.answers).toMatchObject([{ status: 200 }]);
      expect(result.rewritten[0]!.written.map(({ path }) => path)).toContain("/app/data/x");
      expect(status).toBe(0);
    }),
  );

  it("catches what a half migration breaks", () =>
    withProject(SERVER, async (folder) => {
      const { status, findings } = verified(folder, "--engine", "podman", "--only", "account,user");
      expect(findings.map(({ kind }) => kind)).toContain("stopped");
      expect(status).toBe(1);
    }));

  it("starts what compose says that the service depends on, under its name", () =>
    withProject(
      {
        "compose.yaml":
          "services:\n  web:\n    build: .\n    depends_on: [back]\n  back:\n    image: python:3.12-slim\n    command: python -m http.server 8000 --directory /etc\n",
        Dockerfile: 'FROM alpine:3.19\nWORKDIR /job\nCOPY job.sh .\nCMD ["sh", "job.sh"]\n',
        "job.sh": "wget -qO out http://back:8000/debian_version && cat out\n",
      },
      async (folder) => {
        const { verdict, reason, legacy } = verified(folder, "--engine", "podman");
        expect([verdict, reason]).toEqual(["same", null]);
        expect(legacy).toMatchObject({ exitCode: 0 });
      },
    ));

  it("removes what a run left that was killed", () =>
    withProject({ Dockerfile: 'FROM alpine:3.19\nCMD ["sleep", "600"]\n' }, async (folder) => {
      const things = (kind: string[]): string[] =>
        podman
          .run("podman", [...kind, "--filter", "label=deroot.verify", "--format", "{{.ID}}"])
          .stdout.split("\n")
          .filter((line) => line !== "");
      const [program, args] = podman.command(
        process.execPath,
        [DEROOT, "verify", "--engine", "podman"],
        folder,
      );
      const child = spawn(program, args, { cwd: folder, env: podman.env, stdio: "ignore" });
      const ended = once(child, "exit");
      for (let tries = 0; tries < 100 && things(["ps", "-a"]).length < 2; tries++) await sleep(200);
      child.kill("SIGKILL");
      await ended;
      expect(things(["ps", "-a"])).toHaveLength(2);
      expect(things(["images"])).not.toEqual([]);
      await withProject({ "README.md": "nothing to verify\n" }, async (other) => {
        podman.deroot(["verify", "--engine", "podman"], other);
      });
      expect([things(["ps", "-a"]), things(["images"])]).toEqual([[], []]);
    }));
});
