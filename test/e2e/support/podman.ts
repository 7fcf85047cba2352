import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Podman with a store of its own, which holds a few images of the engine that all other tests use. */
export interface Podman {
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program where Podman's networks work. */
  command(program: string, args: readonly string[]): readonly [program: string, args: readonly string[]];
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

/** @throws where no container starts by any means: the message says what Podman says. */
export function openPodman(images: readonly string[]): Podman {
  const folder = mkdtempSync(join(tmpdir(), "deroot-podman-"));
  const env = configure(folder);
  const podman = podmanWith(env, folder, (program, args) => [program, args]);
  const archive = join(folder, "images.tar");
  execFileSync("docker", ["save", "--output", archive, ...images]);
  execFileSync("podman", ["load", "--quiet", "--input", archive], { env, stdio: "pipe" });
  rmSync(archive);
  const works = (each: Podman): string | null => {
    const { status, stderr } = each.run("podman", ["run", "--rm", images[0]!, "true"]);
    return status === 0 ? null : stderr;
  };
  const complaint = works(podman);
  if (complaint === null) return podman;
  // A machine whose packet filter is not to be touched has a network of its own to give.
  const apart = podmanWith(env, folder, (program, args) => [
    "unshare",
    ["--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', program, ...args],
  ]);
  const again = works(apart);
  if (again === null) return apart;
  podman.close();
  throw new Error(`podman starts no container: ${complaint}\nin a network of its own: ${again}`);
}

function podmanWith(env: NodeJS.ProcessEnv, folder: string, command: Podman["command"]): Podman {
  const run: Podman["run"] = (program, args, cwd) =>
    spawnSync(...(command(program, args) as [string, string[]]), { cwd, env, encoding: "utf8" });
  return {
    env,
    command,
    run,
    deroot: (args, cwd) => run(process.execPath, [DEROOT, ...args], cwd),
    close() {
      spawnSync("podman", ["rm", "--all", "--force"], { env });
      // The overlay driver mounts its own folder on itself.
      spawnSync("umount", ["--lazy", join(folder, "store/overlay")]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
