/** GitHub over HTTP: REST by routes, GraphQL, and the rules that go before both. */
import type { IncomingMessage } from "node:http";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { Fault, Request } from "../http/faults.ts";
import { Router } from "../http/router.ts";
import { ForgeServer, type Arrival, type Parts, type Reading } from "../http/server.ts";
import { basicOrBearer, type Token } from "../http/tokens.ts";
import { Problem } from "../world/model.ts";
import { faultAnswer, secondaryLimit } from "./faulty.ts";
import { readRequest, run, type GraphQLRequest } from "./graphql/execute.ts";
import { limitHeaders, type Resource } from "./limits.ts";
import type { OpenApi } from "./openapi.ts";
import { refuse, resourceOf, restProblem } from "./problems.ts";
import { appRoutes, Unauthorised } from "./rest/apps.ts";
import { checkRoutes } from "./rest/checks.ts";
import { contentRoutes } from "./rest/contents.ts";
import { gitRoutes } from "./rest/git-data.ts";
import { issueRoutes } from "./rest/issues.ts";
import { pullRoutes } from "./rest/pulls.ts";
import { repositoryRoutes } from "./rest/repositories.ts";
import { searchRoutes } from "./rest/search.ts";

export interface GitHubOptions {
  /** Null for github.com; a version for GitHub Enterprise Server, whose API is below `/api/v3`. */
  readonly enterprise: string | null;
  /** GraphQL fields this server does not have: `Mutation.createCommitOnBranch`. */
  readonly missingFields: ReadonlySet<string>;
  /** Null: nothing is held against the description. */
  readonly openApi: (() => OpenApi) | null;
}

interface GitHubReading extends Reading {
  readonly graphql: GraphQLRequest | null;
}

const GREEDY = new Set(["ref", "path", "basehead", "branch"]);

export class GitHubServer extends ForgeServer<GitHubReading> {
  readonly #options: GitHubOptions;
  readonly #router: Router;

