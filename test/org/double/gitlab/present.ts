/** Projects, merge requests and what belongs to them as GitLab's REST answers show them. */
import { mergeBase } from "../git/history.ts";
import { permission } from "../world/access.ts";
import { mergeable } from "../world/pulls.ts";
import type {
  Account,
  CheckRun,
  Comment,
  Milestone,
  Permission,
  PullRequest,
  Repository,
} from "../world/model.ts";
import { protectionOf } from "../world/refs.ts";
import { defaultBranch, fullName, isPull, type World } from "../world/world.ts";

export interface Site {
  readonly api: string;
  readonly site: string;
  readonly world: World;
}

export const time = (date: Date): string => date.toISOString();

export const LEVEL: Record<Permission, number> = { read: 20, triage: 20, write: 30, maintain: 40, admin: 50 };

export function user({ site }: Site, it: Account): Record<string, unknown> {
  return {
    id: it.id,
    username: it.login,
    name: it.name,
    state: "active",
    locked: false,
    avatar_url: null,
    web_url: `${site}/${it.login}`,
  };
}

export function group({ site }: Site, it: Account): Record<string, unknown> {
  return {
    id: it.id,
    web_url: `${site}/groups/${it.login}`,
    name: it.login.split("/").at(-1),
    path: it.login.split("/").at(-1),
    full_path: it.login,
    full_name: it.login.replaceAll("/", " / "),
    description: "",
    visibility: "public",
    archived: false,
    parent_id: null,
    created_at: time(it.createdAt),
  };
}

export function project(at: Site, it: Repository, viewer: Account | null): Record<string, unknown> {
  const name = fullName(it);
  const level = permission(it, viewer);
  const empty = it.git.refs().length === 0;
  return {
    id: it.id,
    description: it.description,
    name: it.name,
    name_with_namespace: `${it.owner.name} / ${it.name}`,
    path: it.name,
    path_with_namespace: name,
    created_at: time(it.createdAt),
    default_branch: empty ? null : defaultBranch(it),
    tag_list: it.topics,
    topics: it.topics,
    ssh_url_to_repo: `git@${new URL(at.site).hostname}:${name}.git`,
    http_url_to_repo: `${at.site}/${name}.git`,
    web_url: `${at.site}/${name}`,
    readme_url: null,
    forks_count: 0,
    star_count: 0,
    avatar_url: null,
    last_activity_at: time(it.pushedAt),
    updated_at: time(it.updatedAt),
    namespace: {
      id: it.owner.id,
      name: it.owner.name,
      path: it.owner.login.split("/").at(-1),
      kind: it.owner.type === "User" ? "user" : "group",
      full_path: it.owner.login,
      parent_id: null,
      avatar_url: null,
      web_url: `${at.site}/${it.owner.login}`,
    },
    empty_repo: empty,
    archived: it.archived,
    visibility: it.private ? "private" : "public",
    issues_access_level: it.hasIssues ? "enabled" : "disabled",
    merge_requests_access_level: "enabled",
    merge_requests_enabled: true,
    repository_access_level: it.disabled ? "disabled" : "enabled",
    only_allow_merge_if_pipeline_succeeds: false,
    remove_source_branch_after_merge: false,
    merge_method: "merge",
    squash_option: "default_off",
    open_issues_count: 0,
    ...(it.fork ? { forked_from_project: { id: 1, path_with_namespace: "upstream/project" } } : {}),
    permissions: {
      project_access:
        level === null || (level === "read" && it.permissions)
          ? null
          : { access_level: LEVEL[level], notification_level: 3 },
      group_access: null,
    },
  };
}

export function commit(at: Site, of: Repository, oid: string): Record<string, unknown> {
  const it = of.git.commit(oid)!;
  return {
    id: oid,
    short_id: oid.slice(0, 8),
    created_at: time(it.committer.date),
    parent_ids: it.parents,
    title: it.message.split("\n")[0],
    message: it.message,
    author_name: it.author.name,
    author_email: it.author.email,
    authored_date: time(it.author.date),
    committer_name: it.committer.name,
    committer_email: it.committer.email,
    committed_date: time(it.committer.date),
    trailers: {},
    extended_trailers: {},
    web_url: `${at.site}/${fullName(of)}/-/commit/${oid}`,
  };
}

export function branch(
  at: Site,
  of: Repository,
  name: string,
  oid: string,
  viewer: Account,
): Record<string, unknown> {
  const rule = protectionOf(of, `refs/heads/${name}`);
  const level = permission(of, viewer);
  return {
    name,
    commit: commit(at, of, oid),
    merged: false,
    protected: rule !== null,
    developers_can_push: false,
    developers_can_merge: false,
    can_push: rule === null && level !== null && LEVEL[level] >= LEVEL.write && !of.archived,
    default: name === defaultBranch(of),
    web_url: `${at.site}/${fullName(of)}/-/tree/${name}`,
  };
}

const state = (it: PullRequest): string =>
  it.pull.mergedAt ? "merged" : it.state === "open" ? "opened" : "closed";

