import { realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, parse, relative, resolve, sep } from "node:path";
import { TreeError, type TreeEntry } from "../file-tree.ts";
import { diskTree, isInside, systemMessage, type DiskTree } from "./disk.ts";
import { discover, isVendored } from "./discover.ts";
import { gitRoot } from "./git-rules.ts";

/** What the paths on a command line stand for. */
export interface Selection {
  readonly tree: DiskTree;
  /** Relative to the root of the tree, sorted. */
  readonly dockerfiles: readonly string[];
  /** Dockerfiles that were found but cannot be had. */
  readonly unreachable: readonly TreeError[];
  /** Paths as given that stand for nothing, and why. */
  readonly problems: readonly { readonly path: string; readonly message: string; readonly hint: string }[];
  readonly templates: readonly string[];
  /** Where the configuration is looked up: the folder that holds all of the paths. */
  readonly start: string;
}

interface Target {
  readonly given: string;
  readonly absolute: string;
  /** Where symbolic links lead. */
  readonly real: string;
  readonly isFolder: boolean;
}

export async function select(paths: readonly string[], cwd: string): Promise<Selection> {
  const problems: { path: string; message: string; hint: string }[] = [];
  const targets: Target[] = [];
  for (const given of paths.length === 0 ? ["."] : paths) {
    const absolute = resolve(cwd, given);
    try {
      const real = realpathSync.native(absolute);
      targets.push({ given, absolute, real, isFolder: statSync(real).isDirectory() });
    } catch (error) {
      const hint = "Check the spelling, or run deroot from another folder.";
      problems.push({
        path: given,
        message: systemMessage(error).replace("no such file", "no such file or folder"),
        hint,
      });
    }
  }
  const start = commonFolder(targets.map(folderOf)) ?? cwd;
  const { root, scope } = bounds(targets, start, cwd);
  const tree = diskTree(root, { scope: scope.map((folder) => toTree(root, folder)) });

  const found = new Map<string, TreeError | null>();
  const templates: string[] = [];
  const folders = targets.filter((target) => target.isFolder);
  const discovery = folders.length === 0 ? { dockerfiles: [], templates: [] } : discover(await tree.list());
  for (const folder of folders) {
    const below = (entry: TreeEntry): boolean => isInside(folder.absolute, resolve(root, entry.path));
    // Who names a folder of somebody else's means it.
    const own = ({ path }: TreeEntry): boolean =>
      !isVendored(relative(folder.absolute, resolve(root, path)).split(sep).join("/"));
    const dockerfiles = discovery.dockerfiles.filter((entry) => below(entry) && own(entry));
    const inside = discovery.templates.filter(below).map((entry) => entry.path);
    for (const entry of dockerfiles)
      add(found, tree, entry.path, needsFollowing(entry, folder) ? folder : null);
    templates.push(...inside);
    if (dockerfiles.length === 0) problems.push({ path: folder.given, ...nothingIn(inside) });
  }
  for (const file of targets) {
    if (!file.isFolder) add(found, tree, toTree(root, file.absolute), file);
  }
  return {
    tree,
    start,
    problems,
    dockerfiles: [...found].flatMap(([path, error]) => (error === null ? [path] : [])).sort(),
    unreachable: [...found.values()].filter((error) => error !== null),
    templates: [...new Set(templates)],
  };
}

function needsFollowing(entry: TreeEntry, folder: Target): boolean {
  return entry.mode === "symlink" || folder.real !== folder.absolute;
}

/** Follows a symbolic link, so that a file with two names is worked on once, under its own. */
function add(found: Map<string, TreeError | null>, tree: DiskTree, path: string, asked: Target | null): void {
  if (asked === null) {
    found.set(path, null);
    return;
  }
  try {
    const own = tree.resolve(path);
    if (asked.isFolder && !isInside(asked.real, resolve(realpathSync.native(tree.root), own))) {
      throw new TreeError(path, `it is a symbolic link that leads outside ${asked.given}, to ${own}`);
    }
    found.set(own, null);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    found.set(path, error);
  }
}

/**
 * The root of the tree and the folders in it that may be looked at. Inside a repository that is the part of it
 * that one stands in, because the files that must change with a Dockerfile can be anywhere in it; elsewhere
 * only what was named.
 */
function bounds(targets: readonly Target[], start: string, cwd: string): { root: string; scope: string[] } {
  // Named once more, because the walk from above skips some folders.
  const folders = targets.filter((target) => target.isFolder).map((target) => target.absolute);
  if (!targets.every((target) => isInside(cwd, target.absolute))) {
    const root = gitRoot(start) ?? start;
    return { root, scope: [root, ...folders] };
  }
  if (gitRoot(cwd) !== null) return { root: cwd, scope: [cwd, ...folders] };
  const tooMuch = cwd === parse(cwd).root || cwd === homedir();
  const scope = targets.map((target) => {
    if (target.isFolder) return target.absolute;
    return gitRoot(dirname(target.absolute)) ?? (tooMuch ? dirname(target.absolute) : cwd);
  });
  return { root: cwd, scope };
}

function nothingIn(templates: readonly string[]): { message: string; hint: string } {
  if (templates.length === 0) {
    const hint = "Dockerfiles with other names can be named one by one: deroot migrate path/to/file";
    return { message: "no Dockerfile in or below it", hint };
  }
  return {
    message: `only templates in or below it: ${templates.join(", ")}`,
    hint: "Name a template to have a look at it.",
  };
}

function folderOf(target: Target): string {
  return target.isFolder ? target.absolute : dirname(target.absolute);
}

function commonFolder(folders: readonly string[]): string | null {
  let common = folders[0] ?? null;
  for (const folder of folders) {
    while (common !== null && !isInside(common, folder)) common = dirname(common);
  }
  return common;
}

function toTree(root: string, absolute: string): string {
  return relative(root, absolute).split(sep).join("/");
}
