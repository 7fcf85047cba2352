/** Commits and how they relate: resolving revisions, ancestry, merges. */
import { execFileSync } from "node:child_process";
import type { GitRepository } from "./repository.ts";

/** `HEAD`, a branch, a tag, a full ref or an object id, with `~n`, `^`, `^{tree}` after it; null if it is not there. */
export function resolve(git: GitRepository, revision: string): string | null {
  const match = /^(.*?)((?:\^\{\w*\}|~\d*|\^\d*)*)$/s.exec(revision)!;
  const name = match[1]!;
  let oid: string | null;
  if (name === "HEAD" || name === "") oid = git.ref(git.head);
  else if (/^[0-9a-f]{40}$/.test(name)) oid = git.read(name) ? name : null;
  else
    oid =
      git.ref(name) ??
      git.ref(`refs/${name}`) ??
      git.ref(`refs/heads/${name}`) ??
      git.ref(`refs/tags/${name}`);
  for (const [step] of match[2]!.matchAll(/\^\{\w*\}|~\d*|\^\d*/g)) {
    const commit = oid === null ? null : git.commit(oid);
    if (step === "^{tree}") oid = commit?.tree ?? oid;
    else if (step.startsWith("~")) {
      for (let left = step === "~" ? 1 : Number(step.slice(1)); left > 0; left--)
        oid = (oid === null ? null : git.commit(oid)?.parents[0]) ?? null;
    } else if (/^\^\d*$/.test(step))
      oid = commit?.parents[step === "^" ? 0 : Number(step.slice(1)) - 1] ?? null;
  }
  return oid;
}

/** A commit and all before it, newest first as far as dates go. */
export function* log(git: GitRepository, from: string): Generator<string> {
  const seen = new Set([from]);
  const queue = [from];
  while (queue.length > 0) {
    queue.sort((a, b) => dateOf(git, b) - dateOf(git, a));
    const oid = queue.shift()!;
    yield oid;
    for (const parent of git.commit(oid)?.parents ?? []) {
      if (!seen.has(parent)) {
        seen.add(parent);
        queue.push(parent);
      }
    }
  }
}

const dateOf = (git: GitRepository, oid: string): number => git.commit(oid)?.committer.date.getTime() ?? 0;

/** Commits of `head` that `base` does not have, newest first. */
export function ahead(git: GitRepository, base: string, head: string): string[] {
  const known = new Set(log(git, base));
  return [...log(git, head)].filter((oid) => !known.has(oid));
}

export function isAncestor(git: GitRepository, ancestor: string, of: string): boolean {
  for (const oid of log(git, of)) if (oid === ancestor) return true;
  return false;
}

export function mergeBase(git: GitRepository, a: string, b: string): string | null {
  const known = new Set(log(git, a));
  for (const oid of log(git, b)) if (known.has(oid)) return oid;
  return null;
}

/** The tree of a merge as git makes it; null when there are conflicts. */
export function mergeTree(git: GitRepository, ours: string, theirs: string): string | null {
  if (isAncestor(git, theirs, ours)) return git.commit(ours)!.tree;
  if (isAncestor(git, ours, theirs)) return git.commit(theirs)!.tree;
  const directory = git.materialise();
  try {
    const output = execFileSync("git", ["--git-dir", directory, "merge-tree", "--write-tree", ours, theirs], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.trim().split("\n")[0]!;
  } catch (error) {
    if ((error as { status?: number }).status === 1) return null;
    throw error;
  }
}
