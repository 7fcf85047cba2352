import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { commandListens } from "./compose-command.ts";
import { composeValue, plainValue } from "./compose-value.ts";
import { readPorts } from "./compose-ports.ts";
import { assignments, readReached, type ReachingService } from "./compose-reach.ts";
import { CompanionError } from "./errors.ts";
import type { ComposeBuild, ComposeFile, ComposeService, OpenSite, PortSite, Span } from "./types.ts";
import { isList, isMapping, YamlFile, type YamlNode } from "./yaml.ts";

/** Compose files of a tree, the plain ones before their overrides. */
export async function findCompose(tree: FileTree): Promise<string[]> {
  const entries = await tree.list();
  return entries.filter(({ path }) => isComposePath(path)).map(({ path }) => path);
}

export function isComposePath(path: string): boolean {
  return COMPOSE_NAME.test(posix.basename(path)) && !/(?:^|\/)(?:node_modules|\.github)\//.test(path);
}

/**
 * A compose file by what it says, whatever its name: its keys and those of its services are all compose's.
 */
export function isComposeText(path: string, text: string): boolean {
  if (!/^services:/m.test(text)) return false;
  try {
    const file = new YamlFile(path, text);
    const keys = file.documents.flatMap((document) => [...file.entries(document).keys()]);
    const services = [...file.entries(file.get(file.documents[0], "services")).values()];
    return (
      keys.every((key) => COMPOSE_KEYS.test(key)) &&
      services.length > 0 &&
      services.every(({ value }) => {
        const own = [...file.entries(file.follow(value)).keys()];
        return own.length > 0 && own.every((key) => SERVICE_KEYS.has(key) || key.startsWith("x-"));
      })
    );
  } catch (error) {
    if (error instanceof CompanionError) return false;
    throw error;
  }
}

/** @throws {CompanionError} where the text is not YAML or has no services. */
export function readCompose(path: string, text: string): ComposeFile {
  return openCompose(path, text).read(new Map());
}

/** A compose file whose services are known, and not yet what they say of each other. */
export interface OpenCompose {
  /** Each name under which a service of it is reached, with the service's own. */
  readonly names: ReadonlyMap<string, string>;
  /** Files of which it extends services, relative to the tree's root. */
  readonly extended: readonly string[];
  /** @param neighbours names of services in other files of the project, with the services' own. */
  read(neighbours: ReadonlyMap<string, string>): ComposeFile;
}

/** @throws {CompanionError} where the text is not YAML or has no services. */
export function openCompose(path: string, text: string): OpenCompose {
  const file = new YamlFile(path, text);
  const services = new Map<string, YamlNode>();
  for (const document of file.documents) {
    for (const [name, { value }] of servicesOf(file, document)) {
      const service = file.follow(value);
      if (isMapping(service) && services.size < MOST_SERVICES) services.set(name, service);
    }
  }
  if (services.size === 0 && !file.documents.some((document) => isProject(file, document))) {
    throw new CompanionError(path, 1, "not a compose file: it has no services");
  }
  const reaching = [...services].map(([name, service]): ReachingService => {
    const layers = layersOf(file, services, service);
    return { name, names: namesOf(file, name, layers), layers };
  });
  return {
    names: new Map(reaching.flatMap(({ name, names }) => names.map((one) => [one.toLowerCase(), name]))),
    extended: reaching.flatMap(({ layers }) =>
      layers.flatMap((layer) => {
        const parent = extension(file, layer);
        return parent?.file == null ? [] : [posix.join(posix.dirname(path), parent.file)];
      }),
    ),
    read(neighbours) {
      const { reached, open } = readReached(file, reaching, neighbours);
      return {
        path,
        services: reaching.map((service) =>
          readService(file, service, reached.get(service.name) ?? [], open.get(service.name) ?? []),
        ),
        reachedElsewhere: new Map([...reached].filter(([name]) => !services.has(name))),
      };
    },
  };
}

/** `services:`, or the top level itself in files of version 1. */
function servicesOf(file: YamlFile, document: YamlNode): ReturnType<YamlFile["entries"]> {
  const entries = file.entries(document);
  if (entries.has("services")) return file.entries(entries.get("services")!.value);
  const looksLikeServices = [...entries.values()].some(
    ({ value }) => file.get(value, "image") !== null || file.get(value, "build") !== null,
  );
  return looksLikeServices ? entries : NO_SERVICES;
}

function isProject(file: YamlFile, document: YamlNode): boolean {
  return ["services", "include", "networks", "volumes", "version"].some((key) =>
    file.entries(document).has(key),
  );
}

/** The service and those of this file that it extends. */
function layersOf(file: YamlFile, services: ReadonlyMap<string, YamlNode>, service: YamlNode): YamlNode[] {
  const layers = [service];
  for (;;) {
    const parent = extension(file, layers.at(-1)!);
    const base = parent && parent.file === null ? services.get(parent.service) : undefined;
    if (!base || layers.includes(base)) return layers;
    layers.push(base);
  }
}

