import { existsSync, realpathSync, statSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { composeServices, type ComposeBuild, type PlacedService } from "../companions/index.ts";
import { YamlFile, type YamlNode } from "../companions/yaml.ts";
import type { FileTree } from "../file-tree.ts";
import { splitWords } from "./words.ts";

/** How a container is started, beside its image. */
export interface RunSettings {
  readonly env: readonly string[];
  readonly envFiles: readonly string[];
  /** `--mount` values of the command line. */
  readonly mounts: readonly string[];
  /** Paths in the container that become fresh volumes, filled from the image. */
  readonly volumes: readonly string[];
  readonly tmpfs: readonly string[];
  /** Files of the repository that compose mounts: copied in before the start. */
  readonly copies: readonly { readonly source: string; readonly target: string }[];
  readonly user: string | null;
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  /** As in an image: `["CMD", …]` or `["CMD-SHELL", text]`. */
  readonly healthcheck: readonly string[] | null;
  readonly ports: readonly number[];
}

/** A container that the one in question talks to. */
export interface SideService extends Partial<RunSettings> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Empty where it is built from `build`. */
  readonly image: string;
  readonly build?: ComposeBuild;
  /** When those that depend on it may start. Default: `started`. */
  readonly until?: "started" | "healthy" | "completed";
  /** Nothing says that it is needed: where it does not start, the others go on without it. */
  readonly optional?: boolean;
}

export interface ServiceSettings {
  readonly settings: RunSettings;
  readonly sides: readonly SideService[];
  /** What could not be taken over. */
  readonly notes: readonly string[];
}

export const NO_SETTINGS: RunSettings = {
  env: [],
  envFiles: [],
  mounts: [],
  volumes: [],
  tmpfs: [],
  copies: [],
  user: null,
  entrypoint: null,
  command: null,
  healthcheck: null,
  ports: [],
};

/** What the compose service that builds this Dockerfile says; nothing where there is none. */
export async function composeSettings(
  tree: FileTree,
  root: string,
  dockerfile: string,
): Promise<ServiceSettings> {
  const all = await composeServices(tree);
  const own = all.filter((service) => service.build?.dockerfile === dockerfile);
  const service = own[0];
  if (!service) return { settings: NO_SETTINGS, sides: [], notes: [] };
  const notes: string[] = [];
  if (own.length > 1)
    notes.push(`several compose services build it; it was run as ${service.name} of ${service.file}`);
  const project = all.filter((other) => other.file === service.file);
  return {
    settings: settingsOf(service, root, notes),
    sides: sidesOf(service, project, root, notes),
    notes,
  };
}

function settingsOf(service: PlacedService, root: string, notes: string[]): RunSettings {
  const volumes: string[] = [];
  const copies: { source: string; target: string }[] = [];
  const folder = posix.dirname(service.file);
  for (const { type, source, target, readOnly } of service.volumes) {
    if (type === "tmpfs") continue;
    const path = type === "bind" && source?.startsWith(".") ? insideRoot(root, join(folder, source)) : null;
    const isFile = path !== null && !statSync(path).isDirectory();
    if (source !== null && /\.sock$/.test(source)) {
      notes.push(`compose mounts ${source}, which was left out`);
    } else if (path !== null && (readOnly || isFile)) {
      copies.push({ source: path, target });
    } else {
      volumes.push(target);
    }
  }
  return {
    ...NO_SETTINGS,
    env: environmentOf(service),
    envFiles: (service.envFiles ?? []).flatMap((file) => insideRoot(root, file) ?? []),
    volumes,
    tmpfs: service.volumes.filter((volume) => volume.type === "tmpfs").map((volume) => volume.target),
    copies,
    user: service.user?.value ?? null,
    entrypoint: wordsOf(service.entrypoint),
    command: wordsOf(service.command),
    healthcheck: healthcheckOf(service),
    ports: service.ports.filter((port) => port.protocol === "tcp").map((port) => port.target),
  };
}

