import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { diskTree } from "../../../src/file-tree/disk.ts";
import type { Engine, Verification, VerifyOptions } from "../../../src/verify/index.ts";
import { verify, Workspace } from "../../../src/verify/index.ts";

/** One project of `examples/`, as `probes.json` says it is built, run and asked. */
export interface Example {
  readonly name: string;
  readonly expect: string;
  readonly larger: string | undefined;
  readonly folder: string;
  readonly dockerfile: string;
  readonly options: VerifyOptions;
}

interface Spec {
  readonly build: { readonly network?: string; readonly context?: string };
  readonly run: {
    readonly env?: Readonly<Record<string, string>>;
    readonly volumes?: readonly string[];
    readonly sidecars?: readonly { readonly image: string; readonly name: string }[];
  };
  readonly probes: readonly {
    readonly method: string;
    readonly port: number;
    readonly path: string;
    readonly status?: number;
    readonly contains?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }[];
  readonly expect: string;
  /** Why the rewritten image is more than 2 % larger, where it is. */
  readonly larger?: string;
}

const folder = fileURLToPath(new URL("../../../examples/", import.meta.url));
const specs = JSON.parse(readFileSync(`${folder}probes.json`, "utf8")) as Readonly<Record<string, Spec>>;

export const examples: readonly Example[] = Object.entries(specs).map(([name, spec]) => ({
  name,
  expect: spec.expect,
  larger: spec.larger,
  folder: folder + name,
  dockerfile: `${spec.build.context === undefined ? "" : `${spec.build.context}/`}Dockerfile`,
  options: {
    build: { network: spec.build.network },
    probes: spec.probes.map((probe) => ({ kind: "http", ...probe })),
    run: {
      env: Object.entries(spec.run.env ?? {}).map((pair) => pair.join("=")),
      volumes: spec.run.volumes ?? [],
      sides: spec.run.sidecars ?? [],
    },
  },
}));

export async function verifyExample(
  engine: Engine,
  example: Example,
  options: VerifyOptions = {},
): Promise<Verification> {
  return verifyFolder(engine, example.folder, example.dockerfile, { ...example.options, ...options });
}

/** Runs `verify`, or another of its kind, in a workspace of its own. */
export async function verifyFolder(
  engine: Engine,
  root: string,
  dockerfile: string,
  options: VerifyOptions = {},
  work: typeof verify = verify,
): Promise<Verification> {
  const release = await turn();
  const workspace = await Workspace.open(engine);
  try {
    return await work(diskTree(root), dockerfile, engine, workspace, options);
  } finally {
    await workspace.close();
    release();
  }
}

const AT_A_TIME = 3;
let busy = 0;
const waiting: (() => void)[] = [];

/** Tests of a file run side by side where they say so, but a small machine cannot take many containers at once. */
async function turn(): Promise<() => void> {
  if (busy >= AT_A_TIME) await new Promise<void>((next) => waiting.push(next));
  else busy++;
  return () => {
    const next = waiting.shift();
    if (next) next();
    else busy--;
  };
}

/**
 * What changes hands is not stored twice: the rewritten image is hardly larger than the legacy one.
 * @param reason why it is larger all the same; it must be, then.
 */
export function expectSize({ legacy, rewritten }: Verification, reason: string | undefined): void {
  const growth = rewritten[0]!.image.size / legacy!.image.size - 1;
  const says = `the image grows by ${(growth * 100).toFixed(1)} %`;
  if (reason === undefined) expect(growth, says).toBeLessThanOrEqual(MOST_GROWTH);
  else expect(growth, `${says}, so "larger" has nothing to say`).toBeGreaterThan(MOST_GROWTH);
}

const MOST_GROWTH = 0.02;

/** What a test shows when a verdict is not the one it wants. */
export function told({ verdict, reason, findings }: Verification): string {
  const lines = findings.flatMap(({ kind, says, details }) => [
    `${kind}: ${says}`,
    ...details.map((each) => `    ${each}`),
  ]);
  return [verdict + (reason === null ? "" : `: ${reason}`), ...lines].join("\n");
}
