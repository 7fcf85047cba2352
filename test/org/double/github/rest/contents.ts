/** Files by path, single commits, comparisons. */
import { ahead, mergeBase, resolve } from "../../git/history.ts";
import { compareTrees, editTree, lookUp, walk } from "../../git/trees.ts";
import { demand } from "../../world/access.ts";
import { checkPath, person } from "../../world/commits.ts";
import { moveRef, protectionOf } from "../../world/refs.ts";
import { Problem, type Repository } from "../../world/model.ts";
import { defaultBranch, fullName } from "../../world/world.ts";
import { ok, type Answer, type Exchange, type Handler } from "../../http/exchange.ts";
import { commit, diffEntry, gitCommit } from "./present-git.ts";
import { bodyOf, commitNamed, notFound, repositoryOf, siteOf } from "./requests.ts";

interface Place {
  readonly path: string;
  readonly name: string;
  readonly sha: string;
  readonly size: number;
  readonly type: string;
}

function place(x: Exchange, of: Repository, at: string, it: Place): Record<string, unknown> {
  const encoded = it.path.split("/").map(encodeURIComponent).join("/");
  const url = `${x.api}/repos/${fullName(of)}/contents/${encoded}?ref=${encodeURIComponent(at)}`;
  const kind = it.type === "dir" ? "tree" : "blob";
  const git = `${x.api}/repos/${fullName(of)}/git/${kind}s/${it.sha}`;
  const html = `${x.site}/${fullName(of)}/${kind}/${at}/${encoded}`;
  return {
    ...it,
    url,
    html_url: html,
    git_url: git,
    download_url: it.type === "dir" ? null : `${x.site}/${fullName(of)}/raw/${at}/${encoded}`,
    _links: { self: url, git, html },
  };
}

function get(x: Exchange): Answer {
  const of = repositoryOf(x);
  const at = x.query.get("ref") ?? defaultBranch(of);
  const oid = of.git.refs().length === 0 ? null : resolve(of.git, at);
  const path = (x.params["path"] ?? "").replaceAll(/^\/|\/$/g, "");
  if (oid === null) {
    if (of.git.refs().length === 0) throw new Problem("not-found", "This repository is empty.");
    throw new Problem("not-found", `No commit found for the ref ${at}`);
  }
  const entry = lookUp(of.git, of.git.commit(oid)!.tree, path);
  if (!entry) throw notFound();
  const name = entry.path.split("/").at(-1)!;
  const accept = String(x.headers.accept ?? "");
  if (entry.type === "tree") {
    const items = [...walk(of.git, entry.oid, entry.path, false)].map((each) =>
      place(x, of, at, {
        path: each.path,
        name: each.path.split("/").at(-1)!,
        sha: each.oid,
        size: each.type === "blob" ? of.git.blob(each.oid)!.length : 0,
        type: each.type === "tree" ? "dir" : each.mode === "120000" ? "symlink" : "file",
      }),
    );
    // Lists stop there, without a word.
    return ok(items.slice(0, 1000));
  }
  const content = of.git.blob(entry.oid)!;
  if (/application\/vnd\.github(\.v3)?\.raw/.test(accept)) {
    if (content.length > 100 * 1024 * 1024) throw tooLarge();
    return ok(content, { "content-type": "application/vnd.github.raw; charset=utf-8" });
  }
  if (content.length > 100 * 1024 * 1024) throw tooLarge();
  const about = place(x, of, at, {
    path,
    name,
    sha: entry.oid,
    size: content.length,
    type: entry.mode === "120000" ? "symlink" : "file",
  });
  if (entry.mode === "120000") return ok({ ...about, target: content.toString() });
  // Above 1 MB there is no content, only the raw media type has it.
  if (content.length > 1024 * 1024) return ok({ ...about, content: "", encoding: "none" });
  const base64 = content.toString("base64").replaceAll(/.{60}/g, "$&\n");
  return ok({ ...about, content: base64, encoding: "base64" });
}

const tooLarge = (): Problem =>
  new Problem("forbidden", "This API returns blobs up to 100 MB in size. The requested blob is too large.");

interface Put {
  message: string;
  content: string;
  sha: string;
  branch: string;
}

