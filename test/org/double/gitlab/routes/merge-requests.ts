/** Merge requests, notes, approvals. */
import { demand, permission } from "../../world/access.ts";
import {
  comment,
  commitsOf,
  createPull,
  filesOf,
  label,
  merge,
  requestReviews,
  updateIssue,
} from "../../world/pulls.ts";
import {
  Problem,
  type Account,
  type Milestone,
  type PullRequest,
  type Repository,
} from "../../world/model.ts";
import { pullsOf } from "../../world/world.ts";
import { created, noContent, ok, type Answer, type Exchange, type Handler } from "../../http/exchange.ts";
import { commit, mergeRequest, mergeRequestInFull, note, pipeline, user } from "../present.ts";
import {
  accountById,
  argumentsOf,
  groupOf,
  mergeRequestOf,
  missing,
  paged,
  projectOf,
  siteOf,
} from "../requests.ts";
import { presentDifference } from "./repository.ts";

function listed(x: Exchange, all: readonly PullRequest[]): Answer {
  const { query } = x;
  const state = query.get("state") ?? "all";
  const labels = (query.get("labels") ?? "").split(",").filter((each) => each !== "");
  const is = (name: string, value: string): boolean => query.get(name) === null || query.get(name) === value;
  const found = all
    .filter(({ pull, state: is }) =>
      state === "all"
        ? true
        : state === "merged"
          ? pull.mergedAt !== null
          : state === "opened"
            ? is === "open"
            : is === "closed" && !pull.mergedAt,
    )
    .filter(({ pull }) => is("source_branch", pull.head) && is("target_branch", pull.base))
    .filter(({ author }) => is("author_username", author.login) && is("author_id", String(author.id)))
    .filter((each) => labels.every((name) => [...each.labels].some((has) => has.name === name)));
  const by = query.get("order_by") ?? "created_at";
  const order = query.get("sort") === "asc" ? 1 : -1;
  const key = (each: PullRequest): number =>
    (by === "updated_at" ? each.updatedAt : each.createdAt).getTime();
  const sorted = found.sort((a, b) => (key(a) - key(b) || a.id - b.id) * order);
  return paged(x, sorted, (each) => mergeRequest(siteOf(x), each));
}

interface Given {
  source_branch: string;
  target_branch: string;
  target_project_id: number;
  title: string;
  description: string;
  state_event: "close" | "reopen";
  labels: string | readonly string[];
  add_labels: string | readonly string[];
  remove_labels: string | readonly string[];
  assignee_id: number;
  assignee_ids: readonly number[];
  reviewer_ids: readonly number[];
  milestone_id: number;
}

const names = (given: string | readonly string[]): string[] =>
  (typeof given === "string" ? given.split(",") : [...given])
    .map((each) => each.trim())
    .filter((each) => each !== "");

/** Who is no member is left out without a word, as GitLab does. */
const people = (x: Exchange, of: Repository, ids: readonly number[]): Account[] =>
  ids
    .map((id) => accountById(x, Number(id)))
    .filter((each) => each?.type === "User" && permission(of, each) !== null) as Account[];

/** "Draft:" in front of the title makes a draft. */
const isDraft = (title: string): boolean => /^\s*(\[draft\]|\(draft\)|draft:)/i.test(title);

function decorate(x: Exchange, it: PullRequest, given: Partial<Given>): void {
  const of = it.repository;
  const labels = new Set(
    given.labels === undefined ? [...it.labels] : names(given.labels).map((each) => label(x.world, of, each)),
  );
  for (const name of names(given.add_labels ?? [])) labels.add(label(x.world, of, name));
  for (const name of names(given.remove_labels ?? [])) labels.delete(label(x.world, of, name));
  const assignees = given.assignee_ids ?? (given.assignee_id === undefined ? undefined : [given.assignee_id]);
  let milestone: Milestone | null | undefined;
  if (given.milestone_id !== undefined)
    milestone = of.milestones.find(({ id }) => id === Number(given.milestone_id)) ?? null;
  updateIssue(x.world, it, x.account, {
    labels: [...labels],
    ...(assignees === undefined ? {} : { assignees: people(x, of, assignees) }),
    ...(milestone === undefined ? {} : { milestone }),
  });
  if (given.reviewer_ids !== undefined) {
    it.pull.reviewers.clear();
    requestReviews(
      x.world,
      it,
      x.account,
      people(x, of, given.reviewer_ids).filter((each) => each !== it.author),
      [],
    );
  }
}

function create(x: Exchange): unknown {
  const of = projectOf(x);
  demand(of, x.account, "write");
  const given = argumentsOf<Given>(x);
  for (const name of ["source_branch", "target_branch", "title"] as const)
    if (given[name] === undefined) throw new Problem("invalid", `${name} is missing`);
  const { source_branch: head, target_branch: base, title } = given as Given;
  const open = pullsOf(of).find(
    (each) => each.state === "open" && each.pull.head === head && each.pull.base === base,
  );
  if (open)
    throw new Problem(
      "duplicate-pull",
      `Another open merge request already exists for this source branch: !${open.number}`,
    );
  if (of.git.ref(`refs/heads/${head}`) === null) throw new Problem("invalid", "Source branch does not exist");
  if ((given.description ?? "").length > 1_048_576)
    throw new Problem("invalid", "Description is too long (maximum is 1048576 characters)");
  const it = createPull(x.world, of, x.account, {
    title,
    body: (given.description ?? "").slice(0, 65_536),
    base,
    head,
    draft: isDraft(title),
    maintainerCanModify: true,
  });
  it.body = given.description ?? "";
  decorate(x, it, given);
  return mergeRequestInFull(siteOf(x), it);
}

