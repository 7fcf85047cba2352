import { posix } from "node:path";
import { TreeError, type FileTree } from "../file-tree.ts";
import { findCompose, readCompose } from "./compose.ts";
import { readEnvFile } from "./env-files.ts";
import { CompanionError } from "./errors.ts";
import { treeText } from "./tree-text.ts";
import type { ComposeService } from "./types.ts";

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
}

const composeOfTree = new WeakMap<FileTree, Promise<Compose>>();

/** The services of every compose file of a tree, read once for the tree. What is no compose file is not there. */
export async function composeServices(tree: FileTree): Promise<readonly PlacedService[]> {
  return (await composeOf(tree)).services;
}

export async function unreadCompose(tree: FileTree): Promise<readonly UnreadFile[]> {
  return (await composeOf(tree)).unread;
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
  const services: PlacedService[] = [];
  const unread: UnreadFile[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const file of await findCompose(tree)) {
    try {
      const text = decoder.decode(await tree.read(file));
      const read = readCompose(file, text).services;
      const open = read.some(({ image }) => image?.includes("${"));
      const variables = open ? await dotEnv(tree, file) : new Map<string, string>();
      for (const service of read)
        services.push({ ...service, image: filledIn(service.image, variables), file, text });
    } catch (error) {
      if (error instanceof CompanionError) {
        const message = error.message.replace(`${error.path}:${error.line}: `, "");
        if (!/^not a compose file/.test(message)) unread.push({ path: file, line: error.line, message });
      } else if (!(error instanceof TreeError)) throw error;
    }
  }
  return { services, unread };
}
