/** The Git database: refs, commits, trees, blobs. */
import type { Mode } from "../../git/objects.ts";
import { itemType, paddedMode } from "../../git/objects.ts";
import { editTree, lookUp, walk, type Entry } from "../../git/trees.ts";
import { log, resolve } from "../../git/history.ts";
import { demand } from "../../world/access.ts";
import { checkPath, FORGE_SIGNATURE, person } from "../../world/commits.ts";
import { createRef, deleteRef, updateRef } from "../../world/refs.ts";
import { Problem, type Repository } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { created, noContent, ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { nodeId } from "../ids.ts";
import { commit, gitCommit, ref } from "./present-git.ts";
import { bodyOf, commitNamed, notFound, paged, repositoryOf, siteOf } from "./requests.ts";

/** GitHub cuts a recursive tree at so many entries (and at 7 MB). */
const MOST_ENTRIES = 100_000;

function notEmpty(of: Repository): void {
  if (of.git.refs().length === 0) throw new Problem("empty", "Git Repository is empty.");
}

function treeAnswer(
  x: Exchange,
  of: Repository,
  sha: string,
  entries: readonly Entry[],
  most = MOST_ENTRIES,
): unknown {
  const url = `${x.api}/repos/${fullName(of)}/git`;
  const cut = x.truncate ? Math.floor(entries.length / 2) : most;
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: entries.slice(0, cut).map(({ path, mode, type, oid }) => ({
      path,
      mode: paddedMode(mode),
      type,
      sha: oid,
      ...(type === "blob" ? { size: of.git.blob(oid)!.length } : {}),
      ...(type === "commit" ? {} : { url: `${url}/${type}s/${oid}` }),
    })),
    truncated: entries.length > cut,
  };
}

interface NewTree {
  base_tree: string;
  tree: { path: string; mode: string; type?: string; sha?: string | null; content?: string }[];
}

function createTree(x: Exchange): unknown {
  const of = repositoryOf(x);
  demand(of, x.account, "write");
  notEmpty(of);
  const { base_tree: base, tree = [] } = bodyOf<NewTree>(x);
  const baseOid = base === undefined ? null : resolve(of.git, `${base}^{tree}`);
  if (base !== undefined && (baseOid === null || !of.git.tree(baseOid)))
    throw new Problem("missing-object", "base_tree is not a valid tree oid", "base_tree");
  const changes = new Map<string, { mode: Mode; oid: string } | null>();
  for (const { path, mode, sha, content } of tree) {
    checkPath(path);
    const wanted = mode.replace(/^0/, "") as Mode;
    if (sha === null) {
      if (baseOid !== null && !lookUp(of.git, baseOid, path))
        throw new Problem("invalid", "GitRPC::BadObjectState");
      changes.set(path, null);
    } else if (sha === undefined) {
      changes.set(path, { mode: wanted, oid: of.git.write("blob", Buffer.from(content ?? "")) });
    } else {
      if (of.git.read(sha)?.type !== itemType(wanted) && wanted !== "160000")
        throw new Problem("missing-object", `tree.sha ${sha} is not a valid ${itemType(wanted)}`, "tree");
      changes.set(path, { mode: wanted, oid: sha });
    }
  }
  const oid = editTree(of.git, baseOid, changes);
  return treeAnswer(x, of, oid, [...walk(of.git, oid, "", false)]);
}

interface NewCommit {
  message: string;
  tree: string;
  parents: string[];
  author: { name: string; email: string; date?: string };
  committer: { name: string; email: string; date?: string };
}

function createCommit(x: Exchange): unknown {
  const of = repositoryOf(x);
  demand(of, x.account, "write");
  notEmpty(of);
  const { message = "", tree = "", parents = [], author, committer } = bodyOf<NewCommit>(x);
  if (!of.git.tree(tree)) throw new Problem("missing-object", "Tree SHA does not exist", "tree");
  for (const each of parents)
    if (of.git.read(each)?.type !== "commit")
      throw new Problem("missing-object", "Parent SHA does not exist or is not a commit object", "parents");
  const now = x.world.clock.now();
  const named = (given: NewCommit["author"] | undefined): ReturnType<typeof person> =>
    given
      ? { name: given.name, email: given.email, date: given.date ? new Date(given.date) : now }
      : person(x.account, now);
  // GitHub signs what a bot makes, as long as it does not say who made it.
  const signed = x.account.type === "Bot" && !author && !committer;
  const oid = of.git.writeCommit({
    tree,
    parents,
    author: named(author),
    committer: signed
      ? { name: "GitHub", email: "noreply@github.com", date: now }
      : named(committer ?? author),
    message,
    signature: signed ? FORGE_SIGNATURE : null,
  });
  x.world.notifications.written(x.account, of, message, "plain");
  return gitCommit(siteOf(x), of, oid);
}

