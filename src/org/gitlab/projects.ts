/** Projects and merge requests as GitLab's REST API lists them. */
import { ForgeError, type PullRequest, type Repository, type Standing, type Where } from "../forge.ts";
import type { GitLabApi, Query } from "./client.ts";
import { lookInto, lookIntoOne, type Inside } from "./insides.ts";

const PAGE = 100;

export async function* findProjects(api: GitLabApi, query: Query, where: Where): AsyncGenerator<Repository> {
  const seen = new Set<number>();
  for await (const { projects, pullRequests } of pages(api, where)) {
    const some = projects.filter(({ id }) => !seen.has(id));
    for (const { id } of some) seen.add(id);
    const insides = await lookInto(
      query,
      some.map(({ id }) => id),
      where.branch,
    );
    const listed = pullRequests ?? (await ofEach(api, [...insides.values()], where.branch));
    for (const project of some)
      yield repositoryOf(project, insides.get(project.id), listed.get(project.id) ?? []);
  }
}

interface Page {
  readonly projects: readonly Project[];
  /** Null where they are not known for all of them together. */
  readonly pullRequests: ReadonlyMap<number, readonly PullRequest[]> | null;
}

async function* pages(api: GitLabApi, where: Where): AsyncGenerator<Page> {
  if (where.names.length > 0) {
    for (let start = 0; start < where.names.length; start += PAGE) {
      const projects: Project[] = [];
      for (const name of where.names.slice(start, start + PAGE))
        projects.push((await api.Projects.show(name)) as unknown as Project);
      yield { projects, pullRequests: null };
    }
    return;
  }
  const groups =
    where.teams.length > 0 ? where.teams.map((team) => `${where.owner}/${team}`) : [where.owner!];
  for (const group of groups) {
    const isGroup = await exists(() => api.Groups.show(group, { withProjects: false } as never));
    if (!isGroup && where.teams.length > 0)
      throw new ForgeError("missing", `there is no group ${group}`, "Check the spelling.");
    const requests: MergeRequest[] = [];
    if (isGroup) {
      const all = { groupId: group, ...ours(where.branch), scope: "all" };
      requests.push(...((await api.MergeRequests.all(all as never)) as unknown as MergeRequest[]));
    }
    const pullRequests = isGroup ? byProject(requests) : null;
    for (let page = 1; ; page++) {
      const paging = { page, perPage: PAGE, maxPages: 1, orderBy: "id", sort: "asc" };
      const projects = (await (isGroup
        ? api.Groups.allProjects(group, { ...paging, includeSubgroups: true, withShared: false } as never)
        : api.Users.allProjects(group, paging as never))) as unknown as Project[];
      yield { projects, pullRequests };
      if (projects.length < PAGE) break;
    }
  }
}

async function ofEach(
  api: GitLabApi,
  insides: readonly Inside[],
  branch: string,
): Promise<Map<number, PullRequest[]>> {
  const some = insides.filter(({ newest }) => newest !== null);
  const lists = await Promise.all(
    some.map(({ id }) => api.MergeRequests.all({ projectId: id, ...ours(branch), maxPages: 1 } as never)),
  );
  return byProject(lists.flat() as never);
}

export async function lookUpProject(
  api: GitLabApi,
  query: Query,
  name: string,
  branch: string,
): Promise<Standing> {
  const [inside, branchHead] = await Promise.all([
    lookIntoOne(query, name, branch),
    branchCommit(api, name, branch),
  ]);
  const { id, defaultBranch, head } = inside;
  if (defaultBranch === null || head === null) throw new ForgeError("missing", `${name} is empty`);
  return {
    defaultBranch,
    head: { id: head, tree: head },
    branchHead,
    pullRequests: faring((await ofEach(api, [inside], branch)).get(id) ?? [], inside),
  };
}

/** Null when there is no such branch. */
export async function branchCommit(api: GitLabApi, project: string, branch: string): Promise<string | null> {
  try {
    return (await api.Branches.show(project, branch)).commit.id;
  } catch (error) {
    if (error instanceof ForgeError && error.code === "missing") return null;
    throw error;
  }
}

function ours(branch: string) {
  return {
    sourceBranch: branch,
    state: "all",
    orderBy: "created_at",
    sort: "desc",
    perPage: PAGE,
  } as never as object;
}

async function exists(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof ForgeError && error.code === "missing") return false;
    throw error;
  }
}

