import { posix } from "node:path";
import type { FileTree, TreeEntry } from "../file-tree.ts";
import { dockerignoreCandidates, readDockerignore } from "./dockerignore.ts";
import { readSource } from "./source/index.ts";
import type { SourceFacts } from "./types.ts";

/**
 * What the source in a build context says, .dockerignore applied. The texts of the files that fix a port or a user are
 * added to `texts`, so that a change can edit them.
 */
export async function sourceFacts(
  tree: FileTree,
  files: ReadonlyMap<string, TreeEntry>,
  context: string,
  dockerfile: string,
  started: ReadonlySet<string>,
  texts: Map<string, string>,
): Promise<SourceFacts> {
  const leftOut = readDockerignore(await readIgnoreFile(tree, files, dockerfile, context));
  const facts = await readSource(tree, context, {
    ignore: (path) => leftOut(posix.relative(context, path)),
    started,
  });
  const edited = [
    ...facts.listens.flatMap(({ site }) => site?.path ?? []),
    ...facts.users.map(({ file }) => file),
  ];
  for (const path of edited) if (!texts.has(path)) texts.set(path, decode(await tree.read(path)));
  return facts;
}

async function readIgnoreFile(
  tree: FileTree,
  files: ReadonlyMap<string, TreeEntry>,
  dockerfile: string,
  context: string,
): Promise<string> {
  const path = dockerignoreCandidates(dockerfile, context).find((candidate) => files.has(candidate));
  return path === undefined ? "" : decode(await tree.read(path));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
