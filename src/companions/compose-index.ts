import { TreeError, type FileTree } from "../file-tree.ts";
import { findCompose, readCompose } from "./compose.ts";
import { CompanionError } from "./errors.ts";
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

async function readAll(tree: FileTree): Promise<Compose> {
  const services: PlacedService[] = [];
  const unread: UnreadFile[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const file of await findCompose(tree)) {
    try {
      const text = decoder.decode(await tree.read(file));
      for (const service of readCompose(file, text).services) services.push({ ...service, file, text });
    } catch (error) {
      if (error instanceof CompanionError) {
        const message = error.message.replace(`${error.path}:${error.line}: `, "");
        if (!/^not a compose file/.test(message)) unread.push({ path: file, line: error.line, message });
      } else if (!(error instanceof TreeError)) throw error;
    }
  }
  return { services, unread };
}
