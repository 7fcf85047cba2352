/** Issues, pull requests and what belongs to them as GitHub's REST answers show them. */
import { commitsOf, filesOf, mergeable } from "../../world/pulls.ts";
import type { Comment, Issue, PullRequest, Repository, Review } from "../../world/model.ts";
import { permission } from "../../world/access.ts";
import { fullName } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { label, milestone, repository, team, time, timeOrNull, user, type Site } from "./present.ts";
import { diffEntry } from "./present-git.ts";

function association(issue: Issue): string {
  if (issue.author === issue.repository.owner) return "OWNER";
  return permission(issue.repository, issue.author) === "read" ? "NONE" : "MEMBER";
}

function common(at: Site, it: Issue): Record<string, unknown> {
  const of = it.repository;
  return {
    number: it.number,
    state: it.state,
    locked: it.locked,
    title: it.title,
    user: user(at, it.author),
    body: it.body === "" ? null : it.body,
    created_at: time(it.createdAt),
    updated_at: time(it.updatedAt),
    closed_at: timeOrNull(it.closedAt),
    assignee: [...it.assignees].map((each) => user(at, each))[0] ?? null,
    assignees: [...it.assignees].map((each) => user(at, each)),
    labels: [...it.labels].map((each) => label(at, each, of)),
    milestone: it.milestone ? milestone(at, it.milestone, of) : null,
    author_association: association(it),
    active_lock_reason: null,
  };
}

export function issue(at: Site, it: Issue): Record<string, unknown> {
  const api = `${at.api}/repos/${fullName(it.repository)}`;
  const url = `${api}/issues/${it.number}`;
  const page = `${at.site}/${fullName(it.repository)}`;
  const kind = it.pull ? "pull" : "issues";
  return {
    ...common(at, it),
    id: it.id,
    node_id: nodeId(it.pull ? "PR" : "I", it.id),
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${page}/${kind}/${it.number}`,
    comments: it.comments.length,
    ...(it.pull
      ? {
          draft: it.pull.draft,
          pull_request: {
            url: `${api}/pulls/${it.number}`,
            html_url: `${page}/pull/${it.number}`,
            diff_url: `${page}/pull/${it.number}.diff`,
            patch_url: `${page}/pull/${it.number}.patch`,
            merged_at: timeOrNull(it.pull.mergedAt),
          },
        }
      : {}),
    closed_by: it.closedBy ? user(at, it.closedBy) : null,
    state_reason: null,
  };
}

/** As it stands in lists. */
export function pullSimple(at: Site, it: PullRequest): Record<string, unknown> {
  const api = `${at.api}/repos/${fullName(it.repository)}`;
  const url = `${api}/pulls/${it.number}`;
  const issueUrl = `${api}/issues/${it.number}`;
  const page = `${at.site}/${fullName(it.repository)}/pull/${it.number}`;
  const { pull } = it;
  const links = {
    self: url,
    html: page,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${url}/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
  };
  return {
    url,
    id: it.id,
    node_id: nodeId("PR", it.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    ...common(at, it),
    merged_at: timeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit,
    draft: pull.draft,
    requested_reviewers: [...pull.reviewers].map((each) => user(at, each)),
    requested_teams: [...pull.teams].map((each) => team(at, each)),
    head: branch(at, pull.headRepository, pull.head, pull.headSha, it),
    base: branch(at, it.repository, pull.base, pull.baseSha, it),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    auto_merge: null,
  };
}

export function pull(at: Site, it: PullRequest): Record<string, unknown> {
  const can = mergeable(it);
  const files = filesOf(it).map((file) => diffEntry(at, it.repository, it.pull.headSha, file));
  const sum = (key: string): number => files.reduce((total, file) => total + (file[key] as number), 0);
  return {
    ...pullSimple(at, it),
    merged: it.pull.mergedAt !== null,
    mergeable: can,
    rebaseable: can,
    mergeable_state: can === null ? "unknown" : !can ? "dirty" : it.pull.draft ? "draft" : "clean",
    merged_by: it.pull.mergedBy ? user(at, it.pull.mergedBy) : null,
    comments: it.comments.length,
    review_comments: 0,
    maintainer_can_modify: it.pull.maintainerCanModify,
    commits: commitsOf(it).length,
    additions: sum("additions"),
    deletions: sum("deletions"),
    changed_files: files.length,
  };
}

function branch(at: Site, of: Repository, ref: string, sha: string, it: Issue): Record<string, unknown> {
  return {
    label: `${of.owner.login}:${ref}`,
    ref,
    sha,
    user: user(at, of.owner),
    repo: repository(at, of, it.author),
  };
}

export function comment(at: Site, on: Issue, it: Comment): Record<string, unknown> {
  const api = `${at.api}/repos/${fullName(on.repository)}/issues`;
  const kind = on.pull ? "pull" : "issues";
  return {
    id: it.id,
    node_id: nodeId("IC", it.id),
    url: `${api}/comments/${it.id}`,
    html_url: `${at.site}/${fullName(on.repository)}/${kind}/${on.number}#issuecomment-${it.id}`,
    issue_url: `${api}/${on.number}`,
    body: it.body,
    user: user(at, it.author),
    created_at: time(it.createdAt),
    updated_at: time(it.updatedAt),
    author_association: "MEMBER",
  };
}

export function review(at: Site, on: PullRequest, it: Review): Record<string, unknown> {
  const url = `${at.api}/repos/${fullName(on.repository)}/pulls/${on.number}`;
  const page = `${at.site}/${fullName(on.repository)}/pull/${on.number}#pullrequestreview-${it.id}`;
  return {
    id: it.id,
    node_id: nodeId("PRR", it.id),
    user: user(at, it.author),
    body: it.body,
    state: it.state,
    html_url: page,
    pull_request_url: url,
    author_association: "MEMBER",
    _links: { html: { href: page }, pull_request: { href: url } },
    submitted_at: time(it.submittedAt),
    commit_id: it.sha,
  };
}
