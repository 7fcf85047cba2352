/**
 * Small projects with one trap each: they work as root, fail after the naive rewrite, and work after deroot's; or
 * they need root, and deroot says why.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import type { RewriteOptions } from "../../src/rewrite/types.ts";
import type { Engine, Observation, Probe, RunOptions, VerifyOptions } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { expectSize, told, verifyFolder } from "./support/examples.ts";
import { naiveRewrite } from "./support/naive.ts";

/** What `trap.json` says. */
interface Trap {
  readonly why: string;
  /** The language or server that it is about. */
  readonly family: string;
  /** How the image fails after the naive rewrite, for the reader. */
  readonly naive: string;
  /** `rewritten`, or `declined: ` and the code. */
  readonly expect: string;
  /** What to ask a server, or how a job ends. */
  readonly probes?: readonly Partial<Probe>[] | { readonly exit: number; readonly output: string };
  /** Why the rewritten image is more than 2 % larger, where it is. */
  readonly larger?: string;
  /** With `--ownership strict`, all that it writes is what deroot says: the rest may be read-only. */
  readonly readOnly?: boolean;
  readonly options?: {
    readonly build?: VerifyOptions["build"];
    readonly run?: RunOptions;
    readonly rewrite?: RewriteOptions;
  };
}

const folder = fileURLToPath(new URL("traps/", import.meta.url));
const traps = readdirSync(folder).map((name) => ({
  name,
  root: folder + name,
  trap: JSON.parse(readFileSync(`${folder}${name}/trap.json`, "utf8")) as Trap,
}));
const rewritten = traps.filter(({ trap }) => trap.expect === "rewritten");

it("traps are many, and of many kinds", () => {
  expect(rewritten.length).toBeGreaterThanOrEqual(60);
  expect(new Set(rewritten.map(({ trap }) => trap.family)).size).toBeGreaterThanOrEqual(12);
});

describe("traps that need root", () => {
  for (const { name, root, trap } of traps.filter((each) => !rewritten.includes(each))) {
    it(name, async () => {
      const { status, reason, files } = await rewrite(diskTree(root), "Dockerfile");
      expect([`${status}: ${reason?.code}`, files]).toEqual([trap.expect, []]);
    });
  }
});

withEngine("traps", (engine) => {
  for (const { name, root, trap } of rewritten) {
    it.concurrent(`${name}: works as root and unprivileged, and not after the naive rewrite`, () =>
      taking(async () => {
        const options = optionsOf(trap);
        const verification = await verifyFolder(engine, root, "Dockerfile", options);
        expect(told(verification)).toBe("same");
        expectEnd(trap, verification.legacy!);
        expectSize(verification, trap.larger);
        const naive = await verifyFolder(engine, root, "Dockerfile", {
          ...options,
          rewriter: naiveRewrite,
        });
        expect(naive.verdict, `${trap.naive}, it says; found: ${told(naive)}`).toBe("different");
      }),
    );
  }
});

withEngine("traps with strict ownership and a read-only root file system", (engine) => {
  for (const { name, root, trap } of rewritten.filter((each) => each.trap.readOnly)) {
    it.concurrent(name, () =>
      taking(async () => {
        const options = { ...trap.options?.rewrite, ownership: "strict" } as const;
        const { writable } = await rewrite(diskTree(root), "Dockerfile", options);
        // A file cannot be a tmpfs; the directory that it stands in can.
        const places = writable.map(({ path }) => (/\.\w+$/.test(path) ? dirname(path) : path));
        // Without a mode, a tmpfs takes that of the directory, but root owns it.
        const mounts = [...new Set([...places, "/tmp"])].map(
          (path) => `type=tmpfs,destination=${path},tmpfs-mode=1777`,
        );
        const verification = await verifyFolder(readOnly(engine), root, "Dockerfile", {
          ...optionsOf(trap),
          rewrite: options,
          run: { ...trap.options?.run, mounts },
        });
        expect(told(verification)).toBe("same");
        expectEnd(trap, verification.legacy!);
      }),
    );
  }
});

function optionsOf({ probes, options = {} }: Trap): VerifyOptions {
  const asked = Array.isArray(probes) ? (probes as readonly Partial<Probe>[]) : [];
  return { ...options, probes: asked.map((probe) => ({ kind: "http", ...probe }) as Probe) };
}

/** The trap itself is sound: as root, the job ends as it should. */
function expectEnd({ probes }: Trap, { exitCode, stdout }: Observation): void {
  if (probes === undefined || !("exit" in probes)) return;
  expect(exitCode).toBe(probes.exit);
  expect(stdout).toContain(probes.output);
}

/** The same engine, which starts unprivileged containers with a read-only root file system. */
function readOnly(engine: Engine): Engine {
  const closed = (args: readonly string[]): readonly string[] =>
    args[0] === "create" && args.includes("no-new-privileges")
      ? ["create", "--read-only", ...args.slice(1)]
      : args;
  return {
    name: engine.name,
    version: engine.version,
    builder: engine.builder,
    buildProgram: engine.buildProgram,
    buildEnv: engine.buildEnv,
    call: (args, options) => engine.call(closed(args), options),
    text: (args, options) => engine.text(closed(args), options),
    json: (args, options) => engine.json(closed(args), options),
    build: (args, options) => engine.build(args, options),
  };
}

const AT_A_TIME = 2;
const waiting: (() => void)[] = [];
let running = 0;

/** Two at a time: more only makes containers slow to start, and a slow start looks like a failure. */
async function taking<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