export function mergeRequest(at: Site, it: PullRequest): Record<string, unknown> {
  const { pull, repository: of } = it;
  const can = mergeable(it);
  return {
    id: it.id,
    iid: it.number,
    project_id: of.id,
    title: it.title,
    description: it.body,
    state: state(it),
    created_at: time(it.createdAt),
    updated_at: time(it.updatedAt),
    merged_by: pull.mergedBy && user(at, pull.mergedBy),
    merge_user: pull.mergedBy && user(at, pull.mergedBy),
    merged_at: pull.mergedAt && time(pull.mergedAt),
    closed_by: !pull.mergedAt && it.closedBy ? user(at, it.closedBy) : null,
    closed_at: !pull.mergedAt && it.closedAt ? time(it.closedAt) : null,
    target_branch: pull.base,
    source_branch: pull.head,
    user_notes_count: it.comments.length,
    upvotes: 0,
    downvotes: 0,
    author: user(at, it.author),
    assignees: [...it.assignees].map((each) => user(at, each)),
    assignee: [...it.assignees].map((each) => user(at, each))[0] ?? null,
    reviewers: [...pull.reviewers].map((each) => user(at, each)),
    source_project_id: pull.headRepository.id,
    target_project_id: of.id,
    labels: [...it.labels].map(({ name }) => name),
    draft: pull.draft,
    work_in_progress: pull.draft,
    milestone: it.milestone && milestone(at, it.milestone, of),
    merge_when_pipeline_succeeds: false,
    merge_status: can === false ? "cannot_be_merged" : "can_be_merged",
    detailed_merge_status:
      it.state !== "open"
        ? "not_open"
        : can === false
          ? "conflict"
          : pull.draft
            ? "draft_status"
            : "mergeable",
    sha: pull.headSha,
    merge_commit_sha: pull.mergeCommit,
    squash_commit_sha: null,
    should_remove_source_branch: null,
    force_remove_source_branch: false,
    reference: `!${it.number}`,
    references: { short: `!${it.number}`, relative: `!${it.number}`, full: `${fullName(of)}!${it.number}` },
    web_url: `${at.site}/${fullName(of)}/-/merge_requests/${it.number}`,
    squash: false,
    has_conflicts: can === false,
    blocking_discussions_resolved: true,
  };
}

export const approversOf = ({ pull }: PullRequest): Account[] =>
  pull.reviews.filter((each) => each.state === "APPROVED").map(({ author }) => author);

/** One by itself: lists leave out what is not in the database. */
export function mergeRequestInFull(at: Site, it: PullRequest): Record<string, unknown> {
  const { pull, repository: of } = it;
  const start = mergeBase(of.git, pull.baseSha, pull.headSha);
  return {
    ...mergeRequest(at, it),
    diff_refs: { base_sha: start, head_sha: pull.headSha, start_sha: pull.baseSha },
    head_pipeline: pipeline(at, it),
    user: { can_merge: true },
  };
}

const checksOf = ({ repository, pull }: PullRequest): CheckRun[] =>
  repository.checks.filter(({ sha }) => sha === pull.headSha);

/** From the commit's checks, as GitLab would have run them. */
export function pipelineStatus(it: PullRequest): "failed" | "running" | "success" | null {
  const checks = checksOf(it);
  if (checks.length === 0) return null;
  if (checks.some(({ conclusion }) => conclusion === "failure")) return "failed";
  return checks.some(({ status }) => status !== "completed") ? "running" : "success";
}

export function pipeline(at: Site, it: PullRequest): Record<string, unknown> | null {
  const checks = checksOf(it);
  const status = pipelineStatus(it);
  if (status === null) return null;
  const { repository: of, pull } = it;
  return {
    id: checks[0]!.id,
    sha: pull.headSha,
    ref: pull.head,
    status,
    web_url: `${at.site}/${fullName(of)}/-/pipelines/${checks[0]!.id}`,
    created_at: time(checks[0]!.startedAt),
    updated_at: time(checks[0]!.startedAt),
  };
}

export function milestone(at: Site, it: Milestone, of: Repository): Record<string, unknown> {
  return {
    id: it.id,
    iid: it.number,
    project_id: of.id,
    title: it.title,
    description: "",
    state: it.state === "open" ? "active" : "closed",
    created_at: time(of.createdAt),
    updated_at: time(of.createdAt),
    due_date: null,
    start_date: null,
    expired: false,
    web_url: `${at.site}/${fullName(of)}/-/milestones/${it.number}`,
  };
}

export function note(at: Site, on: PullRequest, it: Comment): Record<string, unknown> {
  return {
    id: it.id,
    type: null,
    body: it.body,
    author: user(at, it.author),
    created_at: time(it.createdAt),
    updated_at: time(it.updatedAt),
    system: false,
    noteable_id: on.id,
    noteable_type: isPull(on) ? "MergeRequest" : "Issue",
    noteable_iid: on.number,
    project_id: on.repository.id,
    resolvable: false,
    confidential: false,
    internal: false,
  };
}
