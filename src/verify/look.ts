import { readdir, readFile } from "node:fs/promises";
import type { Container, ContainerState } from "./container.ts";
import {
  readActivity,
  readIdMap,
  readSockets,
  readStatus,
  unique,
  type Listener,
  type ProcessFacts,
} from "./proc.ts";

/** What runs in a container and listens there, seen from /proc. */
export interface Look {
  readonly processes: readonly ProcessFacts[];
  readonly listeners: readonly Listener[];
  readonly activity: Activity;
}

/** What each process, by its pid, has done so far; see {@link readActivity}. To be compared with a later look. */
export type Activity = ReadonlyMap<number, number>;

/**
 * Whether something is at work between two looks: it computes, it moves data, or lets others do so. One that waits for
 * work does next to nothing, even if it asks for it a few times a second, or sleeps in a process of its own.
 */
export function isBusy(before: Activity | null, after: Activity | null, milliseconds: number): boolean {
  if (!before || !after) return false;
  let done = 0;
  for (const [pid, sofar] of after) done += Math.max(0, sofar - (before.get(pid) ?? 0));
  return (done * 1000) / milliseconds > AT_REST;
}

/** One way to read the /proc of a container; null where it is not open. */
export type Way = (container: Container, state: ContainerState) => Promise<Look | null>;

/**
 * Looks into containers through the first way that is open: the /proc of this machine where the engine runs on
 * it, a shell in the container, a second container with a shell that shares its processes and its network.
 */
export class Looker {
  readonly #ways: readonly Way[];
  /** What worked for a container once works again. */
  readonly #known = new Map<string, Way>();

  constructor(ways: readonly Way[]) {
    this.#ways = ways;
  }

  async look(container: Container, state: ContainerState): Promise<Look | null> {
    const known = this.#known.get(container.id);
    if (known) return known(container, state);
    for (const way of this.#ways) {
      const look = await way(container, state);
      if (!look) continue;
      this.#known.set(container.id, way);
      return look;
    }
    return null;
  }
}

/** From outside: this machine's own /proc, where the container's processes have its id in their cgroup. */
export const fromThisMachine: Way = async (container, state) => {
  const first = await readText(`/proc/${state.pid}/cgroup`);
  if (state.pid === 0 || !first?.includes(container.id)) return null;
  // A rootless engine's root is somebody else on this machine.
  const uidInside = readIdMap((await readText(`/proc/${state.pid}/uid_map`)) ?? "");
  const gidInside = readIdMap((await readText(`/proc/${state.pid}/gid_map`)) ?? "");
  const processes: ProcessFacts[] = [];
  const activity = new Map<number, number>();
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || !(await readText(`/proc/${pid}/cgroup`))?.includes(container.id)) continue;
    const status = (await readText(`/proc/${pid}/status`)) ?? "";
    const facts = readStatus(status, (await readText(`/proc/${pid}/cmdline`)) ?? "");
    activity.set(Number(pid), readActivity(status, (await readText(`/proc/${pid}/stat`)) ?? ""));
    if (facts) processes.push({ ...facts, uid: uidInside(facts.uid), gid: gidInside(facts.gid) });
  }
  const listeners: Listener[] = [];
  for (const [table, protocol] of TABLES) {
    listeners.push(...readSockets((await readText(`/proc/${state.pid}/net/${table}`)) ?? "", protocol));
  }
  return look(processes, listeners, activity);
};

/** From inside, with the container's own shell and cat. */
export const fromInside: Way = async (container) => {
  const { code, stdout } = await container.exec(["sh", "-c", SCRIPT, MARK], { user: "0" });
  return code === 0 ? readScript(stdout.toString("utf8")) : null;
};

/** From a second container of one of these images, which shares the processes and the network of the first. */
export function fromBeside(images: readonly string[], labels: readonly string[]): Way {
  return async (container) => {
    const { engine, id } = container;
    for (const image of images) {
      const share = ["--network", `container:${id}`, "--pid", `container:${id}`];
      const labelled = labels.flatMap((label) => ["--label", label]);
      const start = ["run", "--rm", ...labelled, ...share, "--user", "0", "--entrypoint", "sh"];
      const outcome = await engine.call([...start, image, "-c", SCRIPT, MARK]);
      const look = outcome.code === 0 ? readScript(outcome.stdout.toString("utf8")) : null;
      if (look) return look;
    }
    return null;
  };
}

/** What {@link SCRIPT} printed; null when it is anything else. */
export function readScript(output: string): Look | null {
  const parts = output.split(/^@@ (.+)\n/m);
  if (parts.length < 3) return null;
  const texts = new Map<string, string>();
  for (let at = 1; at + 1 < parts.length; at += 2) texts.set(parts[at]!, parts[at + 1]!);
  const processes: ProcessFacts[] = [];
  for (const [title, text] of texts) {
    const pid = /^status (\d+)$/.exec(title)?.[1];
    const facts = pid === undefined ? null : readStatus(text, texts.get(`cmdline ${pid}`) ?? "");
    // Seen from a shared namespace of processes, the innermost id is the one that counts.
    if (facts) processes.push({ ...facts, pid: Number(pid) });
  }
  // The shell that looks, and what it starts, is not part of the picture.
  const own = new Set(processes.filter(({ command }) => command.includes(MARK)).map(({ pid }) => pid));
  const others = processes.filter(({ pid, parent }) => !own.has(pid) && !own.has(parent));
  const activity = new Map(
    others.map(({ pid }) => [
      pid,
      readActivity(texts.get(`status ${pid}`) ?? "", texts.get(`stat ${pid}`) ?? ""),
    ]),
  );
  const listeners = TABLES.flatMap(([table, protocol]) => readSockets(texts.get(table) ?? "", protocol));
  return look(others, listeners, activity);
}

function look(all: readonly ProcessFacts[], listeners: readonly Listener[], activity: Activity): Look {
  const processes = [...all].sort((a, b) => a.pid - b.pid);
  return { processes, listeners: unique(listeners), activity };
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null; // it has ended, or is not ours to read
  }
}

const TABLES = [
  ["tcp", "tcp"],
  ["tcp6", "tcp"],
  ["udp", "udp"],
  ["udp6", "udp"],
] as const;

/** Per second. */
const AT_REST = 30;

const MARK = "deroot-verify-look";

/** Runs in the container, in any POSIX shell; `cat` is all it needs beside. */
const SCRIPT = [
  `for f in /proc/[0-9]*; do`,
  `p=\${f#/proc/};`,
  `echo "@@ status $p"; cat "$f/status" 2>/dev/null;`,
  `echo "@@ stat $p"; cat "$f/stat" 2>/dev/null;`,
  `echo "@@ cmdline $p"; cat "$f/cmdline" 2>/dev/null; echo;`,
  `done;`,
  `for t in tcp tcp6 udp udp6; do echo "@@ $t"; cat "/proc/net/$t" 2>/dev/null; done`,
].join(" ");
