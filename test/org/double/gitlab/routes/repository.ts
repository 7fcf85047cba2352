/** Trees, files, blobs, branches, commits, comparisons. */
import { ahead, isAncestor, log, mergeBase, resolve } from "../../git/history.ts";
import type { Mode } from "../../git/objects.ts";
import { paddedMode } from "../../git/objects.ts";
import { compareTrees, editTree, lookUp, walk, type Difference, type Entry } from "../../git/trees.ts";
import { demand } from "../../world/access.ts";
import { checkPath, person } from "../../world/commits.ts";
import { branches, deleteRef, moveRef, protectionOf } from "../../world/refs.ts";
import { Problem, type Repository } from "../../world/model.ts";
import { created, noContent, ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { branch, commit } from "../present.ts";
import { argumentsOf, commitNamed, keyset, missing, paged, projectOf, siteOf } from "../requests.ts";

function treeEntries(x: Exchange, of: Repository): Entry[] {
  const oid = resolve(of.git, x.query.get("ref") ?? "HEAD");
  if (oid === null) throw missing("Tree");
  const path = x.query.get("path") ?? "";
  const entry = lookUp(of.git, of.git.commit(oid)!.tree, path);
  if (entry?.type !== "tree") throw new Problem("not-found", "404 invalid revision or path Not Found");
  const recursive = ["true", "1"].includes(x.query.get("recursive") ?? "");
  return [...walk(of.git, entry.oid, entry.path, recursive)];
}

const treeEntry = (it: Entry): Record<string, unknown> => ({
  id: it.oid,
  name: it.path.split("/").at(-1),
  type: it.type,
  path: it.path,
  mode: paddedMode(it.mode),
});

function file(x: Exchange): { of: Repository; entry: Entry; content: Buffer; at: string } {
  const of = projectOf(x);
  const at = commitNamed(of, x.query.get("ref") ?? "HEAD");
  const entry = lookUp(of.git, of.git.commit(at)!.tree, x.params["file_path"]!);
  if (entry?.type !== "blob") throw missing("File");
  return { of, entry, content: of.git.blob(entry.oid)!, at };
}

/** The last commit that changed a file. */
function lastChange(of: Repository, at: string, path: string): string {
  for (const oid of log(of.git, at)) {
    const { tree, parents } = of.git.commit(oid)!;
    const now = lookUp(of.git, tree, path);
    if (parents.every((parent) => lookUp(of.git, of.git.commit(parent)!.tree, path)?.oid !== now?.oid))
      return oid;
  }
  return at;
}

interface Action {
  readonly action: "create" | "delete" | "move" | "update" | "chmod";
  readonly file_path: string;
  readonly previous_path?: string;
  readonly content?: string;
  readonly encoding?: "text" | "base64";
  readonly last_commit_id?: string;
  readonly execute_filemode?: boolean;
}

interface NewCommit {
  branch: string;
  commit_message: string;
  start_branch: string;
  start_sha: string;
  author_name: string;
  author_email: string;
  force: boolean;
  actions: readonly Action[];
}

function treeOf(of: Repository, start: string | null, actions: readonly Action[]): string {
  const { git } = of;
  let tree = start === null ? null : git.commit(start)!.tree;
  for (const action of actions) {
    const path = action.file_path;
    checkPath(path);
    const old = tree === null ? null : lookUp(git, tree, path);
    const isFile = old?.type === "blob";
    if (
      action.last_commit_id !== undefined &&
      start !== null &&
      isFile &&
      lastChange(of, start, path) !== action.last_commit_id
    )
      throw new Problem("stale", `The file has changed since you started editing it: ${path}`);
    if (action.action === "create" && old)
      throw new Problem("invalid", "A file with this name already exists");
    if (action.action !== "create" && action.action !== "move" && !isFile)
      throw new Problem("invalid", "A file with this name doesn't exist");
    const oid = (): string =>
      git.write("blob", Buffer.from(action.content ?? "", action.encoding === "base64" ? "base64" : "utf8"));
    const mode = (kept: Mode): Mode =>
      action.execute_filemode === undefined ? kept : action.execute_filemode ? "100755" : "100644";
    const changes = new Map<string, { mode: Mode; oid: string } | null>();
    switch (action.action) {
      case "create":
        changes.set(path, { mode: mode("100644"), oid: oid() });
        break;
      case "update":
        changes.set(path, { mode: mode(old!.mode), oid: oid() });
        break;
      case "chmod":
        changes.set(path, { mode: action.execute_filemode ? "100755" : "100644", oid: old!.oid });
        break;
      case "delete":
        changes.set(path, null);
        break;
      case "move": {
        const from = tree === null ? null : lookUp(git, tree, action.previous_path ?? "");
        if (from?.type !== "blob") throw new Problem("invalid", "A file with this name doesn't exist");
        changes.set(from.path, null);
        changes.set(path, { mode: from.mode, oid: action.content === undefined ? from.oid : oid() });
      }
    }
    tree = editTree(git, tree, changes);
  }
  return tree ?? editTree(git, null, new Map());
}

function createCommit(x: Exchange): unknown {
  const of = projectOf(x);
  demand(of, x.account, "write");
  const given = argumentsOf<NewCommit>(x);
  const { branch: name, commit_message: message } = given;
  if (!name || message === undefined)
    throw new Problem("invalid", "branch is missing, commit_message is missing");
  const ref = `refs/heads/${name}`;
  const head = of.git.ref(ref);
  const rule = protectionOf(of, ref);
  if (rule) throw new Problem("forbidden", "You are not allowed to push into this branch");
  let start = head;
  if (given.start_branch !== undefined || given.start_sha !== undefined) {
    start =
      given.start_sha === undefined
        ? of.git.ref(`refs/heads/${given.start_branch}`)
        : resolve(of.git, given.start_sha);
    if (start === null)
      throw new Problem(
        "invalid",
        given.start_sha
          ? `Cannot find start_sha '${given.start_sha}'`
          : "Invalid reference name: start_branch",
      );
    if (head !== null && !given.force && given.start_branch !== name)
      throw new Problem(
        "invalid",
        `A branch called '${name}' already exists. Switch to that branch in order to make changes`,
      );
  } else if (head === null && of.git.refs().length > 0) {
    throw new Problem("invalid", "You can only create or edit files when you are on a branch");
  }
  const date = x.world.clock.now();
  const author = {
    ...person(x.account, date),
    ...(given.author_name === undefined ? {} : { name: given.author_name }),
    ...(given.author_email === undefined ? {} : { email: given.author_email }),
  };
  const oid = of.git.writeCommit({
    tree: treeOf(of, start, given.actions ?? []),
    parents: start === null ? [] : [start],
    author,
    committer: person(x.account, date),
    message,
    signature: null,
  });
  moveRef(x.world, of, ref, oid);
  x.world.notifications.written(x.account, of, message, "plain");
  return { ...commit(siteOf(x), of, oid), stats: { additions: 0, deletions: 0, total: 0 } };
}

const difference = (it: Difference): Record<string, unknown> => ({
  old_path: it.path,
  new_path: it.path,
  a_mode: it.before ? paddedMode(it.before.mode) : "0",
  b_mode: it.after ? paddedMode(it.after.mode) : "0",
  diff: "",
  new_file: it.before === null,
  renamed_file: false,
  deleted_file: it.after === null,
  generated_file: false,
  collapsed: false,
  too_large: false,
});

export const presentDifference = difference;

export const gitRoutes: Record<string, Handler> = {
  "GET /projects/{id}/repository/tree": (x) => {
    const entries = treeEntries(x, projectOf(x));
    if (x.query.get("pagination") === "keyset")
      return keyset(x, entries, (each) => each.oid + each.path, "page_token", treeEntry);
    return paged(x, x.truncate ? entries.slice(0, entries.length / 2) : entries, treeEntry);
  },
  "GET /projects/{id}/repository/files/{file_path}/raw": (x) => {
    const { content, entry } = file(x);
    return ok(content, {
      "content-type": "text/plain; charset=utf-8",
      "x-gitlab-blob-id": entry.oid,
      "x-gitlab-size": String(content.length),
    });
  },
  "GET /projects/{id}/repository/files/{file_path}": (x) => {
    const { of, entry, content, at } = file(x);
    const last = lastChange(of, at, entry.path);
    const about = {
      file_name: entry.path.split("/").at(-1),
      file_path: entry.path,
      size: content.length,
      encoding: "base64",
      content_sha256: "",
      ref: x.query.get("ref") ?? "HEAD",
      blob_id: entry.oid,
      commit_id: at,
      last_commit_id: last,
      execute_filemode: entry.mode === "100755",
      content: content.toString("base64"),
    };
    return ok(about, {
      "x-gitlab-blob-id": entry.oid,
      "x-gitlab-commit-id": at,
      "x-gitlab-last-commit-id": last,
      "x-gitlab-size": String(content.length),
      "x-gitlab-execute-filemode": String(entry.mode === "100755"),
    });
  },
  "GET /projects/{id}/repository/blobs/{sha}/raw": (x) => {
    const content = projectOf(x).git.blob(x.params["sha"]!);
    if (content === null) throw missing("Blob");
    return ok(content, { "content-type": "text/plain; charset=utf-8" });
  },
  "GET /projects/{id}/repository/blobs/{sha}": (x) => {
    const content = projectOf(x).git.blob(x.params["sha"]!);
    if (content === null) throw missing("Blob");
    return ok({
      size: content.length,
      encoding: "base64",
      content: content.toString("base64"),
      sha: x.params["sha"],
    });
  },
  "GET /projects/{id}/repository/branches": (x) => {
    const of = projectOf(x);
    const search = x.query.get("search");
    const found = branches(of).filter(([name]) => search === null || name.includes(search));
    return paged(x, found, ([name, oid]) => branch(siteOf(x), of, name, oid, x.account));
  },
  "GET /projects/{id}/repository/branches/{branch}": (x) => {
    const of = projectOf(x);
    const oid = of.git.ref(`refs/heads/${x.params["branch"]!}`);
    if (oid === null) throw missing("Branch");
    return ok(branch(siteOf(x), of, x.params["branch"]!, oid, x.account));
  },
  "POST /projects/{id}/repository/branches": (x) => {
    const of = projectOf(x);
    demand(of, x.account, "write");
    const { branch: name = "", ref = "" } = argumentsOf<{ branch: string; ref: string }>(x);
    if (of.git.ref(`refs/heads/${name}`) !== null) throw new Problem("invalid", "Branch already exists");
    const oid = resolve(of.git, ref);
    if (oid === null) throw new Problem("invalid", `Invalid reference name: ${ref}`);
    moveRef(x.world, of, `refs/heads/${name}`, oid);
    return created(branch(siteOf(x), of, name, oid, x.account));
  },
  "DELETE /projects/{id}/repository/branches/{branch}": (x) => {
    const of = projectOf(x);
    const name = x.params["branch"]!;
    if (of.git.ref(`refs/heads/${name}`) === null) throw missing("Branch");
    deleteRef(x.world, of, x.account, `refs/heads/${name}`);
    return noContent;
  },
  "GET /projects/{id}/repository/commits": (x) => {
    const of = projectOf(x);
    const [from, to] = (x.query.get("ref_name") ?? "HEAD").split("..");
    const list =
      to === undefined
        ? [...log(of.git, commitNamed(of, from!))]
        : ahead(of.git, commitNamed(of, from!), commitNamed(of, to));
    return paged(x, list, (oid) => commit(siteOf(x), of, oid));
  },
  "POST /projects/{id}/repository/commits": (x) => created(createCommit(x)),
  "GET /projects/{id}/repository/commits/{sha}": (x) => {
    const of = projectOf(x);
    return ok(commit(siteOf(x), of, commitNamed(of, x.params["sha"]!)));
  },
  "GET /projects/{id}/repository/commits/{sha}/diff": (x) => {
    const of = projectOf(x);
    const it = of.git.commit(commitNamed(of, x.params["sha"]!))!;
    const before = it.parents[0] === undefined ? null : of.git.commit(it.parents[0])!.tree;
    return paged(x, compareTrees(of.git, before, it.tree), difference);
  },
  "GET /projects/{id}/repository/merge_base": (x) => {
    const of = projectOf(x);
    const [a, b] = x.query.getAll("refs[]").map((each) => commitNamed(of, each)) as [string, string];
    const found = mergeBase(of.git, a, b);
    if (found === null) throw missing("Merge Base");
    return ok(commit(siteOf(x), of, found));
  },
  "GET /projects/{id}/repository/compare": (x) => {
    const of = projectOf(x);
    const [from, to] = [commitNamed(of, x.query.get("from") ?? ""), commitNamed(of, x.query.get("to") ?? "")];
    const straight = ["true", "1"].includes(x.query.get("straight") ?? "");
    const base = straight ? from : (mergeBase(of.git, from, to) ?? from);
    const list = ahead(of.git, from, to).reverse();
    return ok({
      commit: list.length === 0 ? null : commit(siteOf(x), of, to),
      commits: list.map((oid) => commit(siteOf(x), of, oid)),
      diffs: compareTrees(of.git, of.git.commit(base)!.tree, of.git.commit(to)!.tree).map(difference),
      compare_timeout: false,
      compare_same_ref: from === to || isAncestor(of.git, to, from),
      web_url: `${x.site}/-/compare/${from}...${to}`,
    });
  },
};
