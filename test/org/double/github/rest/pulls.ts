/** Pull requests and reviews. */
import {
  commitsOf,
  createPull,
  filesOf,
  merge,
  requestReviews,
  review,
  updateIssue,
} from "../../world/pulls.ts";
import { Problem, type PullRequest, type Review } from "../../world/model.ts";
import { pullsOf } from "../../world/world.ts";
import { created, noContent, ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { team, user } from "./present.ts";
import { commit, diffEntry } from "./present-git.ts";
import { pull, pullSimple, review as presentReview } from "./present-pulls.ts";
import { bodyOf, notFound, paged, pullOf, repositoryOf, siteOf } from "./requests.ts";

function listed(x: Exchange): PullRequest[] {
  const { query } = x;
  const state = query.get("state") ?? "open";
  const [head, base] = [query.get("head"), query.get("base")];
  const sort = query.get("sort") ?? "created";
  const order = (query.get("direction") ?? (sort === "created" ? "desc" : "asc")) === "asc" ? 1 : -1;
  const key = (each: PullRequest): number =>
    sort === "updated" ? each.updatedAt.getTime() : each.createdAt.getTime();
  return pullsOf(repositoryOf(x))
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => base === null || each.pull.base === base)
    .filter(({ pull: { head: name, headRepository } }) => {
      // GitHub ignores a head without an owner, and then lists everything.
      if (!head?.includes(":")) return true;
      return `${headRepository.owner.login}:${name}`.toLowerCase() === head.toLowerCase();
    })
    .sort((a, b) => (key(a) - key(b) || a.number - b.number) * order);
}

interface NewPullBody {
  title: string;
  body: string | null;
  head: string;
  head_repo: string;
  base: string;
  draft: boolean;
  maintainer_can_modify: boolean;
}

function create(x: Exchange): PullRequest {
  const of = repositoryOf(x);
  const given = bodyOf<NewPullBody>(x);
  const [owner, head] = given.head?.includes(":")
    ? (given.head.split(":") as [string, string])
    : [null, given.head];
  const from =
    owner === null || owner === of.owner.login ? of : x.world.repository(owner, given.head_repo ?? of.name);
  if (!from) throw new Problem("invalid", "head is invalid", "head");
  return createPull(x.world, of, x.account, {
    title: given.title ?? "",
    body: given.body ?? "",
    base: given.base ?? "",
    head: head ?? "",
    headRepository: from,
    draft: given.draft ?? false,
    maintainerCanModify: given.maintainer_can_modify ?? true,
  });
}

interface Reviewers {
  reviewers: string[];
  team_reviewers: string[];
}

function reviewers(x: Exchange): {
  request: PullRequest;
  people: ReturnType<typeof x.world.account>[];
  teams: ReturnType<typeof x.world.team>[];
} {
  const request = pullOf(x);
  const given = bodyOf<Reviewers>(x);
  return {
    request,
    people: (given.reviewers ?? []).map((login) => x.world.account(login)),
    teams: (given.team_reviewers ?? []).map((slug) => x.world.team(request.repository.owner.login, slug)),
  };
}

const known = <T>(all: readonly (T | null)[], message: string): T[] => {
  if (all.includes(null)) throw new Problem("invalid", message);
  return all as T[];
};

const NOT_A_COLLABORATOR =
  "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator.";

const EVENT: Record<string, Review["state"]> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

export const pullRoutes: Record<string, Handler> = {
  "GET /repos/{owner}/{repo}/pulls": (x) => paged(x, listed(x), (each) => pullSimple(siteOf(x), each)),
  "POST /repos/{owner}/{repo}/pulls": (x) => created(pull(siteOf(x), create(x))),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": (x) => ok(pull(siteOf(x), pullOf(x))),
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": (x) => {
    const request = pullOf(x);
    const given = bodyOf<{
      title: string;
      body: string | null;
      state: "open" | "closed";
      base: string;
      maintainer_can_modify: boolean;
    }>(x);
    updateIssue(x.world, request, x.account, {
      ...(given.title === undefined ? {} : { title: given.title }),
      ...(given.body === undefined ? {} : { body: given.body ?? "" }),
      ...(given.state === undefined ? {} : { state: given.state }),
      ...(given.base === undefined ? {} : { base: given.base }),
      ...(given.maintainer_can_modify === undefined
        ? {}
        : { maintainerCanModify: given.maintainer_can_modify }),
    });
    return ok(pull(siteOf(x), request));
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": (x) => {
    const it = pullOf(x);
    return paged(x, filesOf(it), (each) => diffEntry(siteOf(x), it.repository, it.pull.headSha, each));
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits": (x) => {
    const it = pullOf(x);
    return paged(x, commitsOf(it), (oid) => commit(siteOf(x), it.repository, oid));
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/merge": (x) => {
    if (pullOf(x).pull.mergedAt === null) throw notFound();
    return noContent;
  },
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge": (x) => {
    const it = pullOf(x);
    const { sha, merge_method: method } = bodyOf<{
      sha: string;
      merge_method: "merge" | "squash" | "rebase";
    }>(x);
    if (sha !== undefined && sha !== it.pull.headSha)
      throw new Problem("stale", "Head branch was modified. Review and try the merge again.");
    const oid = merge(x.world, it, x.account, method);
    return ok({ sha: oid, merged: true, message: "Pull Request successfully merged" });
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": (x) => {
    const it = pullOf(x);
    return paged(x, it.pull.reviews, (each) => presentReview(siteOf(x), it, each));
  },
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews": (x) => {
    const it = pullOf(x);
    const { event = "COMMENT", body = "" } = bodyOf<{ event: string; body: string }>(x);
    if (it.author === x.account && event !== "COMMENT")
      throw new Problem(
        "invalid",
        `Can not ${event === "APPROVE" ? "approve" : "request changes on"} your own pull request`,
      );
    return ok(presentReview(siteOf(x), it, review(x.world, it, x.account, EVENT[event]!, body)));
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": (x) => {
    const { pull: it } = pullOf(x);
    return ok({
      users: [...it.reviewers].map((each) => user(siteOf(x), each)),
      teams: [...it.teams].map((each) => team(siteOf(x), each)),
    });
  },
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": (x) => {
    const { request, people, teams } = reviewers(x);
    requestReviews(
      x.world,
      request,
      x.account,
      known(people, NOT_A_COLLABORATOR),
      known(teams, `Could not resolve to a node with the global id of 'team'.`),
    );
    return created(pullSimple(siteOf(x), request));
  },
  "DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": (x) => {
    const { request, people, teams } = reviewers(x);
    for (const each of people) if (each) request.pull.reviewers.delete(each);
    for (const each of teams) if (each) request.pull.teams.delete(each);
    return ok(pullSimple(siteOf(x), request));
  },
};
