/** What other machines say about a commit. */
import { demand } from "../../world/access.ts";
import type { CheckRun, Repository, Status } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { created, ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { nodeId } from "../ids.ts";
import { repository, time, user } from "./present.ts";
import { bodyOf, commitNamed, paged, repositoryOf, siteOf } from "./requests.ts";

function checkRun(x: Exchange, of: Repository, it: CheckRun): Record<string, unknown> {
  const url = `${x.api}/repos/${fullName(of)}/check-runs/${it.id}`;
  return {
    id: it.id,
    node_id: nodeId("CR", it.id),
    external_id: "",
    head_sha: it.sha,
    name: it.name,
    url,
    html_url: `${x.site}/${fullName(of)}/runs/${it.id}`,
    details_url: null,
    status: it.status,
    conclusion: it.conclusion,
    started_at: time(it.startedAt),
    completed_at: it.status === "completed" ? time(it.startedAt) : null,
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: it.id },
    app: null,
    pull_requests: [],
  };
}

export const statusOf = (all: readonly Status[]): string => {
  const newest = new Map(all.map((each) => [each.context, each.state]));
  const states = [...newest.values()];
  if (states.some((state) => state === "failure" || state === "error")) return "failure";
  return states.length > 0 && states.every((state) => state === "success") ? "success" : "pending";
};

function status(x: Exchange, of: Repository, it: Status): Record<string, unknown> {
  return {
    url: `${x.api}/repos/${fullName(of)}/statuses/${it.sha}`,
    avatar_url: `${x.site}/avatars/${it.creator.id}`,
    id: it.id,
    node_id: nodeId("SC", it.id),
    state: it.state,
    description: null,
    target_url: null,
    context: it.context,
    created_at: time(it.createdAt),
    updated_at: time(it.createdAt),
  };
}

export const checkRoutes: Record<string, Handler> = {
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": (x) => {
    const of = repositoryOf(x);
    const oid = commitNamed(of, x.params["ref"]!);
    const found = of.checks.filter(({ sha }) => sha === oid);
    return paged(
      x,
      found,
      (each) => checkRun(x, of, each),
      (check_runs) => ({ total_count: found.length, check_runs }),
    );
  },
  "GET /repos/{owner}/{repo}/commits/{ref}/status": (x) => {
    const of = repositoryOf(x);
    const oid = commitNamed(of, x.params["ref"]!);
    const found = of.statuses.filter(({ sha }) => sha === oid);
    const url = `${x.api}/repos/${fullName(of)}/commits/${oid}`;
    return ok({
      state: statusOf(found),
      statuses: found.map((each) => status(x, of, each)),
      sha: oid,
      total_count: found.length,
      repository: repository(siteOf(x), of, x.account),
      commit_url: url,
      url: `${url}/status`,
    });
  },
  "POST /repos/{owner}/{repo}/statuses/{sha}": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "write");
    const given = bodyOf<{ state: Status["state"]; context: string }>(x);
    const made: Status = {
      id: x.world.id(),
      context: given.context ?? "default",
      sha: commitNamed(of, x.params["sha"]!),
      state: given.state ?? "pending",
      createdAt: x.world.clock.now(),
      creator: x.account,
    };
    of.statuses.push(made);
    return created({ ...status(x, of, made), creator: user(siteOf(x), x.account) });
  },
};
