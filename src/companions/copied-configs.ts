import { posix } from "node:path";
import {
  type ImageModel,
  absolute,
  contextSources,
  destinationOf,
  isInside,
  originsOf,
  starts,
} from "../analysis/index.ts";
import type { FileTree, TreeEntry } from "../file-tree.ts";
import { entriesBelow } from "./entries-below.ts";
import { dockerignoreCandidates, readDockerignore } from "./dockerignore.ts";
import type { DockerignoreFile, StartScript } from "./gather.ts";
import { type ShellCommand, unwrap } from "../shell/index.ts";
import { readServerConfig } from "./server-config.ts";
import type { ServerConfig } from "./types.ts";

/** Server configuration that a COPY brings into the image. */
export interface CopiedConfig extends ServerConfig {
  /** Path in the image. */
  readonly destination: string;
}

/** Reads files of the build context by their path in the image. */
export class ContextReader {
  readonly tree: FileTree;
  readonly files: ReadonlyMap<string, TreeEntry>;
  readonly context: string;
  readonly texts: Map<string, string>;

  constructor(
    tree: FileTree,
    files: ReadonlyMap<string, TreeEntry>,
    context: string,
    texts: Map<string, string>,
  ) {
    this.tree = tree;
    this.files = files;
    this.context = context;
    this.texts = texts;
  }

  /** The file of the tree that stands at `path` in the image. */
  find(model: ImageModel, path: string): TreeEntry | null {
    for (const origin of originsOf(model, path)) {
      const entry = this.files.get(posix.join(this.context, origin.source));
      if (entry && entry.mode !== "symlink") return entry;
    }
    return null;
  }

  async dockerignore(dockerfile: string): Promise<DockerignoreFile | null> {
    const path = dockerignoreCandidates(dockerfile, this.context).find((candidate) =>
      this.files.has(candidate),
    );
    const text = path === undefined ? null : await this.text(this.files.get(path)!, 64 * 1024);
    return path === undefined || text === null ? null : { path, text, leavesOut: readDockerignore(text) };
  }

  async text(entry: TreeEntry, limit: number): Promise<string | null> {
    if ((entry.size ?? 0) > limit) return null;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        await this.tree.read(entry.path),
      );
      if (text.length > limit || text.includes("\0")) return null;
      this.texts.set(entry.path, text);
      return text;
    } catch {
      return null; // binary or unreadable: nothing to learn from it
    }
  }
}

/** Directories of the image where servers look for their configuration. */
const CONFIG_PLACES = /^\/(etc|usr\/local\/etc|usr\/local\/apache2\/conf|usr\/local\/tomcat\/conf|opt)\//;
const CONFIG_NAMES =
  /(\.(conf|ini|cfg|template|toml|properties)|Caddyfile|nginx\.conf\S*|application\.ya?ml|(^|\/)Procfile(\.\w+)?|(traefik|envoy)[\w.-]*\.ya?ml|server\.xml)$/;

export async function readConfigs(
  reader: ContextReader,
  model: ImageModel,
  scripts: readonly StartScript[],
  isOthers: (path: string) => boolean,
): Promise<CopiedConfig[]> {
  const configs = await copiedConfigs(reader, model, scripts, isOthers);
  for (const { entry, destination } of placed(reader, model, scripts)) {
    const text = await reader.text(entry, 256 * 1024);
    const config = text === null ? null : readServerConfig(entry.path, text, destination);
    if (!config) continue;
    const known = configs.findIndex(({ path }) => path === config.path);
    if (known < 0) configs.push({ ...config, destination });
    else configs[known] = { ...config, destination };
  }
  return configs;
}

/** What a step or the start puts where a server looks: `cp /conf/site.conf /etc/nginx/conf.d/`, `ln -s`, `envsubst`. */
function placed(
  reader: ContextReader,
  model: ImageModel,
  scripts: readonly StartScript[],
): { entry: TreeEntry; destination: string }[] {
  const effects = [...model.steps, ...starts(model), ...scripts].flatMap((one) => one.effects);
  const pairs = effects.flatMap(({ writes, links = [] }) => [
    ...writes.flatMap(({ from, path }) => (from == null ? [] : [{ from, to: path }])),
    ...links.map(({ path, target }) => ({ from: target, to: path })),
  ]);
  return pairs
    .filter(({ from, to }) => CONFIG_PLACES.test(to) && !CONFIG_PLACES.test(from))
    .flatMap(({ from, to }) => {
      const entry = reader.find(model, from);
      return entry ? [{ entry, destination: to }] : filesBelow(reader, model, from, to);
    });
}

/** The configuration in a directory that is put somewhere else. */
function filesBelow(
  reader: ContextReader,
  model: ImageModel,
  from: string,
  to: string,
): { entry: TreeEntry; destination: string }[] {
  const found: { entry: TreeEntry; destination: string }[] = [];
  const isFilled = model.steps.some(
    ({ copy }) => copy?.destination && (isInside(copy.destination, from) || isInside(from, copy.destination)),
  );
  if (!isFilled) return found;
  for (const entry of entriesBelow(reader.files, reader.context)) {
    if (entry.mode === "symlink" || !CONFIG_NAMES.test(entry.path)) continue;
    const copy = destinationOf(model, posix.relative(reader.context, entry.path));
    if (copy !== null && copy !== from && isInside(copy, from))
      found.push({ entry, destination: posix.join(to, posix.relative(from, copy)) });
  }
  return found;
}