function update(x: Exchange): unknown {
  const it = mergeRequestOf(x);
  demand(it.repository, x.account, "read");
  const given = argumentsOf<Given>(x);
  updateIssue(x.world, it, x.account, {
    ...(given.title === undefined ? {} : { title: given.title, draft: isDraft(given.title) }),
    ...(given.description === undefined ? {} : { body: given.description }),
    ...(given.target_branch === undefined ? {} : { base: given.target_branch }),
    ...(given.state_event === undefined ? {} : { state: given.state_event === "close" ? "closed" : "open" }),
  });
  decorate(x, it, given);
  return mergeRequestInFull(siteOf(x), it);
}

export const mergeRequestRoutes: Record<string, Handler> = {
  "GET /groups/{id}/merge_requests": (x) => {
    const of = groupOf(x);
    const all = [...x.world.repositories.values()].filter(
      ({ owner }) => owner === of || owner.login.startsWith(`${of.login}/`),
    );
    return listed(x, all.filter((each) => permission(each, x.account) !== null).flatMap(pullsOf));
  },
  "GET /merge_requests": (x) => {
    const mine = (x.query.get("scope") ?? "created_by_me") === "created_by_me";
    const all = [...x.world.repositories.values()].filter((each) => permission(each, x.account) !== null);
    return listed(
      x,
      all.flatMap(pullsOf).filter(({ author }) => !mine || author === x.account),
    );
  },
  "GET /projects/{id}/merge_requests": (x) => listed(x, pullsOf(projectOf(x))),
  "POST /projects/{id}/merge_requests": (x) => created(create(x)),
  "GET /projects/{id}/merge_requests/{merge_request_iid}": (x) =>
    ok(mergeRequestInFull(siteOf(x), mergeRequestOf(x))),
  "PUT /projects/{id}/merge_requests/{merge_request_iid}": (x) => ok(update(x)),
  "PUT /projects/{id}/merge_requests/{merge_request_iid}/merge": (x) => {
    const it = mergeRequestOf(x);
    const { sha } = argumentsOf<{ sha: string }>(x);
    if (sha !== undefined && sha !== it.pull.headSha)
      throw new Problem("stale", "SHA does not match HEAD of source branch: " + it.pull.headSha);
    merge(x.world, it, x.account);
    return ok(mergeRequestInFull(siteOf(x), it));
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/commits": (x) => {
    const it = mergeRequestOf(x);
    return paged(x, commitsOf(it).reverse(), (oid) => commit(siteOf(x), it.repository, oid));
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/diffs": (x) =>
    paged(x, filesOf(mergeRequestOf(x)), presentDifference),
  "GET /projects/{id}/merge_requests/{merge_request_iid}/changes": (x) => {
    const it = mergeRequestOf(x);
    return ok({
      ...mergeRequestInFull(siteOf(x), it),
      changes: filesOf(it).map(presentDifference),
      overflow: false,
    });
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/pipelines": (x) => {
    const found = pipeline(siteOf(x), mergeRequestOf(x));
    return paged(x, found === null ? [] : [found], (each) => each);
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/resource_state_events": (x) => {
    const it = mergeRequestOf(x);
    const events = it.closedAt && it.closedBy ? [it.closedBy] : [];
    return paged(x, events, (by) => ({
      id: it.id,
      user: user(siteOf(x), by),
      created_at: it.closedAt!.toISOString(),
      resource_type: "MergeRequest",
      resource_id: it.id,
      state: it.pull.mergedAt ? "merged" : "closed",
    }));
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/approvals": (x) => {
    const { pull, repository: of } = mergeRequestOf(x);
    const by = pull.reviews.filter((each) => each.state === "APPROVED");
    const wanted = of.protections[0]?.requiredApprovals ?? 0;
    return ok({
      approved: by.length >= wanted && by.length > 0,
      approvals_required: wanted,
      approvals_left: Math.max(wanted - by.length, 0),
      approved_by: by.map(({ author }) => ({ user: user(siteOf(x), author) })),
      user_has_approved: false,
      user_can_approve: true,
    });
  },
  "GET /projects/{id}/merge_requests/{merge_request_iid}/notes": (x) => {
    const it = mergeRequestOf(x);
    const order = x.query.get("sort") === "asc" ? 1 : -1;
    return paged(
      x,
      [...it.comments].sort((a, b) => (a.id - b.id) * order),
      (each) => note(siteOf(x), it, each),
    );
  },
  "POST /projects/{id}/merge_requests/{merge_request_iid}/notes": (x) => {
    const it = mergeRequestOf(x);
    const { body } = argumentsOf<{ body: string }>(x);
    if (body === undefined) throw new Problem("invalid", "body is missing");
    return created(note(siteOf(x), it, comment(x.world, it, x.account, body)));
  },
  "PUT /projects/{id}/merge_requests/{merge_request_iid}/notes/{note_id}": (x) => {
    const it = mergeRequestOf(x);
    const found = it.comments.find(({ id }) => id === Number(x.params["note_id"]));
    if (!found) throw missing("Note");
    found.body = argumentsOf<{ body: string }>(x).body ?? "";
    x.world.notifications.written(x.account, it.repository, found.body, "markdown");
    return ok(note(siteOf(x), it, found));
  },
  "DELETE /projects/{id}/merge_requests/{merge_request_iid}/notes/{note_id}": (x) => {
    const it = mergeRequestOf(x);
    const found = it.comments.findIndex(({ id }) => id === Number(x.params["note_id"]));
    if (found < 0) throw missing("Note");
    it.comments.splice(found, 1);
    return noContent;
  },
};
