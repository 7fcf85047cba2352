/** Issues and pull requests: made, changed, discussed, closed, merged. */
import { ahead, mergeBase, mergeTree } from "../git/history.ts";
import { compareTrees, type Difference } from "../git/trees.ts";
import { demand, may } from "./access.ts";
import { FORGE_SIGNATURE, person } from "./commits.ts";
import {
  Problem,
  type Account,
  type Comment,
  type Issue,
  type Label,
  type Milestone,
  type Pull,
  type PullRequest,
  type Repository,
  type Review,
  type Team,
} from "./model.ts";
import { moveRef, protectionOf } from "./refs.ts";
import { fullName, pullsOf, type World } from "./world.ts";

export interface NewPull {
  readonly title: string;
  readonly body: string;
  readonly base: string;
  readonly head: string;
  readonly headRepository?: Repository;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
}

export function createPull(world: World, repository: Repository, by: Account, wanted: NewPull): PullRequest {
  demand(repository, by, "read");
  if (repository.archived) throw new Problem("archived", "Repository was archived so is read-only.");
  const from = wanted.headRepository ?? repository;
  if (wanted.title.trim() === "") throw new Problem("invalid", "title can't be blank", "title");
  if (wanted.body.length > 65536)
    throw new Problem("invalid", "body is too long (maximum is 65536 characters)", "body");
  const baseSha = repository.git.ref(`refs/heads/${wanted.base}`);
  if (baseSha === null) throw new Problem("invalid", "base is invalid", "base");
  const headSha = from.git.ref(`refs/heads/${wanted.head}`);
  if (headSha === null) throw new Problem("invalid", "head is invalid", "head");
  if (wanted.draft && !repository.allowsDrafts)
    throw new Problem("invalid", "Draft pull requests are not supported in this repository.");
  if (from === repository && !may(repository, by, "write"))
    throw new Problem("forbidden", "must be a collaborator");
  const open = pullsOf(repository).some(
    ({ state, pull }) =>
      state === "open" &&
      pull.head === wanted.head &&
      pull.headRepository === from &&
      pull.base === wanted.base,
  );
  if (open)
    throw new Problem(
      "duplicate-pull",
      `A pull request already exists for ${from.owner.login}:${wanted.head}.`,
    );
  repository.git.take(from.git, headSha);
  if (ahead(repository.git, baseSha, headSha).length === 0)
    throw new Problem("no-commits", `No commits between ${wanted.base} and ${wanted.head}`);
  const pull: Pull = {
    draft: wanted.draft,
    base: wanted.base,
    head: wanted.head,
    headRepository: from,
    headSha,
    baseSha,
    mergedAt: null,
    mergedBy: null,
    mergeCommit: null,
    maintainerCanModify: wanted.maintainerCanModify,
    reviewers: new Set(),
    teams: new Set(),
    reviews: [],
  };
  return createIssue(world, repository, by, wanted.title, wanted.body, pull) as PullRequest;
}

export function createIssue(
  world: World,
  repository: Repository,
  by: Account,
  title: string,
  body: string,
  pull: Pull | null = null,
): Issue {
  const now = world.clock.now();
  const issue: Issue = {
    id: world.id(),
    number: repository.nextNumber++,
    repository,
    author: by,
    title,
    body,
    state: "open",
    locked: false,
    labels: new Set(),
    assignees: new Set(),
    milestone: null,
    comments: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull,
  };
  world.addIssue(issue);
  // Titles are not looked through for mentions.
  world.notifications.written(by, repository, body, "markdown");
  return issue;
}

export interface IssueUpdate {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
  readonly base?: string;
  readonly labels?: readonly Label[];
  readonly assignees?: readonly Account[];
  readonly milestone?: Milestone | null;
  readonly draft?: boolean;
  readonly maintainerCanModify?: boolean;
}

export function updateIssue(world: World, issue: Issue, by: Account, update: IssueUpdate): void {
  const { repository, pull } = issue;
  demand(repository, by, "read");
  if (by !== issue.author) demand(repository, by, "triage");
  if (update.body !== undefined && update.body.length > 65536)
    throw new Problem("invalid", "body is too long (maximum is 65536 characters)", "body");
  if (update.title?.trim() === "") throw new Problem("invalid", "title can't be blank", "title");
  if (update.state === "open" && issue.state === "closed" && pull) reopen(issue as PullRequest);
  if (pull && update.base !== undefined) {
    const sha = repository.git.ref(`refs/heads/${update.base}`);
    if (sha === null) throw new Problem("invalid", "base is invalid", "base");
    pull.base = update.base;
    pull.baseSha = sha;
  }
  if (pull && update.draft !== undefined) {
    if (update.draft && !repository.allowsDrafts)
      throw new Problem("invalid", "Draft pull requests are not supported in this repository.");
    pull.draft = update.draft;
  }
  if (pull && update.maintainerCanModify !== undefined) pull.maintainerCanModify = update.maintainerCanModify;
  const now = world.clock.now();
  if (update.state !== undefined && update.state !== issue.state) {
    issue.state = update.state;
    issue.closedAt = update.state === "closed" ? now : null;
    issue.closedBy = update.state === "closed" ? by : null;
  }
  if (update.title !== undefined) issue.title = update.title;
  if (update.body !== undefined && update.body !== issue.body) {
    issue.body = update.body;
    world.notifications.written(by, repository, update.body, "markdown");
  }
  if (update.labels) replace(issue.labels, update.labels);
  if (update.assignees) {
    const before = new Set(issue.assignees);
    replace(issue.assignees, update.assignees);
    for (const each of update.assignees)
      if (!before.has(each) && each !== by)
        world.notifications.requested(by, repository, each.login, "assigned");
  }
  if (update.milestone !== undefined) issue.milestone = update.milestone;
  issue.updatedAt = now;
}

