/** Users, groups, projects, members, labels, milestones. */
import { permission } from "../../world/access.ts";
import { label } from "../../world/pulls.ts";
import { Problem, type Account, type Repository } from "../../world/model.ts";
import { demand } from "../../world/access.ts";
import { created, ok, type Answer, type Exchange, type Handler } from "../../http/exchange.ts";
import { group, LEVEL, milestone, project, user } from "../present.ts";
import { accountById, argumentsOf, groupOf, keyset, missing, paged, projectOf, siteOf } from "../requests.ts";

const isYes = (value: string | null): boolean => value === "true" || value === "1";

function listed(x: Exchange, all: readonly Repository[]): Answer {
  const { query } = x;
  const archived = query.get("archived");
  const topics = (query.get("topic") ?? "").split(",").filter((each) => each !== "");
  const search = query.get("search")?.toLowerCase();
  const minimum = Number(query.get("min_access_level") ?? 0);
  const found = all
    .filter((each) => permission(each, x.account) !== null)
    .filter((each) => archived === null || each.archived === isYes(archived))
    .filter((each) => topics.every((topic) => each.topics.includes(topic)))
    .filter((each) => search === undefined || each.name.toLowerCase().includes(search))
    .filter((each) => LEVEL[permission(each, x.account)!] >= minimum)
    .filter(
      (each) =>
        query.get("last_activity_after") === null ||
        each.pushedAt > new Date(query.get("last_activity_after")!),
    );
  const by = query.get("order_by") ?? "created_at";
  const order = (query.get("sort") ?? "desc") === "asc" ? 1 : -1;
  const key = (each: Repository): string | number =>
    by === "name" || by === "path" || by === "similarity"
      ? each.name
      : by === "last_activity_at" || by === "updated_at"
        ? each.pushedAt.getTime()
        : each.id;
  const sorted = found.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id - b.id) * order);
  const present = (each: Repository): unknown => project(siteOf(x), each, x.account);
  if (query.get("pagination") === "keyset") {
    if (by !== "id" && by !== "created_at")
      throw new Problem("closed", "Keyset pagination is not yet available for this type of request");
    return keyset(x, sorted, ({ id }) => String(id), "cursor", present);
  }
  return paged(x, sorted, present);
}

const below = (x: Exchange, of: Account): Account[] =>
  [...x.world.accounts.values()].filter(({ login }) => login.startsWith(`${of.login}/`));

