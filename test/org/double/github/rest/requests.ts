/** What many REST routes do first: find what the path names, check a body, cut a list into pages. */
import { permission } from "../../world/access.ts";
import { resolve } from "../../git/history.ts";
import { isPull } from "../../world/world.ts";
import { Problem, type Account, type Issue, type PullRequest, type Repository } from "../../world/model.ts";
import type { Answer, Exchange } from "../../http/exchange.ts";
import type { Site } from "./present.ts";

export const notFound = (): Problem => new Problem("not-found", "Not Found");

export function repositoryOf(exchange: Exchange): Repository {
  const { world, params, account } = exchange;
  const found = world.repository(params["owner"]!, params["repo"]!);
  if (!found || permission(found, account) === null) throw notFound();
  if (found.disabled) throw new Problem("forbidden", "Repository access blocked");
  return found;
}

export function issueOf(exchange: Exchange, repository: Repository): Issue {
  const number = exchange.params["issue_number"] ?? exchange.params["pull_number"];
  const found = repository.issues.get(Number(number));
  if (!found) throw notFound();
  return found;
}

export function pullOf(exchange: Exchange): PullRequest {
  const found = issueOf(exchange, repositoryOf(exchange));
  if (!isPull(found)) throw notFound();
  return found;
}

export function accountNamed(exchange: Exchange, login: string): Account {
  const found = exchange.world.account(login);
  if (!found) throw notFound();
  return found;
}

/** The commit a revision names. */
export function commitNamed(repository: Repository, revision: string): string {
  if (repository.git.refs().length === 0) throw new Problem("empty", "Git Repository is empty.");
  const oid = resolve(repository.git, revision);
  if (oid === null || !repository.git.commit(oid))
    throw new Problem("missing-object", `No commit found for SHA: ${revision}`);
  return oid;
}

export const siteOf = ({ api, site, world }: Exchange): Site => ({ api, site, world });

/** The body as an object; its shape has been checked against the official description where there is one. */
export function bodyOf<T extends object>(exchange: Exchange): Partial<T> {
  const { body } = exchange;
  if (typeof body !== "object" || body === null) return {};
  return body as Partial<T>;
}

/** One page of a list, with `Link` as GitHub gives it. */
export function paged<T>(
  exchange: Exchange,
  items: readonly T[],
  present: (item: T) => unknown,
  wrap: (page: unknown[]) => unknown = (page) => page,
): Answer {
  const size = Math.min(Math.max(Number(exchange.query.get("per_page") ?? 30) || 30, 1), 100);
  const page = Math.max(Number(exchange.query.get("page") ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const body = wrap(items.slice((page - 1) * size, page * size).map(present));
  const link = (to: number, rel: string): string => {
    const url = new URL(exchange.url);
    url.searchParams.set("page", String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, "prev")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
    ...(page > 1 ? [link(1, "first")] : []),
  ];
  return { status: 200, body, ...(links.length > 0 ? { headers: { link: links.join(", ") } } : {}) };
}
