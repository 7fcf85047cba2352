import { TreeError, type FileTree } from "../file-tree.ts";
import { findCompose, readCompose } from "./compose.ts";
import { CompanionError } from "./errors.ts";
import type { ComposeService } from "./types.ts";

export interface PlacedService extends ComposeService {
  /** The compose file, and its text. */
  readonly file: string;
  readonly text: string;
}

const servicesOfTree = new WeakMap<FileTree, Promise<readonly PlacedService[]>>();

/** The services of every compose file of a tree, read once for the tree. What is no compose file is not there. */
export function composeServices(tree: FileTree): Promise<readonly PlacedService[]> {
  let services = servicesOfTree.get(tree);
  if (!services) servicesOfTree.set(tree, (services = readServices(tree)));
  return services;
}

async function readServices(tree: FileTree): Promise<PlacedService[]> {
  const found: PlacedService[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const file of await findCompose(tree)) {
    try {
      const text = decoder.decode(await tree.read(file));
      for (const service of readCompose(file, text).services) found.push({ ...service, file, text });
    } catch (error) {
      if (!(error instanceof CompanionError || error instanceof TreeError)) throw error;
    }
  }
  return found;
}
