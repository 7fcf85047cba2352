import { posix } from "node:path";
import { TreeError, type FileTree } from "../file-tree.ts";
import { findCompose, isComposePath, isComposeText, openCompose, type OpenCompose } from "./compose.ts";
import { readEnvFile } from "./env-files.ts";
import { CompanionError } from "./errors.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { ComposeService, PortSite } from "./types.ts";

export interface PlacedService extends ComposeService {
  /** The compose file, and its text. */
  readonly file: string;
  readonly text: string;
}

/** A compose file that is no YAML: it is left alone, and named. */
export interface UnreadFile {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

interface Compose {
  readonly services: readonly PlacedService[];
  readonly unread: readonly UnreadFile[];
  readonly texts: ReadonlyMap<string, string>;
}

const composeOfTree = new WeakMap<FileTree, Promise<Compose>>();

/** The services of every compose file of a tree, read once for the tree. What is no compose file is not there. */
export async function composeServices(tree: FileTree): Promise<readonly PlacedService[]> {
  return (await composeOf(tree)).services;
}

export async function unreadCompose(tree: FileTree): Promise<readonly UnreadFile[]> {
  return (await composeOf(tree)).unread;
}

/** The texts of all compose files. */
export async function composeTexts(tree: FileTree): Promise<ReadonlyMap<string, string>> {
  return (await composeOf(tree)).texts;
}

function composeOf(tree: FileTree): Promise<Compose> {
  let compose = composeOfTree.get(tree);
  if (!compose) composeOfTree.set(tree, (compose = readAll(tree)));
  return compose;
}

/** What compose fills in from the `.env` beside the file. */
async function dotEnv(tree: FileTree, file: string): Promise<ReadonlyMap<string, string>> {
  const path = posix.join(posix.dirname(file), ".env");
  const text = await treeText(tree, path);
  return new Map(readEnvFile(path, text ?? "").map(({ name, value }) => [name, value]));
}

function filledIn(image: string | null, variables: ReadonlyMap<string, string>): string | null {
  return image?.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole) ?? null;
}

async function readAll(tree: FileTree): Promise<Compose> {
  const files = new Map<string, { text: string; open: OpenCompose }>();
  const unread: UnreadFile[] = [];
  const waiting = [...(await findCompose(tree)), ...(await unnamedCompose(tree))];
  for (const file of waiting) {
    const text = await composeText(tree, file);
    if (text === null || files.has(file)) continue;
    try {
      const open = openCompose(file, text);
      files.set(file, { text, open });
      // What services extend need not have the name of a compose file.
      waiting.push(...open.extended.filter((path) => !waiting.includes(path)));
    } catch (error) {
      if (!(error instanceof CompanionError)) throw error;
      const message = error.message.replace(`${error.path}:${error.line}: `, "");
      if (!/^not a compose file/.test(message)) unread.push({ path: file, line: error.line, message });
    }
  }
  const services: PlacedService[] = [];
  const elsewhere: { from: string; name: string; sites: readonly PortSite[] }[] = [];
  for (const [file, { text, open }] of files) {
    const read = open.read(neighboursOf(file, files));
    for (const [name, sites] of read.reachedElsewhere) elsewhere.push({ from: file, name, sites });
    const isFilledIn = read.services.some(({ image }) => image?.includes("${"));
    const variables = isFilledIn ? await dotEnv(tree, file) : new Map<string, string>();
    for (const service of read.services)
      services.push({ ...service, image: filledIn(service.image, variables), file, text });
  }
  return {
    services: services.map((service) => {
      const sites = elsewhere
        .filter(({ from, name }) => name === service.name && inOneProject(from, service.file))
        .flatMap((one) => one.sites);
      return sites.length === 0 ? service : { ...service, reached: [...service.reached, ...sites] };
    }),
    unread,
    texts: new Map([...files].map(([file, { text }]) => [file, text])),
  };
}

/** `local.yml`, `docker/app.yml`: used with `docker compose -f`. */
async function unnamedCompose(tree: FileTree): Promise<string[]> {
  const found: string[] = [];
  for (const { path, mode } of await tree.list()) {
    if (!/\.ya?ml$/.test(path) || mode === "symlink" || isForeign(path) || isComposePath(path)) continue;
    if (/(?:^|\/)(?:\.github|templates)\//.test(path)) continue;
    const text = await treeText(tree, path);
    if (text !== null && isComposeText(path, text)) found.push(path);
  }
  return found;
}

async function composeText(tree: FileTree, file: string): Promise<string | null> {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await tree.read(file));
  } catch (error) {
    if (error instanceof TreeError) return null;
    throw error;
  }
}

/** Names of services that files which may be used together with this one have, and it has not. */
function neighboursOf(
  file: string,
  files: ReadonlyMap<string, { readonly open: OpenCompose }>,
): Map<string, string> {
  const neighbours = new Map<string, string>();
  for (const [other, { open }] of files)
    if (other !== file && inOneProject(other, file))
      for (const [alias, name] of open.names) neighbours.set(alias, name);
  return neighbours;
}

/** Files of one folder, or of one above the other, are merged by `-f`, `include` and `extends`. */
function inOneProject(one: string, other: string): boolean {
  const [first, second] = [posix.dirname(one), posix.dirname(other)];
  const isAbove = (above: string, below: string) => above === "." || `${below}/`.startsWith(`${above}/`);
  return isAbove(first, second) || isAbove(second, first);
}
