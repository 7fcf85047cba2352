/** Issues and what pull requests share with them: comments, labels, assignees, milestones. */
import { demand, permission } from "../../world/access.ts";
import { comment, createIssue, label, updateIssue, type IssueUpdate } from "../../world/pulls.ts";
import { Problem, type Account, type Comment, type Issue, type Repository } from "../../world/model.ts";
import { created, noContent, ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { label as presentLabel, milestone } from "./present.ts";
import { comment as presentComment, issue } from "./present-pulls.ts";
import { bodyOf, issueOf, notFound, paged, repositoryOf, siteOf } from "./requests.ts";

interface IssueBody {
  title: string;
  body: string | null;
  state: "open" | "closed";
  labels: (string | { name?: string })[];
  assignees: string[];
  milestone: number | string | null;
}

const labelNames = (given: unknown): string[] => {
  const list = Array.isArray(given) ? given : ((given as { labels?: unknown[] } | undefined)?.labels ?? []);
  return list.map((each) => (typeof each === "string" ? each : (each as { name: string }).name));
};

/** Who cannot be assigned is left out without a word, as GitHub does. */
const assignable = (x: Exchange, of: Repository, logins: readonly string[]): Account[] =>
  logins
    .map((login) => x.world.account(login))
    .filter((each) => each !== null && each.type === "User" && permission(of, each) !== null) as Account[];

function updateFrom(x: Exchange, of: Repository): IssueUpdate {
  const given = bodyOf<IssueBody>(x);
  const found = of.milestones.find((each) => each.number === Number(given.milestone));
  if (given.milestone != null && !found) throw new Problem("invalid", "milestone is invalid", "milestone");
  return {
    ...(given.title === undefined ? {} : { title: given.title }),
    ...(given.body === undefined ? {} : { body: given.body ?? "" }),
    ...(given.state === undefined ? {} : { state: given.state }),
    ...(given.labels === undefined
      ? {}
      : { labels: labelNames(given.labels).map((each) => label(x.world, of, each)) }),
    ...(given.assignees === undefined ? {} : { assignees: assignable(x, of, given.assignees) }),
    ...(given.milestone === undefined ? {} : { milestone: found ?? null }),
  };
}

function commentOf(x: Exchange): { on: Issue; it: Comment } {
  const of = repositoryOf(x);
  for (const on of of.issues.values())
    for (const it of on.comments) if (it.id === Number(x.params["comment_id"])) return { on, it };
  throw notFound();
}

function listed(x: Exchange): Issue[] {
  const state = x.query.get("state") ?? "open";
  const labels = (x.query.get("labels") ?? "").split(",").filter((each) => each !== "");
  const creator = x.query.get("creator");
  return [...repositoryOf(x).issues.values()]
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => creator === null || each.author.login === creator)
    .filter((each) => labels.every((name) => [...each.labels].some((has) => has.name === name)))
    .reverse();
}

