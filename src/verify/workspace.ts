import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";

/** Everything that a run makes carries this label, so that it is found again even if the run was killed. */
export const LABEL = "deroot.verify";
const KEPT_LABEL = "deroot.kept";
const FOLDER_PREFIX = "deroot-verify-";

/** What one run has made on this machine: containers, images, networks, volumes, temporary files. */
export class Workspace {
  /** `host.pid.start.random`: enough to tell whether the run is still alive. */
  readonly id: string;
  readonly folder: string;
  readonly labels: readonly string[];
  readonly #engine: Engine;
  readonly #keep: boolean;
  #count = 0;

  private constructor(engine: Engine, id: string, folder: string, keep: boolean) {
    this.#engine = engine;
    this.id = id;
    this.folder = folder;
    this.#keep = keep;
    this.labels = [`${keep ? KEPT_LABEL : LABEL}=${id}`];
  }

  static async open(engine: Engine, keep = false): Promise<Workspace> {
    const random = randomBytes(4).toString("hex");
    const id = `${host()}.${process.pid}.${(await startOf(process.pid)) ?? 0}.${random}`;
    return new Workspace(engine, id, await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${id}-`)), keep);
  }

  /** A name that no other run uses. */
  name(role: string): string {
    return `deroot-${this.id.split(".").at(-1)}-${++this.#count}-${role}`;
  }

  /** Removes everything this run made, also after it was interrupted. */
  async close(): Promise<void> {
    if (this.#keep) return;
    await rm(this.folder, { recursive: true, force: true });
    await removeLabelled(this.#engine, this.id);
  }
}

/** Removes what runs have left that were killed on this machine; returns how many. */
export async function removeLeftovers(engine: Engine): Promise<number> {
  const ids = new Set<string>();
  for (const { list, format } of KINDS) {
    const shown = await lines(engine, [...list, "--filter", `label=${LABEL}`, "--format", format]);
    for (const line of shown) {
      const id = line.split(" ")[1] ?? (await labelOf(engine, line.split(" ")[0]!));
      if (id !== null) ids.add(id);
    }
  }
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const folder of folders) ids.add(folder.slice(FOLDER_PREFIX.length).replace(/-[^-]*$/, ""));
  let removed = 0;
  for (const id of ids) {
    if (await mayLive(id)) continue;
    await removeLabelled(engine, id);
    for (const folder of folders.filter((name) => name.startsWith(`${FOLDER_PREFIX}${id}-`))) {
      await rm(join(tmpdir(), folder), { recursive: true, force: true });
    }
    removed++;
  }
  return removed;
}

/** How each kind of thing is listed and removed; containers first, they hold the others. */
const KINDS = [
  { list: ["ps", "-a"], format: `{{.ID}} {{.Label "${LABEL}"}}`, remove: ["rm", "-f", "-v"] },
  { list: ["network", "ls"], format: `{{.ID}} {{.Label "${LABEL}"}}`, remove: ["network", "rm"] },
  // The list of images cannot show labels.
  { list: ["images"], format: "{{.ID}}", remove: ["rmi", "-f"] },
] as const;

async function removeLabelled(engine: Engine, id: string): Promise<void> {
  for (const { list, remove } of KINDS) {
    const found = await lines(engine, [...list, "--filter", `label=${LABEL}=${id}`, "--format", "{{.ID}}"]);
    if (found.length > 0) await engine.call([...remove, ...new Set(found)], { always: true });
  }
}

async function lines(engine: Engine, args: readonly string[]): Promise<string[]> {
  try {
    const outcome = await engine.call(args, { always: true });
    return outcome.stdout
      .toString("utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  } catch (error) {
    // Cleaning up must not hide why the run ended; the next run finds what is left.
    if (error instanceof EngineError) return [];
    throw error;
  }
}

async function labelOf(engine: Engine, image: string): Promise<string | null> {
  const format = `{{index .Config.Labels "${LABEL}"}}`;
  const [id] = await lines(engine, ["image", "inspect", "--format", format, image]);
  return id ?? null;
}

/** A run of another machine that shares the engine may live for all that is known here. */
async function mayLive(id: string): Promise<boolean> {
  const [, machine, pid, start] = /^(.*)\.(\d+)\.(\d+)\.[0-9a-f]+$/.exec(id) ?? [];
  if (machine === undefined || machine !== host()) return machine !== undefined;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  const now = await startOf(Number(pid));
  return now === null || start === "0" || String(now) === start;
}

function host(): string {
  return hostname()
    .replace(/[^a-zA-Z0-9-]/g, "-")
    .slice(0, 40);
}

/** When a process was started, in clock ticks since boot: pids are used again. Null where there is no /proc. */
async function startOf(pid: number): Promise<number | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return null;
  }
}