function extension(file: YamlFile, service: YamlNode): { service: string; file: string | null } | null {
  const node = file.get(service, "extends");
  const name = file.scalar(node)?.value ?? file.string(node, "service");
  return name === null ? null : { service: name, file: file.string(node, "file") };
}

function namesOf(file: YamlFile, name: string, layers: readonly YamlNode[]): string[] {
  const names = [name];
  for (const layer of layers.slice(0, 1)) {
    for (const key of ["container_name", "hostname"]) {
      const value = file.scalar(file.get(layer, key));
      if (value) names.push(plainValue(value));
    }
    for (const { value } of file.entries(file.get(layer, "networks")).values()) {
      for (const alias of file.items(file.get(value, "aliases"))) {
        const scalar = file.scalar(alias);
        if (scalar) names.push(plainValue(scalar));
      }
    }
  }
  return [...new Set(names)];
}

function readService(
  file: YamlFile,
  { name, names, layers }: ReachingService,
  reached: readonly PortSite[],
  openReach: readonly OpenSite[],
): ComposeService {
  const first = (...keys: string[]): YamlNode | null => {
    for (const layer of layers) {
      const node = file.get(layer, ...keys);
      if (node) return node;
    }
    return null;
  };
  const all = (key: string): YamlNode[] =>
    layers.map((layer) => file.get(layer, key)).filter((node) => node !== null);
  const text = (...keys: string[]): string | null => {
    const scalar = file.scalar(first(...keys));
    return scalar && plainValue(scalar);
  };
  const ports = all("ports").map((node) => readPorts(file, node));
  const extended = extension(file, layers[0]!);
  const folder = posix.dirname(file.source.path);
  return {
    name,
    line: file.lineOf(layers[0]!),
    build: readBuild(file, folder, layers),
    image: text("image"),
    user: readUser(file, layers),
    ports: ports.flatMap((one) => one.ports),
    volumes: [
      ...all("volumes").flatMap((node) => file.items(node).flatMap((item) => readVolume(file, item) ?? [])),
      ...all("tmpfs").flatMap((node) => file.items(node).flatMap((item) => readTmpfs(file, item) ?? [])),
    ],
    privileged: text("privileged") === "true",
    capDrop: all("cap_drop").flatMap((node) => strings(file, node)),
    capAdd: all("cap_add").flatMap((node) => strings(file, node)),
    networkMode: text("network_mode"),
    command: readCommand(file, first("command")),
    entrypoint: readCommand(file, first("entrypoint")),
    environment: readEnvironment(file, all("environment")),
    dependsOn: [
      ...new Set(
        all("depends_on").flatMap((node) =>
          isMapping(node) ? [...file.entries(node).keys()] : strings(file, node),
        ),
      ),
    ],
    reached,
    names,
    ...(extended && { extends: extended }),
    envFiles: all("env_file").flatMap((node) =>
      file.items(node).flatMap((item) => {
        const written = file.scalar(item)?.value ?? file.string(item, "path");
        return written === null ? [] : [posix.join(folder, written)];
      }),
    ),
    open: [...ports.flatMap((one) => one.open), ...openReach],
    listens: [...commandListens(file, first("entrypoint")), ...commandListens(file, first("command"))],
  };
}

function readBuild(file: YamlFile, folder: string, layers: readonly YamlNode[]): ComposeBuild | null {
  const builds = layers.map((layer) => file.get(layer, "build")).filter((node) => node !== null);
  if (builds.length === 0) return null;
  const short = builds.map((node) => file.scalar(node)).find((scalar) => scalar !== null);
  const field = (key: string): string | null => {
    for (const build of builds) {
      const scalar = file.scalar(file.get(build, key));
      if (scalar) return plainValue(scalar);
    }
    return null;
  };
  const written = field("context") ?? (short ? plainValue(short) : ".");
  if (REMOTE_CONTEXT.test(written) || field("dockerfile_inline") !== null) return null;
  const context = inTree(folder, written);
  const version1 = layers.map((layer) => file.string(layer, "dockerfile")).find((name) => name !== null);
  const dockerfile = field("dockerfile") ?? version1 ?? "Dockerfile";
  const args = new Map<string, string | null>();
  for (const build of builds) {
    for (const { key, scalar, from } of assignments(file, file.get(build, "args"))) {
      if (!args.has(key)) args.set(key, scalar && plainValue({ ...scalar, value: scalar.value.slice(from) }));
    }
  }
  return { context, dockerfile: inTree(context, dockerfile), target: field("target"), args };
}

