import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/index.ts";
import type { TreeEntry } from "../file-tree.ts";
import { discover } from "../file-tree/discover.ts";
import type { ShellCommand } from "../shell/index.ts";

/**
 * Tells files that lie in a folder with a Dockerfile of its own, below the build context, of which neither this
 * Dockerfile nor what it starts says a word. `COPY . .` brings them along, and they are another image's.
 */
export function inOtherProject(
  list: readonly TreeEntry[],
  path: string,
  context: string,
  dockerfile: Dockerfile,
  started: readonly ShellCommand[],
): (file: string) => boolean {
  const own = posix.dirname(path);
  const named = new Set(
    [
      ...dockerfile.instructions.map(({ start, end }) => dockerfile.text.slice(start, end)),
      ...started.flatMap(({ argv, cwd }) => [cwd ?? "", ...argv.map(({ raw }) => raw)]),
    ].flatMap((word) => word.split(/[^\w.-]+/)),
  );
  const others = projectsOf(list).filter(
    (folder) =>
      isBelow(folder, context) &&
      folder !== own &&
      !isBelow(own, folder) &&
      !named.has(posix.basename(folder)),
  );
  return (file) => others.some((folder) => isBelow(file, folder));
}

const projectsOfList = new WeakMap<readonly TreeEntry[], readonly string[]>();

function projectsOf(list: readonly TreeEntry[]): readonly string[] {
  let projects = projectsOfList.get(list);
  if (!projects) {
    projects = [...new Set(discover(list).dockerfiles.map(({ path }) => posix.dirname(path)))];
    projectsOfList.set(list, projects);
  }
  return projects;
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || folder === "." ? path !== "." && path !== "" : path.startsWith(`${folder}/`);
}
