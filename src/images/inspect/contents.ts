/** What is to be read from an image's files, and the reading, over as few layers as answer it. */
import { posix } from "node:path";
import type { Budget, LayerFacts, Wanted } from "./layer.ts";
import { InspectError } from "./errors.ts";
import { RootFiles } from "./root-files.ts";
import type { ImageConfig, ImageContents, Program } from "./types.ts";

/** The layers of an image, the newest first. */
export interface Layers {
  readonly count: number;
  read(
    index: number,
    wanted: Wanted,
    budget: Budget,
    enough: (facts: LayerFacts) => boolean,
  ): Promise<LayerFacts>;
}

export async function readContents(config: ImageConfig, layers: Layers): Promise<ImageContents> {
  const questions = questionsOf(config);
  const wanted = new Map(questions);
  const budget = { unpacked: MOST_UNPACKED };
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const { files, complete } = await readLayers(config, layers, withFolders(wanted), budget);
    const unread = [...questions.keys()].flatMap((path) => files.unread(path) ?? []);
    // Links lead where nobody looked: look there too, at as much as could be wanted of any file.
    const fresh = unread.filter((path) => !wanted.has(path));
    if (fresh.length === 0 || pass + 1 === MOST_PASSES) return contentsOf(config, files, complete);
    for (const path of fresh) wanted.set(path, TEXT);
  }
  throw new Error("unreachable");
}

async function readLayers(
  config: ImageConfig,
  layers: Layers,
  wanted: Wanted,
  budget: Budget,
): Promise<{ files: RootFiles; complete: boolean }> {
  const seen: LayerFacts[] = [];
  const filesWith = (more: readonly LayerFacts[]): RootFiles => {
    const files = new RootFiles(wanted);
    for (const facts of [...seen, ...more]) files.add(facts);
    return files;
  };
  for (let index = 0; index < layers.count; index++) {
    const facts = await layers.read(index, wanted, budget, (facts) => isEnough(config, filesWith([facts])));
    seen.push(facts);
    const files = filesWith([]);
    const last = index + 1 === layers.count;
    if (!facts.whole || (!last && isEnough(config, files))) return { files, complete: false };
  }
  return { files: filesWith([]), complete: true };
}

/** Whether what matters most is known: accounts, distro, shells, the tools that make accounts, the package manager. */
function isEnough(config: ImageConfig, files: RootFiles): boolean {
  const has = (name: string): boolean => programOf(config, files, name) !== null;
  return (
    [PASSWD, GROUP].every((path) => files.find(path) !== null) &&
    osReleaseOf(files) !== null &&
    has("sh") &&
    has("bash") &&
    ((has("useradd") && has("groupadd")) || (has("adduser") && has("busybox"))) &&
    MANAGERS.some(has) &&
    (entrypointPath(config) === null || files.find(entrypointPath(config)!) !== null)
  );
}

function contentsOf(config: ImageConfig, files: RootFiles, complete: boolean): ImageContents {
  const text = (path: string): string | null => {
    const content = files.find(path)?.content;
    if (content === undefined) return null;
    if (content.length >= TEXT)
      throw new InspectError("too-large", `${path} of the image is larger than any real one`);
    return Buffer.from(content, "latin1").toString("utf8");
  };
  const entrypoint = entrypointPath(config);
  const script = entrypoint === null ? null : (files.find(entrypoint)?.content ?? null);
  return {
    passwd: text(PASSWD),
    group: text(GROUP),
    osRelease: osReleaseOf(files),
    entrypoint: script?.startsWith("#!") === true ? text(entrypoint!) : null,
    programs: Object.fromEntries(PROGRAMS.map((name) => [name, programOf(config, files, name)])),
    complete,
  };
}

function osReleaseOf(files: RootFiles): string | null {
  const content = OS_RELEASE.map((path) => files.find(path)?.content).find((text) => text !== undefined);
  return content === undefined ? null : Buffer.from(content, "latin1").toString("utf8");
}

function programOf(config: ImageConfig, files: RootFiles, name: string): Program | null {
  for (const folder of foldersOf(config)) {
    const path = posix.join(folder, name);
    const file = files.find(path);
    if (file === null) continue;
    const [, interpreter] = /^#!\s*(\S+(?:\s+\S+)?)/.exec(file.content) ?? [];
    return { path, file: file.path, interpreter: interpreter ?? null };
  }
  return null;
}

function questionsOf(config: ImageConfig): Map<string, number> {
  const entrypoint = entrypointPath(config);
  const programs = foldersOf(config).flatMap((folder) => PROGRAMS.map((name) => posix.join(folder, name)));
  const files = [PASSWD, GROUP, ...OS_RELEASE, ...(entrypoint === null ? [] : [entrypoint])];
  return new Map([
    ...programs.map((path) => [path.slice(1), HEAD] as const),
    ...files.map((path) => [path.slice(1), TEXT] as const),
  ]);
}

/** Folders too: one may be a link, or be replaced as a whole. */
function withFolders(wanted: ReadonlyMap<string, number>): Map<string, number> {
  const all = new Map(wanted);
  for (const path of wanted.keys()) {
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      const key = folder === "." ? "" : folder;
      if (!all.has(key)) all.set(key, HEAD);
      if (key === "") break;
    }
  }
  return all;
}

/** PATH's, and those that every shell looks in when there is none. */
function foldersOf({ env }: ImageConfig): string[] {
  const path = (env["PATH"] ?? "").split(":").filter((folder) => /^\/[\w./+-]*$/.test(folder));
  const folders = [...path.slice(0, MOST_FOLDERS), ...FOLDERS].map((folder) =>
    posix.normalize(folder).replace(/(?<=.)\/$/, ""),
  );
  return [...new Set(folders)];
}

function entrypointPath({ entrypoint, env }: ImageConfig): string | null {
  const [program] = entrypoint ?? [];
  if (program === undefined || program.length > 200 || program.includes("\0")) return null;
  if (program.startsWith("/")) return posix.normalize(program);
  // Mostly `docker-entrypoint.sh`, which official images have in the first of the usual places.
  return program.includes("/") || env["PATH"]?.includes("/usr/local/bin") !== true
    ? null
    : `/usr/local/bin/${program}`;
}

const PASSWD = "/etc/passwd";
const GROUP = "/etc/group";
const OS_RELEASE = ["/etc/os-release", "/usr/lib/os-release"] as const;
export const MANAGERS = [
  "apt-get",
  "apk",
  "microdnf",
  "dnf",
  "yum",
  "tdnf",
  "zypper",
  "pacman",
  "emerge",
] as const;
export const STEP_DOWN = ["gosu", "su-exec", "setpriv", "s6-setuidgid", "chpst"] as const;
const PROGRAMS = [
  "sh",
  "bash",
  // What `sh` and the others are links to, most often.
  "dash",
  "busybox",
  "useradd",
  "groupadd",
  "usermod",
  "adduser",
  "addgroup",
  ...STEP_DOWN,
  ...MANAGERS,
] as const;
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] as const;
const MOST_FOLDERS = 20;
const HEAD = 128;
const TEXT = 1024 * 1024;
const MOST_PASSES = 4;
const MOST_UNPACKED = 8 * 1024 ** 3;
