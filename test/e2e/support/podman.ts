import { execFileSync, spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Podman with a store of its own, which holds a few images of the engine that all other tests use. */
export interface Podman {
  readonly env: NodeJS.ProcessEnv;
  /** How a program is started where Podman's networks work. */
  command(program: string, args: readonly string[], cwd: string): [program: string, args: string[]];
  run(program: string, args: readonly string[], cwd?: string): SpawnSyncReturns<string>;
  /** The command line of deroot. */
  deroot(args: readonly string[], cwd: string): SpawnSyncReturns<string>;
  close(): void;
}

export const DEROOT = fileURLToPath(new URL("../../../dist/deroot.js", import.meta.url));

const required = process.env["DEROOT_E2E"] === "required";
const missing = ["podman", "buildah", "docker"].find(
  (program) => spawnSync(program, ["--version"]).error !== undefined,
);

/** Like `withEngine`. */
export function withPodman(title: string, tests: () => void): void {
  if (missing === undefined) {
    describe(title, tests);
  } else if (required) {
    it(title, () => {
      expect.fail(`DEROOT_E2E=required, but ${missing} is not installed`);
    });
  } else {
    describe.skip(`${title} (skipped: ${missing} is not installed)`, () => {
      it("needs podman and buildah, and docker for the images");
    });
  }
}

/**
 * As root, in namespaces of its own, so that neither the machine's networks nor its packet filter are touched.
 * @throws where no container starts: the message says what Podman says.
 */
export function openPodman(images: readonly string[]): Podman {
  const folder = mkdtempSync(join(tmpdir(), "deroot-podman-"));
  const env = configure(folder);
  const place = process.getuid?.() === 0 ? ownPlace() : null;
  const command: Podman["command"] = (program, args, cwd) =>
    place === null
      ? [program, [...args]]
      : ["nsenter", [`--target=${place.pid}`, "--net", "--mount", `--wd=${cwd}`, program, ...args]];
  const run: Podman["run"] = (program, args, cwd = folder) =>
    spawnSync(...command(program, args, cwd), { cwd, env, encoding: "utf8" });
  const podman: Podman = {
    env,
    command,
    run,
    deroot: (args, cwd) => run(process.execPath, [DEROOT, ...args], cwd),
    close() {
      run("podman", ["rm", "--all", "--force"]);
      place?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const archive = join(folder, "images.tar");
  execFileSync("docker", ["save", "--output", archive, ...images]);
  run("podman", ["load", "--quiet", "--input", archive]);
  const { status, stderr } = run("podman", ["run", "--rm", images[0]!, "true"]);
  if (status === 0) return podman;
  podman.close();
  throw new Error(`podman starts no container: ${stderr}`);
}

/** A process that holds a network and a tree of mounts for Podman to work in. */
function ownPlace(): ChildProcess {
  const script =
    "ip link set lo up && mkdir -p /run/containers && mount -t tmpfs tmpfs /run/containers && exec sleep infinity";
  const place = spawn("unshare", ["--net", "--mount", "sh", "-c", script], { stdio: "ignore" });
  // Both namespaces are complete once the last program runs.
  const name = (): string => readFileSync(`/proc/${place.pid}/comm`, "utf8").trim();
  for (let tries = 0; tries < 100 && name() !== "sleep"; tries++) spawnSync("sleep", ["0.1"]);
  return place;
}

function configure(folder: string): NodeJS.ProcessEnv {
  const limit = (flag: string): string => {
    const said = execFileSync("sh", ["-c", `ulimit -H${flag}`], { encoding: "utf8" }).trim();
    return said === "unlimited" ? "1048576" : said;
  };
  mkdirSync(join(folder, "store"));
  writeFileSync(
    join(folder, "storage.conf"),
    `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/store"\nrunroot = "${folder}/run"\n`,
  );
  // Limits of this machine, which a container could otherwise be refused to raise.
  writeFileSync(
    join(folder, "containers.conf"),
    `[containers]\ndefault_ulimits = ["nofile=${limit("n")}:${limit("n")}", "nproc=32768:32768"]\n` +
      `[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n` +
      `[network]\nnetwork_config_dir = "${folder}/networks"\n`,
  );
  return {
    ...process.env,
    CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
    CONTAINERS_CONF: join(folder, "containers.conf"),
  };
}