  constructor(parts: Parts, options: GitHubOptions) {
    super(parts);
    this.#options = options;
    const routes = {
      ...repositoryRoutes,
      ...gitRoutes,
      // Before those of contents, whose `commits/{ref}` would swallow them.
      ...checkRoutes,
      ...contentRoutes,
      ...pullRoutes,
      ...issueRoutes,
      ...searchRoutes,
      ...appRoutes(parts.tokens, options.enterprise),
      "GET /rate_limit": (x: Exchange) => ({ status: 200, body: this.#rateLimit(x) }),
    };
    this.#router = new Router(routes, GREEDY);
  }

  protected override read({ message, url, text }: Arrival): GitHubReading {
    const method = message.method ?? "GET";
    const prefix = this.#options.enterprise === null ? "" : "/api/v3";
    const graphqlPath = this.#options.enterprise === null ? "/graphql" : "/api/graphql";
    const asked = { method, path: `${url.pathname}${url.search}` };
    let body: unknown;
    let refused: Answer | null = null;
    try {
      body = text === "" ? undefined : JSON.parse(text);
    } catch {
      refused = refuse(400, "Problems parsing JSON");
    }
    if (url.pathname === graphqlPath && method === "POST") {
      const read = refused ? {} : readRequest(body, this.#options.missingFields);
      const graphql = "document" in read ? read : null;
      const request: Request = {
        ...asked,
        kind: "graphql",
        route: graphql?.route ?? "invalid",
        write: graphql?.write ?? false,
      };
      refused ??= graphql ? null : { status: 200, body: read };
      return { request, match: null, graphql, refused, body };
    }
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : null;
    const match = path === null ? null : this.#router.find(method, path);
    const route = match?.route ?? `${method} ${url.pathname}`;
    const write = !["GET", "HEAD"].includes(method) && !route.endsWith("/access_tokens");
    return { request: { ...asked, kind: "rest", route, write }, match, graphql: null, refused, body };
  }

  protected override async carryOut(
    arrival: Arrival,
    reading: GitHubReading,
    token: Token | null,
    fault: Fault | null,
  ): Promise<Answer> {
    const { graphql, request } = reading;
    const forApps = /^(GET|POST) \/app\b|\/installation$/.test(request.route);
    if (!token && !forApps && request.route !== "GET /meta")
      return refuse(
        401,
        arrival.message.headers.authorization ? "Bad credentials" : "Requires authentication",
      );
    const limited = token && this.#limit(reading, token);
    if (limited) return limited;
    return graphql ? this.#graphql(arrival, graphql, token!) : this.#rest(arrival, reading, token, fault);
  }

  /** Counts the request; the refusal when it is one too many. */
  #limit(reading: GitHubReading, token: Token): Answer | null {
    const { limits } = this.parts;
    if (reading.request.route === "GET /rate_limit") return null;
    const window = limits.window(token.value, this.#resource(reading));
    if (window.remaining === 0) {
      limits.hit.primary++;
      return this.#exhausted(reading, token, 403);
    }
    const tooMany = this.underWay > limits.options.concurrent;
    const wait = tooMany || !reading.request.write ? null : limits.content(token.value);
    if (tooMany || wait !== null) {
      limits.hit.secondary++;
      return secondaryLimit(wait);
    }
    limits.spend(token.value, window.resource, reading.graphql?.cost.points ?? 1);
    return null;
  }

  async #graphql({ site }: Arrival, graphql: GraphQLRequest, token: Token): Promise<Answer> {
    if (graphql.write && !mayWrite(token)) return { status: 200, body: insufficientScopes(token) };
    const context = {
      world: this.parts.world,
      viewer: token.account,
      api: this.#api(site),
      site,
      limit: this.parts.limits.window(token.value, "graphql"),
      cost: graphql.cost.points,
      nodeCount: graphql.cost.nodes,
    };
    return { status: 200, body: await run(graphql, context) };
  }

  #rest(
    { message, url, site }: Arrival,
    { match, request, body }: GitHubReading,
    token: Token | null,
    fault: Fault | null,
  ): Answer {
    if (!match) return refuse(404, "Not Found");
    if (request.write && token && !mayWrite(token)) return refuse(404, "Not Found");
    const misfit = this.#options.openApi?.().checkRequest(match.route, body) ?? null;
    if (misfit !== null) return refuse(422, `Invalid request.\n\n${misfit}`);
    const exchange: Exchange = {
      world: this.parts.world,
      method: message.method ?? "GET",
      params: match.params,
      query: url.searchParams,
      headers: message.headers,
      body,
      token,
      get account() {
        if (!token) throw new Problem("not-found", "Not Found");
        return token.account;
      },
      api: this.#api(site),
      site,
      url,
      truncate: fault?.kind === "truncated-tree",
    };
    try {
      return this.#checked(match.route, match.handler(exchange));
    } catch (error) {
      if (error instanceof Problem) return restProblem(error, resourceOf(match.route));
      if (error instanceof Unauthorised) return refuse(401, error.message);
      throw error;
    }
  }

  /** Holds an answer against the official description: a difference is a defect of the double. */
  #checked(route: string, answer: Answer): Answer {
    if (!this.#options.openApi || Buffer.isBuffer(answer.body)) return answer;
    const misfit = this.#options.openApi().checkAnswer(route, answer.status, answer.body);
    if (misfit === null) return answer;
    this.parts.violations.push(misfit);
    return refuse(500, misfit);
  }

  protected override faultAnswer(fault: Fault, reading: GitHubReading, token: Token | null): Answer | null {
    if (fault.kind === "primary-limit" && token) {
      this.parts.limits.exhaust(token.value, this.#resource(reading), fault.resetIn ?? 60);
      this.parts.limits.hit.primary++;
      return this.#exhausted(reading, token, fault.status ?? 403);
    }
    return faultAnswer(fault, reading.request.kind, resourceOf(reading.request.route));
  }

  protected override tokenIn(message: IncomingMessage): string | null {
    return basicOrBearer(message.headers.authorization);
  }

  protected override headers(reading: GitHubReading, token: Token | null): Record<string, string> {
    const { enterprise } = this.#options;
    return {
      "x-github-request-id": "D0B1:E",
      "x-github-media-type": "github.v3; format=json",
      ...(enterprise === null ? {} : { "x-github-enterprise-version": enterprise }),
      ...(token?.kind === "classic"
        ? { "x-oauth-scopes": token.scopes.join(", "), "x-accepted-oauth-scopes": "repo" }
        : {}),
      ...(token ? limitHeaders(this.parts.limits.window(token.value, this.#resource(reading))) : {}),
    };
  }

  protected override unchanged(reading: GitHubReading, token: Token | null): void {
    if (token) this.parts.limits.spend(token.value, this.#resource(reading), -1);
  }

  #api(site: string): string {
    return this.#options.enterprise === null ? site : `${site}/api/v3`;
  }

  #resource({ request }: GitHubReading): Resource {
    if (request.kind === "graphql") return "graphql";
    if (request.route === "GET /search/code") return "code_search";
    return request.route.startsWith("GET /search/") ? "search" : "core";
  }

  #exhausted({ request }: GitHubReading, token: Token, status: 403 | 429): Answer {
    const message = `API rate limit exceeded for user ID ${token.account.id}.`;
    if (request.kind === "graphql")
      return { status: 200, body: { errors: [{ type: "RATE_LIMITED", message }] } };
    return refuse(status, message);
  }

  #rateLimit({ token }: Exchange): unknown {
    const show = (resource: Resource): unknown => {
      const { limit, used, remaining, reset } = this.parts.limits.window(token!.value, resource);
      return { limit, used, remaining, reset };
    };
    const resources = {
      core: show("core"),
      graphql: show("graphql"),
      search: show("search"),
      code_search: show("code_search"),
    };
    return { resources, rate: resources.core };
  }
}

/** Classic tokens need a scope to write; others carry their rights themselves. */
function mayWrite(token: Token): boolean {
  if (token.kind === "classic") return token.scopes.includes("repo") || token.scopes.includes("public_repo");
  return token.installation === null || token.installation.permissions["contents"] === "write";
}

const insufficientScopes = (token: Token): unknown => ({
  data: null,
  errors: [
    {
      type: "INSUFFICIENT_SCOPES",
      message: `Your token has not been granted the required scopes to execute this query. The requested operation requires one of the following scopes: ['public_repo', 'repo'], but your token has only been granted the: [${token.scopes.map((each) => `'${each}'`).join(", ")}] scopes.`,
    },
  ],
});
