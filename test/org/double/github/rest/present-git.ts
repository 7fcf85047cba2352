/** Commits, refs, trees, blobs and diffs as GitHub's REST answers show them. */
import type { Commit } from "../../git/objects.ts";
import type { Difference } from "../../git/trees.ts";
import type { Account, Repository } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { time, user, type Site } from "./present.ts";

const isSigned = (commit: Commit): boolean => commit.signature !== null;

function verification(commit: Commit, payload: string): Record<string, unknown> {
  return {
    verified: isSigned(commit),
    reason: isSigned(commit) ? "valid" : "unsigned",
    signature: commit.signature,
    payload: isSigned(commit) ? payload : null,
    verified_at: isSigned(commit) ? time(commit.committer.date) : null,
  };
}

const named = ({ name, email, date }: Commit["author"]): Record<string, unknown> => ({
  name,
  email,
  date: time(date),
});

/** Of the Git data routes. */
export function gitCommit(at: Site, of: Repository, oid: string): Record<string, unknown> {
  const commit = of.git.commit(oid)!;
  const url = `${at.api}/repos/${fullName(of)}/git`;
  const page = `${at.site}/${fullName(of)}/commit`;
  return {
    sha: oid,
    node_id: nodeId("C", `${of.id}:${oid}`),
    url: `${url}/commits/${oid}`,
    html_url: `${page}/${oid}`,
    author: named(commit.author),
    committer: named(commit.committer),
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${page}/${sha}`,
    })),
    verification: verification(commit, `tree ${commit.tree}\n`),
  };
}

/** Of the routes that list commits. */
export function commit(at: Site, of: Repository, oid: string): Record<string, unknown> {
  const it = of.git.commit(oid)!;
  const api = `${at.api}/repos/${fullName(of)}`;
  const page = `${at.site}/${fullName(of)}/commit`;
  const who = (email: string): Record<string, unknown> | null => {
    const account = accountOf(at, email);
    return account ? user(at, account) : null;
  };
  return {
    sha: oid,
    node_id: nodeId("C", `${of.id}:${oid}`),
    url: `${api}/commits/${oid}`,
    html_url: `${page}/${oid}`,
    comments_url: `${api}/commits/${oid}/comments`,
    commit: {
      url: `${api}/git/commits/${oid}`,
      author: named(it.author),
      committer: named(it.committer),
      message: it.message,
      comment_count: 0,
      tree: { sha: it.tree, url: `${api}/git/trees/${it.tree}` },
      verification: verification(it, `tree ${it.tree}\n`),
    },
    author: who(it.author.email),
    committer: who(it.committer.email),
    parents: it.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${page}/${sha}`,
    })),
  };
}

/** Whose address it is; null when nobody's. */
export function accountOf({ world }: Pick<Site, "world">, email: string): Account | null {
  const login = /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  if (login !== undefined) return world.account(login);
  for (const account of world.accounts.values()) if (account.email === email) return account;
  return null;
}

export function ref(at: Site, of: Repository, name: string, oid: string): Record<string, unknown> {
  const api = `${at.api}/repos/${fullName(of)}/git`;
  const type = of.git.read(oid)?.type ?? "commit";
  return {
    ref: name,
    node_id: nodeId("REF", `${of.id}:${name}`),
    url: `${api}/${name}`,
    object: { sha: oid, type, url: `${api}/${type}s/${oid}` },
  };
}

export function diffEntry(at: Site, of: Repository, sha: string, it: Difference): Record<string, unknown> {
  const lines = (oid?: string): string[] => {
    const text = oid === undefined ? "" : (of.git.blob(oid)?.toString("latin1") ?? "");
    return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  };
  const [before, after] = [lines(it.before?.oid), lines(it.after?.oid)];
  const kept = common(before, after);
  const file = it.after ?? it.before!;
  const encoded = it.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.oid,
    filename: it.path,
    status: it.before === null ? "added" : it.after === null ? "removed" : "modified",
    additions: after.length - kept,
    deletions: before.length - kept,
    changes: before.length + after.length - 2 * kept,
    blob_url: `${at.site}/${fullName(of)}/blob/${sha}/${encoded}`,
    raw_url: `${at.site}/${fullName(of)}/raw/${sha}/${encoded}`,
    contents_url: `${at.api}/repos/${fullName(of)}/contents/${encoded}?ref=${sha}`,
  };
}

/** How many lines stay, as a bag: enough for counts. */
function common(before: readonly string[], after: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of before) left.set(line, (left.get(line) ?? 0) + 1);
  let kept = 0;
  for (const line of after) {
    const count = left.get(line) ?? 0;
    if (count > 0) {
      left.set(line, count - 1);
      kept++;
    }
  }
  return kept;
}