function inTree(folder: string, path: string): string {
  const joined = path.startsWith("/") ? posix.normalize(path) : posix.join(folder, path);
  const clean = joined.length > 1 ? joined.replace(/\/+$/, "") : joined;
  return clean === "." ? "" : clean;
}

function readUser(file: YamlFile, layers: readonly YamlNode[]): ComposeService["user"] {
  for (const layer of layers) {
    const entry = file.entries(layer).get("user");
    const scalar = file.scalar(entry?.value);
    if (!entry || !scalar) continue;
    const key = file.spanOf(entry.key);
    // Behind an alias the entry is one thing and the value, written elsewhere, another.
    const together = scalar.range.start > key.end && file.spanOf(entry.value!).start === scalar.range.start;
    return {
      value: plainValue(scalar),
      line: scalar.line,
      ...(scalar.span ?? scalar.range),
      ...(together && { directive: { start: key.start, end: scalar.range.end } }),
    };
  }
  return null;
}

type Volume = ComposeService["volumes"][number];

function readVolume(file: YamlFile, item: YamlNode): Volume | null {
  if (isMapping(item)) {
    const target = file.scalar(file.get(item, "target"));
    const source = file.scalar(file.get(item, "source") ?? file.get(item, "src"));
    if (!target) return null;
    const type = file.string(item, "type");
    return {
      type: type === "bind" || type === "tmpfs" ? type : "volume",
      source: source && plainValue(source),
      target: plainValue(target),
      readOnly: file.string(item, "read_only") === "true",
      line: file.lineOf(item),
    };
  }
  const scalar = file.scalar(item);
  if (!scalar) return null;
  const { source, target, mode } = SHORT_VOLUME.exec(plainValue(scalar))?.groups ?? {};
  if (target === undefined) return null;
  return {
    type: source !== undefined && HOST_PATH.test(source) ? "bind" : "volume",
    source: source ?? null,
    target,
    readOnly: mode?.split(",").includes("ro") ?? false,
    line: scalar.line,
  };
}

function readTmpfs(file: YamlFile, item: YamlNode): Volume | null {
  const scalar = file.scalar(item);
  if (!scalar) return null;
  const target = plainValue(scalar).split(":")[0]!;
  return { type: "tmpfs", source: null, target, readOnly: false, line: scalar.line };
}

function readCommand(file: YamlFile, node: YamlNode | null): readonly string[] | string | null {
  if (isList(node)) return strings(file, node);
  const scalar = file.scalar(node);
  return scalar && plainValue(scalar);
}

function strings(file: YamlFile, node: YamlNode | null): string[] {
  return file.items(node).flatMap((item) => {
    const scalar = file.scalar(item);
    return scalar ? [plainValue(scalar)] : [];
  });
}

function readEnvironment(file: YamlFile, nodes: readonly YamlNode[]): ComposeService["environment"] {
  const seen = new Set<string>();
  return nodes
    .flatMap((node) => assignments(file, node))
    .filter(({ key }) => !seen.has(key) && seen.add(key))
    .map(({ key, scalar, from, written }) => {
      const line = scalar?.line ?? written?.line ?? 1;
      if (!scalar) {
        const end = written ? (written.span ?? written.range).end : 0;
        return { name: key, value: null, line, start: end, end };
      }
      const span: Span = scalar.span
        ? { start: scalar.span.start + from, end: scalar.span.end }
        : scalar.range;
      return {
        name: key,
        value: composeValue(scalar).unknown.length
          ? scalar.value.slice(from)
          : plainValue(scalar).slice(from),
        line,
        ...span,
      };
    });
}

/** Source: https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json */
const COMPOSE_KEYS = /^(?:version|name|services|networks|volumes|configs|secrets|include|models|x-.*)$/;
const SERVICE_KEYS = new Set(
  `annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
  cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy
  develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends
  external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging
  mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable
  oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy read_only
  restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs
  tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir <<`
    .split(/\s+/)
    .filter(Boolean),
);
const COMPOSE_NAME =
  /^(?:(?:docker-)?compose|(?:docker-|swarm-)?stack)(?:[._-][\w.-]+)?\.ya?ml$|[._-](?:docker-)?compose\.ya?ml$/i;
const NO_SERVICES: ReturnType<YamlFile["entries"]> = new Map();
const MOST_SERVICES = 2000;
const REMOTE_CONTEXT = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|[a-z]+:\/\/)|\.git(?:#.*)?$/i;
/** Windows drive letters have a colon of their own. */
const SHORT_VOLUME =
  /^(?:(?<source>[a-zA-Z]:[\\/][^:]*|[^:]+):)?(?<target>\/[^:]*|[a-zA-Z]:[\\/][^:]*|\$\{[^}]*\}[^:]*)(?::(?<mode>[\w,]+))?$/;
const HOST_PATH = /^(?:[.~/\\]|[a-zA-Z]:[\\/])|\//;