export const projectRoutes: Record<string, Handler> = {
  "GET /user": (x) =>
    ok({ ...user(siteOf(x), x.account), email: x.account.email, is_admin: false, bot: false }),
  "GET /version": () => ok({ version: "18.5.0-ee", revision: "0123456789a" }),
  "GET /metadata": () =>
    ok({ version: "18.5.0-ee", revision: "0123456789a", enterprise: true, kas: { enabled: false } }),
  "GET /personal_access_tokens/self": (x) =>
    ok({
      id: 1,
      name: "deroot",
      revoked: false,
      active: true,
      scopes: x.token!.scopes,
      user_id: x.account.id,
      expires_at: x.token!.expiresAt?.toISOString().slice(0, 10) ?? null,
    }),
  "GET /users": (x) => {
    const wanted = x.query.get("username")?.toLowerCase();
    return paged(
      x,
      [...x.world.accounts.values()].filter(
        ({ type, login }) =>
          type !== "Organization" && (wanted === undefined || login.toLowerCase() === wanted),
      ),
      (each) => user(siteOf(x), each),
    );
  },
  "GET /users/{id}": (x) => {
    const found = accountById(x, Number(x.params["id"]));
    if (!found || found.type === "Organization") throw missing("User");
    return ok(user(siteOf(x), found));
  },
  "GET /users/{id}/projects": (x) => {
    const id = x.params["id"]!;
    const found = /^\d+$/.test(id) ? accountById(x, Number(id)) : x.world.account(id);
    if (!found || found.type === "Organization") throw missing("User");
    return listed(x, x.world.ownedBy(found));
  },
  "GET /namespaces/{id}": (x) => {
    const id = x.params["id"]!;
    const found = /^\d+$/.test(id) ? accountById(x, Number(id)) : x.world.account(id);
    if (!found) throw missing("Namespace");
    const kind = found.type === "Organization" ? "group" : "user";
    return ok({ id: found.id, name: found.name, path: found.login, full_path: found.login, kind });
  },
  "GET /groups/{id}": (x) => ok(group(siteOf(x), groupOf(x))),
  "GET /groups/{id}/subgroups": (x) => {
    const of = groupOf(x);
    const direct = below(x, of).filter(({ login }) => !login.slice(of.login.length + 1).includes("/"));
    return paged(x, direct, (each) => group(siteOf(x), each));
  },
  "GET /groups/{id}/descendant_groups": (x) =>
    paged(x, below(x, groupOf(x)), (each) => group(siteOf(x), each)),
  "GET /groups/{id}/projects": (x) => {
    const of = groupOf(x);
    const owners = isYes(x.query.get("include_subgroups")) ? [of, ...below(x, of)] : [of];
    return listed(
      x,
      owners.flatMap((each) => x.world.ownedBy(each)),
    );
  },
  "GET /projects": (x) => listed(x, [...x.world.repositories.values()]),
  "GET /projects/{id}": (x) => ok(project(siteOf(x), projectOf(x), x.account)),
  "GET /projects/{id}/languages": (x) => {
    const { language } = projectOf(x);
    return ok(language === null ? {} : { [language]: 100 });
  },
  "GET /projects/{id}/members/all": (x) => {
    const of = projectOf(x);
    const people = [...x.world.accounts.values()].filter(
      (each) => each.type === "User" && permission(of, each) !== null,
    );
    return paged(x, people, (each) => ({
      ...user(siteOf(x), each),
      access_level: LEVEL[permission(of, each)!],
    }));
  },
  "GET /projects/{id}/users": (x) => {
    const of = projectOf(x);
    const search = x.query.get("search")?.toLowerCase();
    const people = [...x.world.accounts.values()].filter(
      (each) =>
        each.type === "User" &&
        permission(of, each) !== null &&
        (search === undefined || each.login.toLowerCase().includes(search)),
    );
    return paged(x, people, (each) => user(siteOf(x), each));
  },
  "GET /projects/{id}/labels": (x) =>
    paged(x, [...projectOf(x).labels.values()], ({ id, name, color, description }) => ({
      id,
      name,
      color: `#${color}`,
      description,
    })),
  "POST /projects/{id}/labels": (x) => {
    const of = projectOf(x);
    demand(of, x.account, "triage");
    const { name, color } = argumentsOf<{ name: string; color: string }>(x);
    if (name === undefined || color === undefined)
      throw new Problem("invalid", "name is missing, color is missing");
    if (of.labels.has(name.toLowerCase())) throw new Problem("exists", "Label already exists");
    const made = label(x.world, of, name, color.replace(/^#/, ""));
    return created({ id: made.id, name, color, description: "" });
  },
  "GET /projects/{id}/milestones": (x) => {
    const of = projectOf(x);
    const title = x.query.get("title");
    const wanted = of.milestones.filter(
      (each) =>
        (title === null || each.title === title) &&
        (x.query.get("state") !== "active" || each.state === "open"),
    );
    return paged(x, wanted, (each) => milestone(siteOf(x), each, of));
  },
  "GET /projects/{id}/protected_branches": (x) =>
    paged(x, projectOf(x).protections, ({ pattern, allowForcePushes }) => ({
      name: pattern,
      push_access_levels: [{ access_level: 40 }],
      merge_access_levels: [{ access_level: 30 }],
      allow_force_push: allowForcePushes,
      code_owner_approval_required: false,
    })),
};
