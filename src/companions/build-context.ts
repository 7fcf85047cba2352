import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/index.ts";
import type { FileTree, TreeEntry } from "../file-tree.ts";
import { composeServices } from "./compose-index.ts";

/** The directory whose files COPY names: what compose says, the Dockerfile's own, else the root. */
export async function buildContext(tree: FileTree, path: string, dockerfile: Dockerfile): Promise<string> {
  const files = await filesByPath(tree);
  const declared = (await composeServices(tree)).flatMap(({ build }) =>
    build?.dockerfile === path ? [build.context] : [],
  );
  const own = posix.dirname(path) === "." ? "" : posix.dirname(path);
  const candidates = [
    ...new Set([...declared, own, posix.dirname(own) === "." ? "" : posix.dirname(own), ""]),
  ];
  const sources = dockerfile.instructions
    .filter((i) => (i.keyword === "COPY" || i.keyword === "ADD") && !i.flags.some((f) => f.name === "from"))
    .flatMap((i) => i.words.slice(0, -1).map((w) => w.value))
    .filter((s) => !/[$*?[]|:\/\//.test(s) && !/^\.?\/?$/.test(s))
    .map((s) => posix.normalize(s.replace(/^\/+/, "")).replace(/\/$/, ""));
  if (sources.length === 0) return candidates[0]!;
  const directories = directoriesOf(files);
  const score = (context: string) =>
    sources.filter((s) => files.has(posix.join(context, s)) || directories.has(posix.join(context, s)))
      .length;
  let best = candidates[0]!;
  for (const candidate of candidates) if (score(candidate) > score(best)) best = candidate;
  return best;
}

const directoriesOfFiles = new WeakMap<ReadonlyMap<string, TreeEntry>, ReadonlySet<string>>();

function directoriesOf(files: ReadonlyMap<string, TreeEntry>): ReadonlySet<string> {
  let directories = directoriesOfFiles.get(files) as Set<string> | undefined;
  if (!directories) {
    directories = new Set();
    for (const path of files.keys()) {
      for (let dir = posix.dirname(path); dir !== "." && !directories.has(dir); dir = posix.dirname(dir)) {
        directories.add(dir);
      }
    }
    directoriesOfFiles.set(files, directories);
  }
  return directories;
}

const filesOfList = new WeakMap<readonly TreeEntry[], ReadonlyMap<string, TreeEntry>>();

/** Every file of the tree. */
export async function filesByPath(tree: FileTree): Promise<ReadonlyMap<string, TreeEntry>> {
  const list = await tree.list();
  let files = filesOfList.get(list);
  if (!files) {
    files = new Map(list.map((entry) => [entry.path, entry]));
    filesOfList.set(list, files);
  }
  return files;
}
