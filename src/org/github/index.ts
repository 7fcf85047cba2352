/** GitHub and GitHub Enterprise Server. */
import { ForgeError, type Forge, type Identity } from "../forge.ts";
import { NO_CACHE, type ObjectCache } from "../objects.ts";
import { GitHubClient, type GitHubClientOptions } from "./client.ts";
import { compareBranches, makeCommit, removeBranch } from "./commit.ts";
import { decorate, idsFor, isEmpty, open, update, type Ids } from "./pull-request.ts";
import { VIEWER } from "./queries.ts";
import { findRepositories, lookUp } from "./repositories.ts";
import { readTree } from "./tree.ts";

export { gitHubAuth, type GitHubAuth } from "./auth.ts";

export interface GitHubOptions extends GitHubClientOptions {
  readonly cache?: ObjectCache;
}

export function gitHub(options: GitHubOptions): Forge {
  const client = new GitHubClient(options);
  const cache = options.cache ?? NO_CACHE;
  /** GraphQL's ids: of the repositories whose standing was looked up, until they are done with. */
  const repositoryIds = new Map<string, string>();
  const decorationIds = new Map<string, Ids>();
  const idOf = async (repository: string, branch: string): Promise<string> =>
    repositoryIds.get(repository) ?? (await lookUp(client, repository, branch)).id;

  return {
    kind: "github",
    host: hostOf(options.apiUrl),
    usage: client.usage,
    identify: (need) => identify(client, options, need),
    find: (where) => findRepositories(client, where),
    tree: (repository, commit) => readTree(client, cache, repository, commit),
    async lookUp(repository, branch) {
      const { id, ...standing } = await lookUp(client, repository, branch);
      remember(repositoryIds, repository, id);
      return standing;
    },
    compare: (repository, base, branch) => compareBranches(client, cache, repository, base, branch),
    commit: async (repository, request) =>
      makeCommit(client, repository, await idOf(repository, request.branch), request),
    async openPullRequest(repository, request) {
      const { pullRequest, ids } = await open(
        client,
        repository,
        await idOf(repository, request.branch),
        request,
      );
      remember(decorationIds, `${repository}#${pullRequest.number}`, ids);
      return pullRequest;
    },
    updatePullRequest: (repository, number, change) => update(client, repository, number, change),
    async decorate(repository, pullRequest, decoration) {
      if (isEmpty(decoration)) return [];
      const ids =
        decorationIds.get(`${repository}#${pullRequest.number}`) ??
        (await idsFor(client, repository, pullRequest.number, decoration));
      return decorate(client, repository, pullRequest, decoration, ids);
    },
    deleteBranch: async (repository, branch, expected) =>
      removeBranch(client, repository, await idOf(repository, branch), branch, expected),
    close: () => Promise.resolve(),
  };
}

/** A few are enough: each is needed right after it was seen. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= 1000) map.delete(map.keys().next().value!);
  map.set(key, value);
}

async function identify(
  client: GitHubClient,
  { auth, apiUrl }: GitHubOptions,
  need: "read" | "write",
): Promise<Identity> {
  if (auth.app !== null) {
    const { permissions } = auth.app;
    const lacking = ["contents", "pull_requests"].filter((name) =>
      need === "write" ? permissions[name] !== "write" : permissions[name] === undefined,
    );
    if (lacking.length > 0) {
      throw new ForgeError(
        "forbidden",
        `the App may not do enough: it lacks ${lacking.map((name) => `${name}: ${need}`).join(", ")}`,
        "Give the App these permissions in its settings, and accept them in the organisation.",
      );
    }
    return { login: auth.app.login, scopes: null, version: null };
  }
  const { data, headers } = await client.query<{ viewer: { login: string } }>(
    "sign in to GitHub",
    VIEWER,
    {},
  );
  if (!data) throw new ForgeError("signed-out", `${hostOf(apiUrl)} does not tell whose token it is`);
  const told = headers["x-oauth-scopes"];
  const scopes =
    typeof told === "string"
      ? told
          .split(",")
          .map((scope) => scope.trim())
          .filter((scope) => scope !== "")
      : null;
  if (scopes !== null && need === "write" && !scopes.includes("repo") && !scopes.includes("public_repo")) {
    throw new ForgeError(
      "forbidden",
      `the token of ${data.viewer.login} may not open pull requests: it has ${scopes.length === 0 ? "no scopes" : `the scopes ${scopes.join(", ")}`}`,
      "Make a token with the scope repo (public_repo does for public repositories), or a fine-grained one that may read and write contents and pull requests.",
    );
  }
  const version = headers["x-github-enterprise-version"];
  return { login: data.viewer.login, scopes, version: typeof version === "string" ? version : null };
}

function hostOf(apiUrl: string): string {
  const { host } = new URL(apiUrl);
  return host === "api.github.com" ? "github.com" : host;
}
