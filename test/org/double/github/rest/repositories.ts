/** Accounts, repositories, branches, teams, topics. */
import { demand, permission } from "../../world/access.ts";
import { branches, changeDefaultBranch, protectionOf } from "../../world/refs.ts";
import { Problem, type Account, type Repository } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { ok, type Exchange, type Handler } from "../../http/exchange.ts";
import { fullRepository, fullUser, organization, repository, team, user } from "./present.ts";
import { commit } from "./present-git.ts";
import { accountNamed, bodyOf, notFound, paged, repositoryOf, siteOf } from "./requests.ts";

function listed(exchange: Exchange, owner: Account): Repository[] {
  const { query, world, account } = exchange;
  const type = query.get("type") ?? "all";
  const kept = world
    .ownedBy(owner)
    .filter((each) => permission(each, account) !== null)
    .filter((each) => type !== "forks" || each.fork)
    .filter((each) => type !== "sources" || !each.fork)
    .filter((each) => type !== "private" || each.private)
    .filter((each) => type !== "public" || !each.private);
  const sort = query.get("sort") ?? "created";
  const key = (each: Repository): string | number =>
    sort === "full_name"
      ? fullName(each).toLowerCase()
      : (sort === "pushed" ? each.pushedAt : sort === "updated" ? each.updatedAt : each.createdAt).getTime();
  const direction = query.get("direction") ?? (sort === "full_name" ? "asc" : "desc");
  const order = direction === "asc" ? 1 : -1;
  return kept
    .map((each) => ({ each, key: key(each) }))
    .sort((a, b) => (a.key === b.key ? (a.each.id - b.each.id) * order : (a.key < b.key ? -1 : 1) * order))
    .map(({ each }) => each);
}

const list =
  (type: Account["type"]): Handler =>
  (exchange) => {
    const owner = accountNamed(exchange, (exchange.params["org"] ?? exchange.params["username"])!);
    if (type === "Organization" && owner.type !== type) throw notFound();
    return paged(exchange, listed(exchange, owner), (each) =>
      repository(siteOf(exchange), each, exchange.account),
    );
  };

function branch(exchange: Exchange, of: Repository, name: string, oid: string): Record<string, unknown> {
  const url = `${exchange.api}/repos/${fullName(of)}/branches/${name}`;
  const rule = protectionOf(of, `refs/heads/${name}`);
  return {
    name,
    commit: commit(siteOf(exchange), of, oid),
    _links: { self: url, html: `${exchange.site}/${fullName(of)}/tree/${name}` },
    protected: rule !== null,
    protection: {
      enabled: rule !== null,
      required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  };
}

export const repositoryRoutes: Record<string, Handler> = {
  "GET /user": (x) =>
    ok({
      ...fullUser(siteOf(x), x.account),
      private_gists: 0,
      total_private_repos: 0,
      owned_private_repos: 0,
      disk_usage: 0,
      collaborators: 0,
      two_factor_authentication: true,
    }),
  "GET /user/repos": (x) =>
    paged(
      x,
      [...x.world.repositories.values()].filter((each) => permission(each, x.account) !== null),
      (each) => repository(siteOf(x), each, x.account),
    ),
  "GET /user/orgs": (x) =>
    paged(
      x,
      [...x.world.accounts.values()].filter((each) => each.type === "Organization"),
      (each) => organization(siteOf(x), each),
    ),
  "GET /users/{username}": (x) => ok(fullUser(siteOf(x), accountNamed(x, x.params["username"]!))),
  "GET /users/{username}/repos": list("User"),
  "GET /orgs/{org}": (x) => {
    const found = accountNamed(x, x.params["org"]!);
    if (found.type !== "Organization") throw notFound();
    return ok(organization(siteOf(x), found));
  },
  "GET /orgs/{org}/repos": list("Organization"),
  "GET /orgs/{org}/teams": (x) => {
    const owner = accountNamed(x, x.params["org"]!);
    return paged(
      x,
      x.world.teams.filter((each) => each.organization === owner),
      (each) => team(siteOf(x), each),
    );
  },
  "GET /orgs/{org}/teams/{team_slug}/repos": (x) => {
    const found = x.world.team(x.params["org"]!, x.params["team_slug"]!);
    if (!found) throw notFound();
    return paged(x, [...found.repositories], (each) => repository(siteOf(x), each, x.account));
  },
  "GET /orgs/{org}/teams/{team_slug}/members": (x) => {
    const found = x.world.team(x.params["org"]!, x.params["team_slug"]!);
    if (!found) throw notFound();
    return paged(x, [...found.members], (each) => user(siteOf(x), each));
  },
  "GET /repos/{owner}/{repo}": (x) => ok(fullRepository(siteOf(x), repositoryOf(x), x.account)),
  "PATCH /repos/{owner}/{repo}": (x) => {
    const of = repositoryOf(x);
    demand(of, x.account, "admin");
    const { default_branch: name } = bodyOf<{ default_branch: string }>(x);
    if (name !== undefined) changeDefaultBranch(x.world, of, name);
    return ok(fullRepository(siteOf(x), of, x.account));
  },
  "GET /repos/{owner}/{repo}/topics": (x) => ok({ names: repositoryOf(x).topics }),
  "GET /repos/{owner}/{repo}/languages": (x) => {
    const { language } = repositoryOf(x);
    return ok(language === null ? {} : { [language]: 1000 });
  },
  "GET /repos/{owner}/{repo}/teams": (x) => {
    const of = repositoryOf(x);
    return paged(
      x,
      x.world.teams.filter((each) => each.repositories.has(of)),
      (each) => team(siteOf(x), each),
    );
  },
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission": (x) => {
    const of = repositoryOf(x);
    const who = accountNamed(x, x.params["username"]!);
    const has = permission(of, who);
    return ok({
      permission: has === "maintain" ? "write" : has === "triage" ? "read" : (has ?? "none"),
      role_name: has ?? "none",
      user: { ...user(siteOf(x), who), permissions: { admin: has === "admin", push: true, pull: true } },
    });
  },
  "GET /repos/{owner}/{repo}/assignees/{assignee}": (x) => {
    const of = repositoryOf(x);
    const who = x.world.account(x.params["assignee"]!);
    if (!who || who.type !== "User" || permission(of, who) === null) throw notFound();
    return { status: 204 };
  },
  "GET /repos/{owner}/{repo}/branches": (x) => {
    const of = repositoryOf(x);
    return paged(x, branches(of), ([name, sha]) => ({
      name,
      commit: { sha, url: `${x.api}/repos/${fullName(of)}/commits/${sha}` },
      protected: protectionOf(of, `refs/heads/${name}`) !== null,
    }));
  },
  "GET /repos/{owner}/{repo}/branches/{branch}": (x) => {
    const of = repositoryOf(x);
    const name = x.params["branch"]!;
    const oid = of.git.ref(`refs/heads/${name}`);
    if (oid === null) throw new Problem("not-found", "Branch not found");
    return ok(branch(x, of, name, oid));
  },
};
