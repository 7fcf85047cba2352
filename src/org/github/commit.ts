/** One commit on a branch of ours. */
import { ForgeError, type Commit, type CommitRequest, type Comparison } from "../forge.ts";
import type { ObjectCache } from "../objects.ts";
import type { GitHubClient, GraphQLAnswer } from "./client.ts";
import { forgeError } from "./errors.ts";
import { BRANCH_AND_COMMIT, COMMIT_ONLY, UPDATE_REFS } from "./queries.ts";
import { split } from "./repositories.ts";
import { entriesOf } from "./tree.ts";

/**
 * With `createCommitOnBranch`, whose commits GitHub signs, where that can be done: it knows no modes, and only adds to a
 * branch. Else with the Git data API, where GitHub signs those of Apps.
 * @param id of the repository.
 */
export async function makeCommit(
  client: GitHubClient,
  repository: string,
  id: string,
  request: CommitRequest,
): Promise<string> {
  const plain = request.files.every((file) => file.mode === "file" && !file.modeChanges);
  const adds = request.expected === null || request.expected === request.base.id;
  if (plain && adds) {
    const commit = await signedCommit(client, repository, id, request);
    if (commit !== null) return commit;
  }
  const commit = await gitCommit(client, repository, request);
  await point(client, repository, id, request, commit);
  return commit;
}

/** Null where this Enterprise Server is too old for it. */
async function signedCommit(
  client: GitHubClient,
  repository: string,
  id: string,
  request: CommitRequest,
): Promise<string | null> {
  const doing = `commit to ${repository}`;
  const [headline, ...rest] = request.message.split("\n");
  const variables = {
    repository,
    branch: request.branch,
    base: request.base.id,
    headline,
    body: rest.join("\n").trim(),
    additions: request.files.map(({ path, content }) => ({
      path,
      contents: Buffer.from(content).toString("base64"),
    })),
  };
  let answer: GraphQLAnswer<{ createCommitOnBranch: { commit: { oid: string } } | null }>;
  try {
    answer =
      request.expected === null
        ? await client.mutate(
            doing,
            BRANCH_AND_COMMIT,
            { id, ref: `refs/heads/${request.branch}`, ...variables },
            2,
          )
        : await client.mutate(doing, COMMIT_ONLY, variables);
  } catch (error) {
    if (error instanceof ForgeError && error.code === "invalid") return null;
    throw error;
  }
  const commit = answer.data?.createCommitOnBranch?.commit.oid;
  if (commit !== undefined) return commit;
  throw forgeError(Object.assign(new Error("GraphQL"), { errors: answer.errors }), { doing, isWrite: true });
}

/** A commit that no branch points to yet. */
async function gitCommit(client: GitHubClient, repository: string, request: CommitRequest): Promise<string> {
  const [owner, repo] = split(repository);
  const doing = `commit to ${repository}`;
  const { data: tree } = await client.write(doing, "POST /repos/{owner}/{repo}/git/trees", {
    owner,
    repo,
    base_tree: request.base.tree,
    tree: request.files.map(({ path, content, mode }) => ({
      path,
      mode: mode === "executable" ? "100755" : "100644",
      type: "blob",
      content,
    })),
  });
  const { data: commit } = await client.write(doing, "POST /repos/{owner}/{repo}/git/commits", {
    owner,
    repo,
    message: request.message,
    tree: tree.sha,
    parents: [request.base.id],
  });
  return commit.sha as string;
}

/** Makes the branch, or moves it if it is still where it was seen. */
async function point(
  client: GitHubClient,
  repository: string,
  id: string,
  { branch, expected }: CommitRequest,
  commit: string,
): Promise<void> {
  const [owner, repo] = split(repository);
  const ref = `heads/${branch}`;
  if (expected === null) {
    const parameters = { owner, repo, ref: `refs/${ref}`, sha: commit };
    await client.write(`make the branch of ${repository}`, "POST /repos/{owner}/{repo}/git/refs", parameters);
    return;
  }
  const doing = `move the branch of ${repository}`;
  const updates = [{ name: `refs/${ref}`, beforeOid: expected, afterOid: commit, force: true }];
  try {
    const { errors } = await client.mutate(doing, UPDATE_REFS, { id, updates });
    if (errors.length > 0)
      throw forgeError(Object.assign(new Error("GraphQL"), { errors }), { doing, isWrite: true });
  } catch (error) {
    if (!(error instanceof ForgeError && error.code === "invalid")) throw error;
    // An old Enterprise Server cannot compare and move in one step: looked at right before.
    const { data } = await client.read(doing, "GET /repos/{owner}/{repo}/git/ref/{ref}", {
      owner,
      repo,
      ref,
    });
    if (data.object.sha !== expected) throw new ForgeError("moved", `cannot ${doing}: it has moved`);
    const parameters = { owner, repo, ref, sha: commit, force: true };
    await client.write(doing, "PATCH /repos/{owner}/{repo}/git/refs/{ref}", parameters);
  }
}