/** The services that it depends on, and those that these depend on, in the order in which they start. */
function sidesOf(
  service: PlacedService,
  project: readonly PlacedService[],
  root: string,
  notes: string[],
): SideService[] {
  const sides: SideService[] = [];
  const seen = new Set([service.name]);
  const add = (side: PlacedService, more: Pick<SideService, "until" | "optional">): void => {
    if (side.image === null && side.build === null) {
      notes.push(`it depends on ${side.name}, which is neither an image nor built from this repository`);
      return;
    }
    sides.push({
      ...settingsOf(side, root, notes),
      name: side.name,
      aliases: side.names ?? [],
      image: side.build === null ? side.image! : "",
      ...(side.build !== null && { build: side.build }),
      ...more,
    });
  };
  const addDeclared = (dependent: PlacedService): void => {
    for (const name of neededBy(dependent)) {
      const side = project.find((other) => other.name === name);
      if (seen.has(name) || !side) continue;
      seen.add(name);
      addDeclared(side);
      add(side, { until: conditionOf(dependent, name) });
    }
  };
  addDeclared(service);
  const declared = sides.splice(0);
  const loose = project.some(
    (each) => seen.has(each.name) && each.build !== null && neededBy(each).length === 0,
  );
  if (loose) for (const side of readyMade(project, seen)) add(side, { optional: true });
  return [...sides, ...declared];
}

/**
 * A file that does not say what depends on what relies on everything being there: databases, caches, queues that
 * are ready-made images and need nothing themselves.
 */
function readyMade(project: readonly PlacedService[], seen: ReadonlySet<string>): PlacedService[] {
  return project
    .filter((each) => !seen.has(each.name) && each.image !== null && each.build === null)
    .filter((each) => neededBy(each).length === 0)
    .slice(0, MOST_OPTIONAL);
}

/** What stands under `depends_on` and `links`. */
function neededBy(service: PlacedService): string[] {
  const { file, node } = yamlOf(service);
  const links = file
    .items(file.get(node, "links"))
    .map((item) => file.scalar(item)?.value.split(":")[0] ?? "");
  return [...new Set([...service.dependsOn, ...links])];
}

function conditionOf(service: PlacedService, name: string): NonNullable<SideService["until"]> {
  const { file, node } = yamlOf(service);
  const condition = file.string(file.get(node, "depends_on", name), "condition");
  if (condition === "service_healthy") return "healthy";
  return condition === "service_completed_successfully" ? "completed" : "started";
}

function yamlOf(service: PlacedService): { readonly file: YamlFile; readonly node: YamlNode | null } {
  const file = new YamlFile(service.file, service.text);
  for (const document of file.documents) {
    const node = file.get(document, "services", service.name);
    if (node) return { file, node };
  }
  return { file, node: null };
}

/** A path of the repository on this machine; null where nothing is there, or it leads out of the repository. */
function insideRoot(root: string, path: string): string | null {
  const file = join(root, path);
  if (!existsSync(file)) return null;
  const real = realpathSync(file);
  const top = realpathSync(root);
  return real === top || real.startsWith(top + sep) ? file : null;
}

function environmentOf(service: PlacedService): string[] {
  return service.environment.flatMap(({ name, value }) => {
    const known = value ?? process.env[name];
    // Compose takes a variable that is not set for empty.
    return known === undefined
      ? []
      : [`${name}=${known.replace(/\$\{(\w+)\}/g, (_, key: string) => process.env[key] ?? "")}`];
  });
}

function wordsOf(value: readonly string[] | string | null): readonly string[] | null {
  if (typeof value === "string") return splitWords(value);
  return value;
}

function healthcheckOf(service: PlacedService): readonly string[] | null {
  const { file, node } = yamlOf(service);
  const test = file.get(node, "healthcheck", "test");
  if (!test) return null;
  const text = file.scalar(test)?.value;
  if (text !== undefined) return ["CMD-SHELL", text.replaceAll("$$", "$")];
  const words = file.items(test).map((item) => (file.scalar(item)?.value ?? "").replaceAll("$$", "$"));
  return words.length === 0 || words[0] === "NONE" ? null : words;
}

const MOST_OPTIONAL = 4;
