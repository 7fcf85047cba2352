import { isInside } from "../analysis/index.ts";
import type { DockerfileRuns, RunWrite } from "../companions/run-evidence.ts";
import type { Container } from "./container.ts";
import type { RunSettings } from "./settings.ts";
import { listTar } from "./tar.ts";
import type { Observation } from "./types.ts";
import { isVolatile, leaves, withoutRandom, type Written } from "./written.ts";

/** What a run as root shows that the app needs. The container still exists. */
export async function learn(
  dockerfile: string,
  container: Container,
  observation: Observation,
  settings: RunSettings,
): Promise<DockerfileRuns> {
  const volumes = [...new Set([...observation.image.volumes, ...settings.volumes])];
  const volumeOf = (path: string): string | undefined => volumes.find((volume) => isInside(path, volume));
  const written: RunWrite[] = [];
  for (const each of lasting(observation.written.filter(({ path }) => volumeOf(path) === undefined))) {
    const directory = each.directory ?? (await isDirectory(container, each.path));
    written.push({ path: each.path, kind: each.kind, directory });
  }
  // A volume is handed over as a whole; one that is too large to look into is written, or it would be small.
  const used = new Set([...observation.written.map(({ path }) => volumeOf(path)), ...observation.unseen]);
  for (const volume of volumes) {
    if (used.has(volume)) written.push({ path: volume, kind: "changed", directory: true });
  }
  return {
    dockerfile,
    written: distinct(written, ({ path }) => path),
    ports: (observation.listeners ?? [])
      .filter(({ port, loopback }) => !(loopback && port >= FIRST_CHOSEN_PORT))
      .map(({ port, protocol }) => ({ port, protocol })),
    users: distinct(
      (observation.processes ?? [])
        .filter(({ uid }) => uid !== 0 && startsAsRoot(observation))
        .map(({ name, uid, gid }) => ({ process: name, uid, gid })),
      ({ process, uid }) => `${process} ${uid}`,
    ),
    capabilities: null,
    notExecutable: [],
    needsHome: false,
  };
}

/** The topmost directory that was made stands for what is in it; a random name for the directory it was made in. */
function lasting(
  all: readonly Written[],
): { path: string; kind: Written["kind"]; directory: boolean | null }[] {
  const kept = all.filter(({ path }) => !isVolatile(path));
  const made = new Set(kept.filter(({ kind }) => kind === "created").map(({ path }) => path));
  const ends = new Set(leaves(kept).map(({ path }) => path));
  const found = kept
    .filter(({ path, kind }) => (kind === "created" ? !made.has(parentOf(path)) : ends.has(path)))
    .map(({ path, kind }) =>
      withoutRandom(path) === path
        ? { path, kind, directory: ends.has(path) ? null : true }
        : {
            path: parentOf(withoutRandom(path).replace(/\*.*$/s, "x")),
            kind: "changed" as const,
            directory: true,
          },
    );
  return distinct(found, ({ path }) => path);
}

async function isDirectory(container: Container, path: string): Promise<boolean> {
  const archive = await container.archive(path);
  return archive !== null && (listTar(archive)[0]?.directory ?? false);
}

function startsAsRoot({ image }: Observation): boolean {
  return /^(?:|0|root)(?::|$)/.test(image.user);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

const FIRST_CHOSEN_PORT = 32768;