export const issueRoutes: Record<string, Handler> = {
  "GET /repos/{owner}/{repo}/issues": (x) => paged(x, listed(x), (each) => issue(siteOf(x), each)),
  "POST /repos/{owner}/{repo}/issues": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "read");
    if (!of.hasIssues) throw new Problem("closed", "Issues has been disabled in this repository.");
    const given = bodyOf<IssueBody>(x);
    const made = createIssue(x.world, of, x.account, given.title ?? "", given.body ?? "");
    const { labels, assignees, milestone: wanted } = updateFrom(x, of);
    updateIssue(x.world, made, x.account, {
      ...(labels ? { labels } : {}),
      ...(assignees ? { assignees } : {}),
      ...(wanted ? { milestone: wanted } : {}),
    });
    return created(issue(siteOf(x), made));
  },
  "GET /repos/{owner}/{repo}/issues/comments/{comment_id}": (x) => {
    const { on, it } = commentOf(x);
    return ok(presentComment(siteOf(x), on, it));
  },
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": (x) => {
    const { on, it } = commentOf(x);
    if (it.author !== x.account) demand(on.repository, x.account, "write");
    it.body = bodyOf<{ body: string }>(x).body ?? "";
    it.updatedAt = x.world.clock.now();
    x.world.notifications.written(x.account, on.repository, it.body, "markdown");
    return ok(presentComment(siteOf(x), on, it));
  },
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": (x) => {
    const { on, it } = commentOf(x);
    if (it.author !== x.account) demand(on.repository, x.account, "write");
    on.comments.splice(on.comments.indexOf(it), 1);
    return noContent;
  },
  "GET /repos/{owner}/{repo}/issues/{issue_number}": (x) => ok(issue(siteOf(x), issueOf(x, repositoryOf(x)))),
  "PATCH /repos/{owner}/{repo}/issues/{issue_number}": (x) => {
    const of = repositoryOf(x);
    const it = issueOf(x, of);
    updateIssue(x.world, it, x.account, updateFrom(x, of));
    return ok(issue(siteOf(x), it));
  },
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": (x) => {
    const it = issueOf(x, repositoryOf(x));
    return paged(x, it.comments, (each) => presentComment(siteOf(x), it, each));
  },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": (x) => {
    const it = issueOf(x, repositoryOf(x));
    const { body = "" } = bodyOf<{ body: string }>(x);
    return created(presentComment(siteOf(x), it, comment(x.world, it, x.account, body)));
  },
  "GET /repos/{owner}/{repo}/issues/{issue_number}/labels": (x) => {
    const of = repositoryOf(x);
    return paged(x, [...issueOf(x, of).labels], (each) => presentLabel(siteOf(x), each, of));
  },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": (x) => {
    const of = repositoryOf(x);
    const it = issueOf(x, of);
    const added = labelNames(x.body).map((each) => label(x.world, of, each));
    updateIssue(x.world, it, x.account, { labels: [...new Set([...it.labels, ...added])] });
    return ok([...it.labels].map((each) => presentLabel(siteOf(x), each, of)));
  },
  "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}": (x) => {
    const of = repositoryOf(x);
    const it = issueOf(x, of);
    const found = [...it.labels].find(({ name }) => name.toLowerCase() === x.params["name"]!.toLowerCase());
    if (!found) throw new Problem("not-found", "Label does not exist");
    updateIssue(x.world, it, x.account, { labels: [...it.labels].filter((each) => each !== found) });
    return ok([...it.labels].map((each) => presentLabel(siteOf(x), each, of)));
  },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/assignees": (x) => {
    const of = repositoryOf(x);
    const it = issueOf(x, of);
    const added = assignable(x, of, bodyOf<IssueBody>(x).assignees ?? []);
    updateIssue(x.world, it, x.account, { assignees: [...new Set([...it.assignees, ...added])] });
    return created(issue(siteOf(x), it));
  },
  "PUT /repos/{owner}/{repo}/issues/{issue_number}/lock": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "write");
    issueOf(x, of).locked = true;
    return noContent;
  },
  "GET /repos/{owner}/{repo}/labels": (x) => {
    const of = repositoryOf(x);
    return paged(x, [...of.labels.values()], (each) => presentLabel(siteOf(x), each, of));
  },
  "POST /repos/{owner}/{repo}/labels": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "write");
    const { name = "", color } = bodyOf<{ name: string; color: string }>(x);
    if (of.labels.has(name.toLowerCase())) throw new Problem("exists", "already_exists", "name");
    return created(presentLabel(siteOf(x), label(x.world, of, name, color), of));
  },
  "GET /repos/{owner}/{repo}/labels/{name}": (x) => {
    const of = repositoryOf(x);
    const found = of.labels.get(x.params["name"]!.toLowerCase());
    if (!found) throw notFound();
    return ok(presentLabel(siteOf(x), found, of));
  },
  "GET /repos/{owner}/{repo}/milestones": (x) => {
    const of = repositoryOf(x);
    return paged(
      x,
      of.milestones.filter(
        ({ state }) => x.query.get("state") === "all" || state === (x.query.get("state") ?? "open"),
      ),
      (each) => milestone(siteOf(x), each, of),
    );
  },
};
