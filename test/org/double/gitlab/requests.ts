/** What many of GitLab's routes do first: find the project, read arguments, cut a list into pages. */
import { permission } from "../world/access.ts";
import { resolve } from "../git/history.ts";
import { Problem, type Account, type PullRequest, type Repository } from "../world/model.ts";
import { isPull } from "../world/world.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { Site } from "./present.ts";

export const missing = (what: string): Problem => new Problem("not-found", `404 ${what} Not Found`);

export const siteOf = ({ api, site, world }: Exchange): Site => ({ api, site, world });

/** By number or by full path. */
export function projectOf(x: Exchange): Repository {
  const id = x.params["id"]!;
  const found = /^\d+$/.test(id) ? x.world.repositoryById(Number(id)) : x.world.named(id);
  if (!found || permission(found, x.account) === null) throw missing("Project");
  if (found.disabled) throw new Problem("forbidden", "403 Forbidden");
  return found;
}

export function groupOf(x: Exchange): Account {
  const id = x.params["id"]!;
  const found = /^\d+$/.test(id) ? accountById(x, Number(id)) : x.world.account(id);
  if (found?.type !== "Organization") throw missing("Group");
  return found;
}

export function accountById(x: Exchange, id: number): Account | null {
  for (const account of x.world.accounts.values()) if (account.id === id) return account;
  return null;
}

export function mergeRequestOf(x: Exchange): PullRequest {
  const found = projectOf(x).issues.get(Number(x.params["merge_request_iid"]));
  if (!found || !isPull(found)) throw new Problem("not-found", "404 Not found");
  return found;
}

export function commitNamed(of: Repository, revision: string): string {
  const oid = resolve(of.git, revision);
  if (oid === null || !of.git.commit(oid)) throw missing("Commit");
  return oid;
}

/** Arguments from the query and the body alike, as GitLab takes them. */
export function argumentsOf<T extends object>(x: Exchange): Partial<T> {
  const query = Object.fromEntries(x.query);
  const body = typeof x.body === "object" && x.body !== null ? x.body : {};
  return { ...query, ...body } as Partial<T>;
}

const asLinks = (links: readonly (readonly [URL, string])[]): Record<string, string> =>
  links.length === 0 ? {} : { link: links.map(([url, rel]) => `<${url.href}>; rel="${rel}"`).join(", ") };

const sizeOf = (x: Exchange): number =>
  Math.min(Math.max(Number(x.query.get("per_page") ?? 20) || 20, 1), 100);

/** One page by number. */
export function paged<T>(x: Exchange, items: readonly T[], present: (item: T) => unknown): Answer {
  const size = sizeOf(x);
  const page = Math.max(Number(x.query.get("page") ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const to = (number: number, rel: string): [URL, string] => {
    const url = new URL(x.url);
    url.searchParams.set("page", String(number));
    url.searchParams.set("per_page", String(size));
    return [url, rel];
  };
  return {
    status: 200,
    body: items.slice((page - 1) * size, page * size).map(present),
    headers: {
      "x-page": String(page),
      "x-per-page": String(size),
      "x-prev-page": page > 1 ? String(page - 1) : "",
      "x-next-page": page < last ? String(page + 1) : "",
      "x-total": String(items.length),
      "x-total-pages": String(last),
      ...asLinks([
        ...(page > 1 ? [to(page - 1, "prev")] : []),
        ...(page < last ? [to(page + 1, "next")] : []),
        to(1, "first"),
        to(last, "last"),
      ]),
    },
  };
}

/**
 * One page by what came last (`pagination=keyset`): only the link to the next page says where it is.
 * @param argument what that link gives it in: `id_after`, `page_token`.
 */
export function keyset<T>(
  x: Exchange,
  items: readonly T[],
  keyOf: (item: T) => string,
  argument: string,
  present: (item: T) => unknown,
): Answer {
  const size = sizeOf(x);
  const after = x.query.get(argument);
  const from = after === null ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  const page = items.slice(from, from + size);
  const links: [URL, string][] = [];
  if (from + size < items.length) {
    const url = new URL(x.url);
    url.searchParams.set(argument, keyOf(page.at(-1)!));
    links.push([url, "next"]);
  }
  return { status: 200, body: page.map(present), headers: { "x-per-page": String(size), ...asLinks(links) } };
}