/** A ref that goes away only from where it was seen. */
export async function removeBranch(
  client: GitHubClient,
  repository: string,
  id: string,
  branch: string,
  expected: string,
): Promise<void> {
  const doing = `delete the branch of ${repository}`;
  const updates = [{ name: `refs/heads/${branch}`, beforeOid: expected, afterOid: NOWHERE, force: true }];
  try {
    const { errors } = await client.mutate(doing, UPDATE_REFS, { id, updates });
    if (errors.length > 0)
      throw forgeError(Object.assign(new Error("GraphQL"), { errors }), { doing, isWrite: true });
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    // Somebody moved it, or it is gone: it is not ours to delete. An old server keeps it.
    if (!["moved", "missing", "invalid", "refused"].includes(error.code)) throw error;
  }
}

export async function compareBranches(
  client: GitHubClient,
  cache: ObjectCache,
  repository: string,
  base: string,
  branch: string,
): Promise<Comparison> {
  const [owner, repo] = split(repository);
  const { data } = await client.read(
    `compare the branch of ${repository}`,
    "GET /repos/{owner}/{repo}/compare/{basehead}",
    { owner, repo, basehead: `${base}...${branch}`, per_page: 100 },
  );
  const compared = data as CompareAnswer;
  const files = compared.files ?? [];
  const isCut = files.length >= MOST_COMPARED_FILES;
  const last = compared.commits.at(-1);
  return {
    mergeBase: compared.merge_base_commit.sha,
    commits: compared.commits.map(({ sha, commit, author, committer }) => ({
      id: sha,
      message: commit.message,
      author: author?.login ?? null,
      committer: committer?.login ?? null,
    })),
    files:
      isCut && last !== undefined
        ? await differing(client, cache, repository, compared.merge_base_commit, last)
        : files.map(({ filename, sha, status }) => ({
            path: filename,
            blob: status === "removed" ? null : sha,
          })),
    truncated: compared.total_commits > compared.commits.length,
  };
}

/** GitHub tells the first 300 files of a comparison; the two trees tell all. */
async function differing(
  client: GitHubClient,
  cache: ObjectCache,
  repository: string,
  before: ComparedCommit,
  after: ComparedCommit,
): Promise<Comparison["files"]> {
  const [old, now] = await Promise.all(
    [before, after].map(async ({ commit }) => {
      const entries = await entriesOf(client, cache, repository, commit.tree.sha);
      return new Map(entries.map((entry) => [entry.path, entry]));
    }),
  );
  const changed = [...now!.values()].filter(
    ({ path, id, mode }) => old!.get(path)?.id !== id || old!.get(path)?.mode !== mode,
  );
  const gone = [...old!.keys()].filter((path) => !now!.has(path));
  return [
    ...changed.map(({ path, id }) => ({ path, blob: id })),
    ...gone.map((path) => ({ path, blob: null })),
  ];
}

interface ComparedCommit {
  readonly sha: Commit["id"];
  readonly commit: { readonly message: string; readonly tree: { readonly sha: string } };
}

interface CompareAnswer {
  readonly merge_base_commit: ComparedCommit;
  readonly total_commits: number;
  readonly commits: readonly (ComparedCommit & {
    readonly author: { readonly login: string } | null;
    readonly committer: { readonly login: string } | null;
  })[];
  readonly files?: readonly { readonly filename: string; readonly sha: string; readonly status: string }[];
}

const NOWHERE = "0".repeat(40);
const MOST_COMPARED_FILES = 300;