export const gitRoutes: Record<string, Handler> = {
  "GET /repos/{owner}/{repo}/git/ref/{ref}": (x) => {
    const of = repositoryOf(x);
    notEmpty(of);
    const name = `refs/${x.params["ref"]!}`;
    const oid = of.git.ref(name);
    if (oid === null) throw notFound();
    return ok(ref(siteOf(x), of, name, oid));
  },
  "GET /repos/{owner}/{repo}/git/matching-refs/{ref}": (x) => {
    const of = repositoryOf(x);
    const found = of.git.refs().filter(([name]) => name.startsWith(`refs/${x.params["ref"]!}`));
    return ok(found.map(([name, oid]) => ref(siteOf(x), of, name, oid)));
  },
  "POST /repos/{owner}/{repo}/git/refs": (x) => {
    const of = repositoryOf(x);
    const { ref: name = "", sha = "" } = bodyOf<{ ref: string; sha: string }>(x);
    createRef(x.world, of, x.account, name, sha);
    return created(ref(siteOf(x), of, name, sha));
  },
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": (x) => {
    const of = repositoryOf(x);
    const name = `refs/${x.params["ref"]!}`;
    const { sha = "", force = false } = bodyOf<{ sha: string; force: boolean }>(x);
    updateRef(x.world, of, x.account, name, sha, force);
    return ok(ref(siteOf(x), of, name, sha));
  },
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}": (x) => {
    deleteRef(x.world, repositoryOf(x), x.account, `refs/${x.params["ref"]!}`);
    return noContent;
  },
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}": (x) => {
    const of = repositoryOf(x);
    notEmpty(of);
    const oid = resolve(of.git, `${x.params["tree_sha"]!}^{tree}`);
    if (oid === null || !of.git.tree(oid)) throw notFound();
    // Any value means yes, `0` and `false` included.
    return ok(treeAnswer(x, of, oid, [...walk(of.git, oid, "", x.query.has("recursive"))]));
  },
  "POST /repos/{owner}/{repo}/git/trees": (x) => created(createTree(x)),
  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}": (x) => {
    const of = repositoryOf(x);
    notEmpty(of);
    const sha = x.params["file_sha"]!;
    const content = of.git.blob(sha);
    if (content === null) throw notFound();
    if (/application\/vnd\.github(\.v3)?\.raw/.test(String(x.headers.accept ?? "")))
      return ok(content, { "content-type": "application/vnd.github.raw; charset=utf-8" });
    if (content.length > 100 * 1024 * 1024)
      throw new Problem("forbidden", "This API returns blobs up to 100 MB in size.");
    return ok({
      sha,
      node_id: nodeId("B", `${of.id}:${sha}`),
      size: content.length,
      url: `${x.api}/repos/${fullName(of)}/git/blobs/${sha}`,
      content: content.toString("base64").replaceAll(/.{60}/g, "$&\n"),
      encoding: "base64",
    });
  },
  "POST /repos/{owner}/{repo}/git/blobs": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "write");
    notEmpty(of);
    const { content = "", encoding = "utf-8" } = bodyOf<{ content: string; encoding: string }>(x);
    const sha = of.git.write("blob", Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
    return created({ sha, url: `${x.api}/repos/${fullName(of)}/git/blobs/${sha}` });
  },
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}": (x) => {
    const of = repositoryOf(x);
    const sha = x.params["commit_sha"]!;
    if (of.git.read(sha)?.type !== "commit") throw notFound();
    return ok(gitCommit(siteOf(x), of, sha));
  },
  "POST /repos/{owner}/{repo}/git/commits": (x) => created(createCommit(x)),
  "GET /repos/{owner}/{repo}/commits": (x) => {
    const of = repositoryOf(x);
    const from = commitNamed(of, x.query.get("sha") ?? "HEAD");
    return paged(x, [...log(of.git, from)], (oid) => commit(siteOf(x), of, oid));
  },
};