interface Project {
  readonly id: number;
  readonly path_with_namespace: string;
  readonly web_url: string;
  readonly default_branch: string | null;
  readonly empty_repo?: boolean;
  readonly archived: boolean;
  readonly topics?: readonly string[];
  readonly last_activity_at: string;
  readonly repository_access_level?: string;
  readonly merge_requests_access_level?: string;
  readonly forked_from_project?: unknown;
  readonly permissions?: {
    readonly project_access: { readonly access_level: number } | null;
    readonly group_access: { readonly access_level: number } | null;
  };
}

export interface MergeRequest {
  readonly iid: number;
  readonly web_url: string;
  readonly state: "opened" | "closed" | "locked" | "merged";
  readonly draft: boolean;
  readonly title: string;
  readonly description: string | null;
  readonly author: { readonly username: string } | null;
  readonly sha: string | null;
  readonly source_project_id: number;
  readonly target_project_id: number;
  readonly target_branch: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly has_conflicts: boolean;
  readonly detailed_merge_status?: string;
  readonly labels: readonly string[];
  readonly assignees: readonly unknown[] | null;
  readonly reviewers: readonly unknown[] | null;
  readonly milestone: unknown;
}

function repositoryOf(
  project: Project,
  inside: Inside | undefined,
  pullRequests: readonly PullRequest[],
): Repository {
  const { head = null, language = null } = inside ?? {};
  const isOff =
    project.repository_access_level === "disabled" || project.merge_requests_access_level === "disabled";
  const access = project.permissions;
  const level = Math.max(access?.project_access?.access_level ?? 0, access?.group_access?.access_level ?? 0);
  return {
    name: project.path_with_namespace,
    url: project.web_url,
    defaultBranch: head === null ? null : project.default_branch,
    // GitLab tells no ids of trees.
    head: head === null ? null : { id: head, tree: head },
    archived: project.archived,
    disabled: isOff,
    fork: project.forked_from_project != null,
    template: false,
    topics: project.topics ?? [],
    language,
    pushedAt: project.last_activity_at,
    canPush: access === undefined ? null : level >= DEVELOPER,
    pullRequests: faring(pullRequests, inside),
  };
}

/** Lists tell neither pipelines nor who has approved. */
function faring(pullRequests: readonly PullRequest[], inside: Inside | undefined): readonly PullRequest[] {
  return pullRequests.map((each) => {
    if (inside?.newest?.number !== each.number) return each;
    const { pipeline, isApproved } = inside.newest;
    return {
      ...each,
      checks: pipeline === null ? each.checks : (CHECKS[pipeline] ?? "none"),
      review: isApproved && each.review === "none" ? "approved" : each.review,
    };
  });
}

/** Newest first; those from forks are somebody else's. */
function byProject(requests: readonly MergeRequest[]): Map<number, PullRequest[]> {
  const found = new Map<number, PullRequest[]>();
  const newest = requests.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
  for (const request of newest) {
    if (request.source_project_id !== request.target_project_id) continue;
    const list = found.get(request.target_project_id);
    if (list) list.push(pullRequestOf(request));
    else found.set(request.target_project_id, [pullRequestOf(request)]);
  }
  return found;
}

export function pullRequestOf(request: MergeRequest): PullRequest {
  const status = request.detailed_merge_status ?? "";
  const states = { opened: "open", locked: "open", closed: "closed", merged: "merged" } as const;
  return {
    number: request.iid,
    url: request.web_url,
    state: states[request.state],
    draft: request.draft,
    title: request.title,
    body: request.description ?? "",
    author: request.author?.username ?? null,
    head: request.sha ?? "",
    base: request.target_branch,
    createdAt: request.created_at,
    updatedAt: request.updated_at,
    conflicts: request.has_conflicts,
    checks: CHECKS[status] ?? "none",
    review: REVIEWS[status] ?? "none",
    labels: request.labels,
    decorated:
      request.labels.length + (request.assignees?.length ?? 0) + (request.reviewers?.length ?? 0) > 0 ||
      request.milestone !== null,
  };
}

const DEVELOPER = 30;
const CHECKS: Readonly<Record<string, PullRequest["checks"]>> = {
  success: "passed",
  failed: "failed",
  canceled: "failed",
  running: "pending",
  pending: "pending",
  created: "pending",
  preparing: "pending",
  waiting_for_resource: "pending",
  scheduled: "pending",
  ci_still_running: "pending",
  ci_must_pass: "failed",
};
const REVIEWS: Readonly<Record<string, PullRequest["review"]>> = {
  not_approved: "required",
  requested_changes: "changes-requested",
};
