import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** What git would leave out of a clone: folders that are ignored and hold nothing tracked. */
export interface GitRules {
  /** Reads the `.gitignore` of a folder (relative to the root of the walk). */
  enter(folder: string): void;
  /** Whether a folder, whose parents have been entered, is left out. */
  skips(folder: string): boolean;
}

/** Null when `root` is not inside a git work tree. */
export function gitRules(root: string): GitRules | null {
  const top = gitRoot(root);
  if (top === null) return null;
  const gitDir = gitFolder(top);
  const prefix = relative(top, root).split(sep).join("/");
  const levels: { readonly base: string; readonly rules: Ignore }[] = [];
  let index: Buffer | null | undefined;

  const add = (base: string, file: string): void => {
    const text = readText(file);
    if (text !== null) levels.push({ base: base === "" ? "" : `${base}/`, rules: ignore().add(text) });
  };
  const tracks = (folder: string): boolean => {
    if (index === undefined) index = gitDir === null ? null : readBytes(join(gitDir, "index"));
    if (index === null) return false;
    // Version 4 of the index shares prefixes between names, so a search cannot tell.
    return index.readUInt32BE(4) >= 4 || index.includes(folder);
  };
  const fromTop = (folder: string): string => [prefix, folder].filter((part) => part !== "").join("/");

  if (gitDir !== null) add("", join(gitDir, "info/exclude"));
  const above = prefix === "" ? [] : prefix.split("/").map((_, i, parts) => parts.slice(0, i).join("/"));
  for (const folder of above) add(folder, join(top, folder, ".gitignore"));

  return {
    enter: (folder) => add(fromTop(folder), join(root, folder, ".gitignore")),
    skips(folder) {
      const path = fromTop(folder) + "/";
      // The walk goes deep first: rules of a folder that it has left are not needed again.
      while (levels.length > 0 && !path.startsWith(levels.at(-1)!.base)) levels.pop();
      let ignored = false;
      for (const { base, rules } of levels) {
        const verdict = rules.test(path.slice(base.length));
        if (verdict.ignored) ignored = true;
        else if (verdict.unignored) ignored = false;
      }
      return ignored && !tracks(path);
    },
  };
}

/** The nearest folder at or above `start` with a `.git` in it. */
export function gitRoot(start: string): string | null {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** In worktrees and submodules `.git` is a file that names the folder. */
function gitFolder(top: string): string | null {
  const path = join(top, ".git");
  if (statSync(path).isDirectory()) return path;
  const target = /^gitdir: (.+)/.exec(readText(path) ?? "")?.[1];
  return target === undefined ? null : resolve(top, target.trim());
}

function readText(file: string): string | null {
  return readBytes(file)?.toString("utf8") ?? null;
}

function readBytes(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