/** What a COPY brings to where a server looks. */
async function copiedConfigs(
  reader: ContextReader,
  model: ImageModel,
  scripts: readonly StartScript[],
  isOthers: (path: string) => boolean,
): Promise<CopiedConfig[]> {
  const configs: CopiedConfig[] = [];
  for (const step of model.steps) {
    if (!step.copy?.destination) continue;
    for (const source of contextSources(model, step)) {
      for (const entry of entriesOf(reader, source)) {
        if (configs.length >= 50) return configs;
        if (isOthers(entry.path)) continue;
        const relative = posix.relative(reader.context, entry.path);
        const destination = destinationOf(model, relative);
        if (!destination || !(CONFIG_PLACES.test(destination) || CONFIG_NAMES.test(entry.path))) continue;
        const text = await reader.text(entry, 256 * 1024);
        const config = text === null ? null : await readConfig(entry.path, text, destination);
        if (
          config &&
          isRead(config, destination, model, scripts) &&
          !configs.some((c) => c.path === config.path)
        )
          configs.push({ ...config, destination });
      }
    }
  }
  return configs;
}

async function readConfig(path: string, text: string, destination: string): Promise<ServerConfig | null> {
  if (!path.endsWith(".toml")) return readServerConfig(path, text, destination);
  // Its parser comes only where there is one to read.
  return /traefik|\/confd\/conf\.d\//i.test(`${path} ${destination}`)
    ? (await import("./toml-config.ts")).readTomlConfig(path, text, destination)
    : null;
}

/**
 * A web server reads its own directories, and what it is told to; what an app reads may stand anywhere. The
 * configuration of a program that the image has not lies there for nobody: among the examples of a repository, say.
 */
function isRead(
  { server, format }: ServerConfig,
  destination: string,
  model: ImageModel,
  scripts: readonly StartScript[],
): boolean {
  const commands = [
    ...[...starts(model), ...model.steps].flatMap((one) => one.commands),
    ...scripts.flatMap(({ script }) => script.commands),
  ];
  if (format === "procfile") return isStarted(posix.basename(destination), model, scripts);
  const programs = PROGRAMS[format];
  if (programs !== undefined)
    return CONFIG_PLACES.test(destination) || programs.some((program) => brings(model, commands, program));
  if (server === "other") return true;
  const isTold = commands.some(({ argv, cwd }) =>
    argv.some(({ value }, index) => index > 0 && value !== null && absolute(value, cwd) === destination),
  );
  if (isTold) return true;
  if (!CONFIG_PLACES.test(destination)) return false;
  if (!destination.startsWith("/opt/")) return true;
  const name = posix.basename(destination);
  return commands.some((command) => command.argv.some((word) => word.raw.includes(name)));
}

/** Many projects have a Procfile; it counts where its runner is what the container starts. */
function isStarted(procfile: string, model: ImageModel, scripts: readonly StartScript[]): boolean {
  const commands = [...starts(model), ...scripts.map(({ script }) => script)].flatMap((one) => one.commands);
  return commands
    .flatMap((command) => unwrap(command))
    .some(({ command: { name, argv } }) => {
      const named = argv.flatMap(
        ({ value }) => /(?:^|[/=])(Procfile(?:\.\w+)?)$/.exec(value ?? "")?.[1] ?? [],
      );
      return PROCFILE_RUNNERS.has(name ?? "") && (named[0] ?? "Procfile") === procfile;
    });
}

const PROCFILE_RUNNERS = new Set(["foreman", "honcho", "forego", "overmind", "hivemind", "goreman"]);

/** Formats whose files are read by nobody else, and the names of what reads them: programs and packages. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  caddy: ["caddy"],
  confd: ["confd"],
  envoy: ["envoy", "getenvoy"],
  redis: ["redis-server", "redis", "redis-sentinel", "valkey-server", "keydb-server"],
  supervisord: ["supervisord", "supervisor"],
  traefik: ["traefik"],
  uwsgi: ["uwsgi", "uWSGI", "uwsgi-plugin-python3", "pyuwsgi"],
};

/** The base starts the program, a step installs or copies it, or a command names it. */
function brings(model: ImageModel, commands: readonly ShellCommand[], program: string): boolean {
  const isIt = (path: string) => posix.basename(path) === program;
  return (
    model.base.image === null ||
    isIt(model.base.image.cmd?.[0] ?? "") ||
    isIt(model.base.reference!.replace(/[:@].*$/, "")) ||
    model.steps.some(
      ({ copy, effects }) =>
        copy?.sources.some(isIt) ||
        isIt(copy?.destination ?? "") ||
        effects.some((e) => e.packages.includes(program)),
    ) ||
    commands.some(({ argv }) => argv.some(({ value }) => value !== null && isIt(value.split("==")[0]!)))
  );
}

function entriesOf(reader: ContextReader, source: string): TreeEntry[] {
  const clean = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
  const full = clean === "." ? reader.context : posix.join(reader.context, clean);
  const entry = reader.files.get(full);
  if (entry) return entry.mode === "symlink" ? [] : [entry];
  const pattern = /[*?[]/.test(clean) ? posix.dirname(full) : null;
  const found: TreeEntry[] = [];
  for (const candidate of entriesBelow(reader.files, pattern ?? full)) {
    if (found.length >= 200) break;
    if (candidate.mode === "symlink") continue;
    if (pattern !== null && posix.dirname(candidate.path) !== pattern) continue;
    if (CONFIG_NAMES.test(candidate.path)) found.push(candidate);
  }
  return found;
}