function reopen(request: PullRequest): void {
  const { pull, repository } = request;
  if (pull.mergedAt) throw new Problem("invalid", "Cannot reopen a merged pull request", "state");
  const sha = pull.headRepository.git.ref(`refs/heads/${pull.head}`);
  if (sha === null)
    throw new Problem("invalid", "state cannot be changed. The head branch was deleted.", "state");
  const again = pullsOf(repository).find((each) => each.state === "open" && each.pull.head === pull.head);
  if (again)
    throw new Problem(
      "duplicate-pull",
      `A pull request already exists for ${repository.owner.login}:${pull.head}.`,
    );
  pull.headSha = sha;
}

function replace<T>(set: Set<T>, items: readonly T[]): void {
  set.clear();
  for (const each of items) set.add(each);
}

/** The repository's label of that name, made if it is not there. */
export function label(world: World, repository: Repository, name: string, color = "ededed"): Label {
  const known = repository.labels.get(name.toLowerCase());
  if (known) return known;
  const made: Label = { id: world.id(), name, color, description: "" };
  repository.labels.set(name.toLowerCase(), made);
  return made;
}

export function comment(world: World, issue: Issue, by: Account, body: string): Comment {
  demand(issue.repository, by, "read");
  if (issue.repository.archived) throw new Problem("archived", "Repository was archived so is read-only.");
  if (body.trim() === "") throw new Problem("invalid", "body can't be blank", "body");
  if (issue.locked && !may(issue.repository, by, "write"))
    throw new Problem("forbidden", "Unable to create comment because issue is locked.");
  const now = world.clock.now();
  const made: Comment = { id: world.id(), author: by, body, createdAt: now, updatedAt: now };
  issue.comments.push(made);
  issue.updatedAt = now;
  world.notifications.written(by, issue.repository, body, "markdown");
  return made;
}

export function requestReviews(
  world: World,
  request: PullRequest,
  by: Account,
  reviewers: readonly Account[],
  teams: readonly Team[],
): void {
  const { repository, pull } = request;
  demand(repository, by, "write");
  if (reviewers.includes(request.author))
    throw new Problem("invalid", "Review cannot be requested from pull request author.");
  for (const each of reviewers)
    if (!may(repository, each, "read") || each.type !== "User")
      throw new Problem(
        "invalid",
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not " +
          `a collaborator of the ${fullName(repository)} repository.`,
      );
  for (const each of reviewers) {
    if (!pull.reviewers.has(each))
      world.notifications.requested(by, repository, each.login, "review-requested");
    pull.reviewers.add(each);
  }
  for (const each of teams) {
    const name = `${each.organization.login}/${each.slug}`;
    if (!pull.teams.has(each)) world.notifications.requested(by, repository, name, "review-requested");
    pull.teams.add(each);
  }
  request.updatedAt = world.clock.now();
}

export function review(
  world: World,
  request: PullRequest,
  by: Account,
  state: Review["state"],
  body = "",
): Review {
  const submittedAt = world.clock.now();
  const made = { id: world.id(), author: by, body, state, sha: request.pull.headSha, submittedAt };
  request.pull.reviews.push(made);
  request.pull.reviewers.delete(by);
  request.updatedAt = submittedAt;
  world.notifications.written(by, request.repository, body, "markdown");
  return made;
}

/** True, false for conflicts; null once it is closed. */
export function mergeable(request: PullRequest): boolean | null {
  if (request.state !== "open") return null;
  const base = request.repository.git.ref(`refs/heads/${request.pull.base}`);
  return base !== null && mergeTree(request.repository.git, base, request.pull.headSha) !== null;
}

export function merge(
  world: World,
  request: PullRequest,
  by: Account,
  method: "merge" | "squash" | "rebase" = "merge",
): string {
  const { repository, pull } = request;
  demand(repository, by, "write");
  if (request.state !== "open") throw new Problem("closed", "Pull Request is not mergeable");
  const base = repository.git.ref(`refs/heads/${pull.base}`)!;
  const tree = mergeTree(repository.git, base, pull.headSha);
  if (pull.draft) throw new Problem("conflict", "Pull Request is still a draft");
  if (tree === null) throw new Problem("conflict", "Pull Request has merge conflicts");
  const rule = protectionOf(repository, `refs/heads/${pull.base}`);
  const approved = pull.reviews.filter((each) => each.state === "APPROVED").length;
  if (rule && approved < rule.requiredApprovals)
    throw new Problem("protected", `At least ${rule.requiredApprovals} approving review is required.`);
  const date = world.clock.now();
  const oid = repository.git.writeCommit({
    tree,
    parents: method === "merge" ? [base, pull.headSha] : [base],
    author: person(by, date),
    committer: person(by, date),
    message:
      method === "merge"
        ? `Merge pull request #${request.number} from ${repository.owner.login}/${pull.head}\n\n${request.title}\n`
        : `${request.title} (#${request.number})\n`,
    signature: FORGE_SIGNATURE,
  });
  request.state = "closed";
  request.closedAt = date;
  request.closedBy = by;
  pull.mergedAt = date;
  pull.mergedBy = by;
  pull.mergeCommit = oid;
  moveRef(world, repository, `refs/heads/${pull.base}`, oid);
  return oid;
}

/** Newest last, as forges list them. */
export function commitsOf({ repository, pull }: PullRequest): string[] {
  return ahead(repository.git, pull.baseSha, pull.headSha).reverse();
}

export function filesOf({ repository, pull }: PullRequest): Difference[] {
  const { git } = repository;
  const base = mergeBase(git, pull.baseSha, pull.headSha);
  return compareTrees(git, base ? git.commit(base)!.tree : null, git.commit(pull.headSha)!.tree);
}
