/** GitLab, the public one or one's own. */
import type { FileMode } from "../../file-tree.ts";
import {
  ForgeError,
  type Comparison,
  type Decoration,
  type Forge,
  type Identity,
  type NewPullRequest,
  type PullRequest,
} from "../forge.ts";
import { keptEntries, MOST_FILES, objectTree, tooManyFiles, type ObjectEntry } from "../object-tree.ts";
import { NO_CACHE, type ObjectCache } from "../objects.ts";
import { gitLabClient, type GitLabApi, type GitLabOptions, type Query } from "./client.ts";
import { blobIds } from "./insides.ts";
import { tokenIn } from "../secrets.ts";
import { branchCommit, findProjects, lookUpProject, pullRequestOf, type MergeRequest } from "./projects.ts";

export function gitLab(options: GitLabOptions & { readonly cache?: ObjectCache }): Forge {
  const { api, query, usage, host } = gitLabClient(options);
  const cache = options.cache ?? NO_CACHE;
  /** What was asked for and not there, by merge request, until it is told. */
  const leftOut = new Map<string, readonly string[]>();
  return {
    kind: "gitlab",
    host: new URL(host).host,
    usage,
    identify: (need) => identify(api, need),
    find: (where) => findProjects(api, query, where),
    async tree(project, commit) {
      const key = `tree ${project} ${commit.id}`;
      const entries = await keptEntries(cache, key, () => list(api, project, commit.id));
      return objectTree(entries, (wanted) => fetchBlobs(api, project, wanted), cache);
    },
    lookUp: (project, branch) => lookUpProject(api, query, project, branch),
    compare: (project, base, branch) => compare(api, query, project, base, branch),
    async commit(project, { branch, base, expected, message, files }) {
      // GitLab cannot compare and move in one step: looked at right before.
      if (expected !== null && (await branchCommit(api, project, branch)) !== expected)
        throw new ForgeError("moved", `the branch of ${project} has moved`);
      const actions = files.flatMap(({ path, isNew, content, modeChanges }) => [
        {
          action: isNew ? "create" : "update",
          filePath: path,
          content: Buffer.from(content).toString("base64"),
          encoding: "base64",
        },
        ...(modeChanges ? [{ action: "chmod", filePath: path, executeFilemode: true }] : []),
      ]);
      const made = await api.Commits.create(project, branch, message, actions as never, {
        startSha: base.id,
        ...(expected !== null && { force: true }),
      });
      return made.id;
    },
    async openPullRequest(project, request) {
      const { pullRequest, missing } = await open(api, project, request);
      leftOut.set(`${project}!${pullRequest.number}`, missing);
      return pullRequest;
    },
    async updatePullRequest(project, number, { title, body, state, comment }) {
      await api.MergeRequests.edit(project, number, {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { description: body }),
        ...(state !== undefined && { stateEvent: state === "closed" ? "close" : "reopen" }),
      } as never);
      if (comment !== undefined) await api.MergeRequestNotes.create(project, number, comment);
    },
    async decorate(project, { number }, decoration) {
      const key = `${project}!${number}`;
      const told = leftOut.get(key);
      leftOut.delete(key);
      // It was given all of it when it was opened.
      if (told !== undefined) return told;
      const { fields, missing } = await fieldsOf(api, project, decoration);
      if (Object.keys(fields).length > 0) await api.MergeRequests.edit(project, number, fields as never);
      return missing;
    },
    async deleteBranch(project, branch, expected) {
      if ((await branchCommit(api, project, branch)) !== expected) return;
      try {
        await api.Branches.remove(project, branch);
      } catch (error) {
        if (!(error instanceof ForgeError && ["missing", "refused", "forbidden"].includes(error.code)))
          throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** `GITLAB_TOKEN`. Throws a {@link ForgeError}. */
export function gitLabToken(env: Readonly<Record<string, string | undefined>>): string {
  const hint = "Set GITLAB_TOKEN to one with the scope api.";
  const token = env["GITLAB_TOKEN"];
  if (token) return tokenIn(token, hint);
  throw new ForgeError("signed-out", "there is no token for GitLab", hint);
}

async function identify(api: GitLabApi, need: "read" | "write"): Promise<Identity> {
  const user = await api.Users.showCurrentUser();
  const scopes = await scopesOf(api);
  const enough = need === "write" ? ["api"] : ["api", "read_api"];
  if (scopes !== null && !scopes.some((scope) => enough.includes(scope))) {
    throw new ForgeError(
      "forbidden",
      `the token of ${user.username} may not do enough: it has the scopes ${scopes.join(", ")}`,
      `Make a token with the scope ${enough.at(-1)}.`,
    );
  }
  return { login: user.username, scopes, version: null };
}

/** Null for tokens that cannot look at themselves. */
async function scopesOf(api: GitLabApi): Promise<readonly string[] | null> {
  try {
    const { scopes } = (await api.PersonalAccessTokens.show()) as unknown as { scopes?: readonly string[] };
    return scopes ?? null;
  } catch (error) {
    if (error instanceof ForgeError && ["missing", "forbidden", "refused"].includes(error.code)) return null;
    throw error;
  }
}

async function list(api: GitLabApi, project: string, commit: string): Promise<ObjectEntry[]> {
  const all = await api.Repositories.allRepositoryTrees(project, {
    ref: commit,
    recursive: true,
    perPage: 100,
    pagination: "keyset",
    maxPages: MOST_FILES / 100 + 1,
  } as never);
  if (all.length > MOST_FILES) throw tooManyFiles(project);
  return all.flatMap(({ id, path, mode }) => {
    const known = MODES[mode];
    return known === undefined ? [] : [{ id, path, mode: known }];
  });
}

/** One by one: GitLab has no other way. */
async function fetchBlobs(
  api: GitLabApi,
  project: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  await Promise.all(
    ids.map(async (id) => {
      try {
        found.set(id, (await api.Repositories.showBlobRaw(project, id)) as unknown as Uint8Array);
      } catch (error) {
        if (!(error instanceof ForgeError && error.code === "too-large")) throw error;
      }
    }),
  );
  return found;
}

async function compare(
  api: GitLabApi,
  query: Query,
  project: string,
  base: string,
  branch: string,
): Promise<Comparison> {
  const { commits, diffs } = (await api.Repositories.compare(project, base, branch)) as unknown as {
    commits: readonly { id: string; message: string }[];
    diffs: readonly { new_path: string; deleted_file: boolean }[];
  };
  const mergeBase = (await api.Repositories.mergeBase(project, [base, branch])) as unknown as { id: string };
  const left = (diffs ?? []).filter((each) => !each.deleted_file).map((each) => each.new_path);
  const blobs = left.length === 0 ? new Map<string, string>() : await blobIds(query, project, branch, left);
  return {
    mergeBase: mergeBase.id,
    // GitLab tells addresses, not accounts; the digest in the message tells ours.
    commits: (commits ?? []).map(({ id, message }) => ({ id, message, author: null, committer: null })),
    files: (diffs ?? []).map(({ new_path: path }) => ({ path, blob: blobs.get(path) ?? null })),
    truncated: (diffs ?? []).length >= MOST_COMPARED,
  };
}

async function open(
  api: GitLabApi,
  project: string,
  { branch, base, title, body, draft, decoration }: NewPullRequest,
): Promise<{ readonly pullRequest: PullRequest; readonly missing: readonly string[] }> {
  const { fields, missing } = await fieldsOf(api, project, decoration);
  const made = await api.MergeRequests.create(project, branch, base, draft ? `Draft: ${title}` : title, {
    description: body,
    ...fields,
  } as never);
  return { pullRequest: pullRequestOf(made as unknown as MergeRequest), missing };
}

async function fieldsOf(
  api: GitLabApi,
  project: string,
  { labels, reviewers, assignees, milestone }: Decoration,
): Promise<{ readonly fields: Readonly<Record<string, unknown>>; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const ids = async (names: readonly string[]): Promise<number[]> => {
    const found = await Promise.all(names.map((name) => userId(api, name)));
    missing.push(...names.filter((_, i) => found[i] === null));
    return found.filter((id) => id !== null);
  };
  const reviewerIds = await ids(reviewers);
  const assigneeIds = await ids(assignees);
  const milestoneId = milestone === null ? null : await milestoneOf(api, project, milestone);
  if (milestone !== null && milestoneId === null) missing.push(milestone);
  const fields = {
    ...(labels.length > 0 && { labels: labels.join(",") }),
    ...(reviewerIds.length > 0 && { reviewerIds }),
    ...(assigneeIds.length > 0 && { assigneeIds }),
    ...(milestoneId !== null && { milestoneId }),
  };
  return { fields, missing };
}

/** Groups cannot review. */
async function userId(api: GitLabApi, name: string): Promise<number | null> {
  if (name.includes("/")) return null;
  const [user] = (await api.Users.all({ username: name, maxPages: 1 })) as unknown as { id: number }[];
  return user?.id ?? null;
}

async function milestoneOf(api: GitLabApi, project: string, title: string): Promise<number | null> {
  const [found] = (await api.ProjectMilestones.all(project, {
    title,
    state: "active",
    maxPages: 1,
  } as never)) as unknown as {
    id: number;
  }[];
  return found?.id ?? null;
}

const MODES: Readonly<Record<string, FileMode>> = {
  "100644": "file",
  "100755": "executable",
  "120000": "symlink",
};
/** What GitLab compares at most: https://docs.gitlab.com/administration/diff_limits/ */
const MOST_COMPARED = 1000;
