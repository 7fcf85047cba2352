import type { Answer, Exchange, Handler } from "../../http/exchange.ts";
import { MOST_RESULTS, searchCode, searchIssues, searchRepositories } from "../../world/search.ts";
import { headOf } from "../../world/refs.ts";
import { Problem } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { repository } from "./present.ts";
import { issue } from "./present-pulls.ts";
import { paged, siteOf } from "./requests.ts";

function results<T>(x: Exchange, found: readonly T[], present: (item: T) => Record<string, unknown>): Answer {
  const page = Number(x.query.get("page") ?? 1);
  if (page * Number(x.query.get("per_page") ?? 30) > MOST_RESULTS && page > 1)
    throw new Problem("invalid", "Only the first 1000 search results are available");
  return paged(
    x,
    found.slice(0, MOST_RESULTS),
    (each) => ({ ...present(each), score: 1 }),
    (items) => ({ total_count: found.length, incomplete_results: false, items }),
  );
}

const q = (x: Exchange): string => x.query.get("q") ?? "";

export const searchRoutes: Record<string, Handler> = {
  "GET /search/repositories": (x) =>
    results(x, searchRepositories(x.world, q(x), x.account), (each) =>
      repository(siteOf(x), each, x.account),
    ),
  "GET /search/issues": (x) =>
    results(x, searchIssues(x.world, q(x), x.account), (each) => issue(siteOf(x), each)),
  "GET /search/code": (x) =>
    results(x, searchCode(x.world, q(x), x.account), ({ repository: of, path, oid }) => {
      const at = `${fullName(of)}`;
      return {
        name: path.split("/").at(-1)!,
        path,
        sha: oid,
        url: `${x.api}/repositories/${of.id}/contents/${path}?ref=${headOf(of)!}`,
        git_url: `${x.api}/repositories/${of.id}/git/blobs/${oid}`,
        html_url: `${x.site}/${at}/blob/${headOf(of)!}/${path}`,
        repository: repository(siteOf(x), of, x.account),
      };
    }),
};