function put(x: Exchange): Answer {
  const of = repositoryOf(x);
  demand(of, x.account, "write");
  const path = x.params["path"]!;
  const { message = "", content, sha, branch = defaultBranch(of) } = bodyOf<Put>(x);
  checkPath(path);
  const name = `refs/heads/${branch}`;
  const head = of.git.ref(name);
  if (head === null && of.git.refs().length > 0) throw new Problem("not-found", `Branch ${branch} not found`);
  if (protectionOf(of, name)?.requirePullRequest)
    throw new Problem("stale", "Changes must be made through a pull request.");
  const tree = head === null ? null : of.git.commit(head)!.tree;
  const old = tree === null ? null : lookUp(of.git, tree, path);
  if (old && sha === undefined) throw new Problem("invalid", `"sha" wasn't supplied.`);
  if (sha !== undefined && old?.oid !== sha) throw new Problem("stale", `${path} does not match ${sha}`);
  const removes = x.method === "DELETE";
  if (removes && !old) throw notFound();
  const oid = removes ? null : of.git.write("blob", Buffer.from(content ?? "", "base64"));
  const date = x.world.clock.now();
  const mode = old?.type === "blob" ? old.mode : "100644";
  const made = of.git.writeCommit({
    tree: editTree(of.git, tree, new Map([[path, oid === null ? null : { mode, oid }]])),
    parents: head === null ? [] : [head],
    author: person(x.account, date),
    committer: person(x.account, date),
    message,
    signature: null,
  });
  moveRef(x.world, of, name, made);
  x.world.notifications.written(x.account, of, message, "plain");
  const about = {
    path,
    name: path.split("/").at(-1)!,
    sha: oid ?? "",
    size: oid === null ? 0 : of.git.blob(oid)!.length,
    type: "file",
  };
  return {
    status: old || removes ? 200 : 201,
    body: {
      content: oid === null ? null : place(x, of, branch, about),
      commit: gitCommit(siteOf(x), of, made),
    },
  };
}

export const contentRoutes: Record<string, Handler> = {
  "GET /repos/{owner}/{repo}/contents": get,
  "GET /repos/{owner}/{repo}/contents/{path}": get,
  "PUT /repos/{owner}/{repo}/contents/{path}": put,
  "DELETE /repos/{owner}/{repo}/contents/{path}": put,
  "GET /repos/{owner}/{repo}/commits/{ref}": (x) => {
    const of = repositoryOf(x);
    const oid = commitNamed(of, x.params["ref"]!);
    if (/application\/vnd\.github(\.v3)?\.sha/.test(String(x.headers.accept ?? "")))
      return ok(Buffer.from(oid), { "content-type": "application/vnd.github.sha; charset=utf-8" });
    const { tree, parents } = of.git.commit(oid)!;
    const before = parents[0] === undefined ? null : of.git.commit(parents[0])!.tree;
    const files = compareTrees(of.git, before, tree).map((each) => diffEntry(siteOf(x), of, oid, each));
    const sum = (key: string): number => files.reduce((total, each) => total + (each[key] as number), 0);
    return ok({
      ...commit(siteOf(x), of, oid),
      stats: { total: sum("changes"), additions: sum("additions"), deletions: sum("deletions") },
      files: files.slice(0, 300),
    });
  },
  "GET /repos/{owner}/{repo}/compare/{basehead}": (x) => {
    const of = repositoryOf(x);
    const [from, to] = x.params["basehead"]!.split("...") as [string, string];
    const [base, head] = [commitNamed(of, from), commitNamed(of, to.replace(/^[^:]+:/, ""))];
    const shared = mergeBase(of.git, base, head);
    if (shared === null) throw new Problem("not-found", `No common ancestor between ${from} and ${to}.`);
    const more = ahead(of.git, base, head).reverse();
    const behind = ahead(of.git, head, base).length;
    const url = `${x.api}/repos/${fullName(of)}/compare/${from}...${to}`;
    const page = `${x.site}/${fullName(of)}/compare/${from}...${to}`;
    return ok({
      url,
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: commit(siteOf(x), of, base),
      merge_base_commit: commit(siteOf(x), of, shared),
      status: more.length > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical",
      ahead_by: more.length,
      behind_by: behind,
      total_commits: more.length,
      commits: more.slice(0, 250).map((oid) => commit(siteOf(x), of, oid)),
      files: compareTrees(of.git, of.git.commit(shared)!.tree, of.git.commit(head)!.tree)
        .slice(0, 300)
        .map((each) => diffEntry(siteOf(x), of, head, each)),
    });
  },
};
