/** Commits made over an API. */
import type { Mode, Person } from "../git/objects.ts";
import { editTree, lookUp } from "../git/trees.ts";
import { demand } from "./access.ts";
import { Problem, type Account, type Repository } from "./model.ts";
import { moveRef, protectionOf } from "./refs.ts";
import type { World } from "./world.ts";

/** What stands in for the forge's own signature. */
export const FORGE_SIGNATURE =
  "-----BEGIN PGP SIGNATURE-----\n\nZm9yZ2UgZG91Ymxl\n-----END PGP SIGNATURE-----\n";

const WEB_FLOW = { name: "GitHub", email: "noreply@github.com" };

export const person = (account: Account, date: Date): Person => ({
  name: account.name,
  email: account.email,
  date,
});

export interface CommitOnBranch {
  readonly branch: string;
  readonly expectedHead: string;
  readonly message: string;
  readonly additions: readonly { readonly path: string; readonly contents: Buffer }[];
  readonly deletions: readonly string[];
}

/** GraphQL's `createCommitOnBranch`: one commit on top of what the branch is expected to be at. Signed by the forge. */
export function commitOnBranch(
  world: World,
  repository: Repository,
  by: Account,
  commit: CommitOnBranch,
): string {
  demand(repository, by, "write");
  const ref = `refs/heads/${commit.branch}`;
  const { git } = repository;
  const head = git.ref(ref);
  if (head === null) throw new Problem("not-found", `No such branch ${commit.branch}`);
  if (head !== commit.expectedHead)
    throw new Problem(
      "stale",
      `Expected branch to point to "${commit.expectedHead}" but it did not. Pull and try again.`,
    );
  if (protectionOf(repository, ref)?.requirePullRequest)
    throw new Problem("protected", "Changes must be made through a pull request.");
  const tree = git.commit(head)!.tree;
  const changes = new Map<string, { mode: Mode; oid: string } | null>();
  for (const path of commit.deletions) {
    if (lookUp(git, tree, path)?.type !== "blob")
      throw new Problem(
        "invalid",
        `A path was requested for deletion which does not exist as of commit oid \`${head}\`: ${path}`,
      );
    changes.set(path, null);
  }
  for (const { path, contents } of commit.additions) {
    checkPath(path);
    if (changes.has(path)) throw new Problem("invalid", `The path ${path} was given more than once`);
    // No mode can be given: the file is an ordinary one afterwards, whatever it was.
    changes.set(path, { mode: "100644", oid: git.write("blob", contents) });
  }
  const date = world.clock.now();
  const oid = git.writeCommit({
    tree: editTree(git, tree, changes),
    parents: [head],
    author: person(by, date),
    committer: { ...WEB_FLOW, date },
    message: commit.message,
    signature: FORGE_SIGNATURE,
  });
  moveRef(world, repository, ref, oid);
  world.notifications.written(by, repository, commit.message, "plain");
  return oid;
}

/** Paths that no forge takes. */
export function checkPath(path: string): void {
  const names = path.split("/");
  if (path === "" || names.some((name) => name === "" || name === "." || name === ".." || name === ".git"))
    throw new Problem("invalid", `path ${JSON.stringify(path)} is malformed`, "path");
}

/** A commit with files as given on top of a branch, as `git push` would bring it: no right is asked for. */
export function commitFiles(
  world: World,
  repository: Repository,
  by: Account,
  branch: string,
  files: Readonly<Record<string, string | Uint8Array | null>>,
  options: { readonly message?: string; readonly modes?: Readonly<Record<string, Mode>> } = {},
): string {
  const { git } = repository;
  const ref = `refs/heads/${branch}`;
  const head = git.ref(ref);
  const tree = head === null ? null : git.commit(head)!.tree;
  const changes = new Map(
    Object.entries(files).map(([path, content]) => {
      if (content === null) return [path, null] as const;
      const old = tree === null ? null : lookUp(git, tree, path);
      const mode = options.modes?.[path] ?? (old?.type === "blob" ? old.mode : "100644");
      return [path, { mode, oid: git.write("blob", Buffer.from(content as string)) }] as const;
    }),
  );
  const date = world.clock.now();
  const oid = git.writeCommit({
    tree: editTree(git, tree, changes),
    parents: head === null ? [] : [head],
    author: person(by, date),
    committer: person(by, date),
    message: options.message ?? `Change ${Object.keys(files).join(", ")}\n`,
    signature: null,
  });
  moveRef(world, repository, ref, oid);
  return oid;
}
