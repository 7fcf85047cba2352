/** GraphQL's queries. */
import { permission } from "../../world/access.ts";
import { MOST_RESULTS, searchIssues, searchRepositories } from "../../world/search.ts";
import { isPull } from "../../world/world.ts";
import { accountNode } from "./accounts.ts";
import { connection, refusal, type Context, type PageArguments } from "./context.ts";
import { node } from "./nodes.ts";
import { issueNode, pullNode } from "./pulls.ts";
import { repositoryNode } from "./repositories.ts";

export const queries = {
  viewer: (_: unknown, c: Context) => accountNode(c, c.viewer),

  rateLimit: (_: unknown, c: Context) => ({
    cost: c.cost,
    limit: c.limit.limit,
    nodeCount: c.nodeCount,
    remaining: c.limit.remaining,
    resetAt: new Date(c.limit.reset * 1000).toISOString(),
    used: c.limit.used,
  }),

  meta: (_: unknown, c: Context) => ({
    isPasswordAuthenticationVerifiable: false,
    gitHubServicesSha: "0".repeat(40),
    gitIpAddresses: ["127.0.0.1"],
    hookIpAddresses: [c.site],
  }),

  repositoryOwner: ({ login }: { login: string }, c: Context) => {
    const found = c.world.account(login);
    return found && found.type !== "Bot" ? accountNode(c, found) : null;
  },

  organization: ({ login }: { login: string }, c: Context) => {
    const found = c.world.account(login);
    if (found?.type !== "Organization")
      throw refusal("NOT_FOUND", `Could not resolve to an Organization with the login of '${login}'.`);
    return accountNode(c, found);
  },

  user: ({ login }: { login: string }, c: Context) => {
    const found = c.world.account(login);
    if (found?.type !== "User")
      throw refusal("NOT_FOUND", `Could not resolve to a User with the login of '${login}'.`);
    return accountNode(c, found);
  },

  repository: ({ owner, name }: { owner: string; name: string }, c: Context) => {
    const found = c.world.repository(owner, name);
    if (!found || permission(found, c.viewer) === null)
      throw refusal("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    return repositoryNode(c, found);
  },

  node: ({ id }: { id: string }, c: Context) => node(c, id),
  nodes: ({ ids }: { ids: readonly string[] }, c: Context) =>
    ids.map((id) => {
      try {
        return node(c, id);
      } catch (error) {
        return error;
      }
    }),

  search: (args: PageArguments & { query: string; type: string }, c: Context) => {
    if (args.type === "REPOSITORY") {
      const found = searchRepositories(c.world, args.query, c.viewer);
      return connection(
        args,
        found.slice(0, MOST_RESULTS),
        (each) => each.id,
        (each) => repositoryNode(c, each),
        {
          repositoryCount: found.length,
          issueCount: 0,
        },
      );
    }
    const found = searchIssues(c.world, args.query, c.viewer);
    return connection(
      args,
      found.slice(0, MOST_RESULTS),
      (each) => each.id,
      (each) => (isPull(each) ? pullNode(c, each) : issueNode(c, each)),
      { issueCount: found.length, repositoryCount: 0 },
    );
  },
};
