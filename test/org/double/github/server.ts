/** GitHub over HTTP: what happens to a request before and after its route. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Calls } from "../http/calls.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { Fault, Faults, Request } from "../http/faults.ts";
import { serveGit } from "../http/http-backend.ts";
import { Router, type Match } from "../http/router.ts";
import type { Token, Tokens } from "../http/tokens.ts";
import { may, permission } from "../world/access.ts";
import { refMoved } from "../world/refs.ts";
import { Problem } from "../world/model.ts";
import type { World } from "../world/world.ts";
import { faultAnswer, secondaryLimit } from "./faulty.ts";
import { readRequest, run, type GraphQLRequest } from "./graphql/execute.ts";
import { limitHeaders, type Limits, type Resource } from "./limits.ts";
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

interface Parts {
  readonly world: World;
  readonly tokens: Tokens;
  readonly calls: Calls;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly violations: string[];
}

interface Reading {
  readonly request: Request;
  readonly match: Match | null;
  readonly graphql: GraphQLRequest | null;
  /** What is wrong with the request itself. */
  readonly refused: Answer | null;
  readonly body: unknown;
}

const GIT = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;
const GREEDY = new Set(["ref", "path", "basehead", "branch"]);

export class GitHubServer {
  readonly #parts: Parts;
  readonly #options: GitHubOptions;
  readonly #router: Router;
  #underWay = 0;

  constructor(parts: Parts, options: GitHubOptions) {
    this.#parts = parts;
    this.#options = options;
    const routes = {
      ...repositoryRoutes,
      ...gitRoutes,
      // After the routes below `commits/{ref}`, which its greedy end would swallow.
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

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const site = `http://${message.headers.host ?? "127.0.0.1"}`;
    const url = new URL(message.url!, site);
    const git = GIT.exec(url.pathname);
    if (git) return this.#git(message, response, url, git);
    this.#underWay++;
    try {
      await this.#answer(message, response, url, site);
    } finally {
      this.#underWay--;
    }
  }

  async #answer(message: IncomingMessage, response: ServerResponse, url: URL, site: string): Promise<void> {
    const { faults, tokens } = this.#parts;
    const reading = await this.#read(message, url);
    const fault = faults.take(reading.request);
    const token = tokens.find(tokenValue(message.headers.authorization) ?? "");
    const finish = (answer: Answer | null): void =>
      this.#send(message, response, reading, token, fault, answer);
    if (fault?.kind === "reset" || fault?.kind === "hang") {
      if (fault.kind === "reset") message.socket.destroy();
      return finish(null);
    }
    if (fault?.kind === "primary-limit" && token)
      this.#parts.limits.exhaust(token.value, this.#resource(reading), fault.resetIn ?? 60);
    const planned = fault && faultAnswer(fault, reading.request.kind, resourceOf(reading.request.route));
    const answer =
      planned ?? reading.refused ?? (await this.#carryOut(message, url, site, reading, token, fault));
    if (fault?.kind === "slow") await new Promise((done) => setTimeout(done, fault.milliseconds));
    if (fault?.kind === "lost-answer") {
      if (fault.as === 502) return finish(faultAnswer({ kind: "status", status: 502 }, "rest", ""));
      message.socket.destroy();
      return finish(null);
    }
    finish(answer);
  }

  /** Finds out what is asked for, without doing it. */
  async #read(message: IncomingMessage, url: URL): Promise<Reading> {
    const method = message.method ?? "GET";
    const prefix = this.#options.enterprise === null ? "" : "/api/v3";
    const graphqlPath = this.#options.enterprise === null ? "/graphql" : "/api/graphql";
    const asked = { method, path: `${url.pathname}${url.search}` };
    const text = await bodyText(message);
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
      return {
        request,
        match: null,
        graphql,
        refused: refused ?? (graphql ? null : { status: 200, body: read }),
        body,
      };
    }
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : null;
    const match = path === null ? null : this.#router.find(method, path);
    const route = match?.route ?? `${method} ${url.pathname}`;
    const write = !["GET", "HEAD"].includes(method) && !route.endsWith("/access_tokens");
    return { request: { ...asked, kind: "rest", route, write }, match, graphql: null, refused, body };
  }

  async #carryOut(
    message: IncomingMessage,
    url: URL,
    site: string,
    reading: Reading,
    token: Token | null,
    fault: Fault | null,
  ): Promise<Answer> {
    const { world, limits } = this.#parts;
    const { match, graphql, request } = reading;
    const forApps = /^(GET|POST) \/app\b|\/installation$/.test(request.route);
    if (!token && !forApps && request.route !== "GET /meta")
      return refuse(401, sentToken(message) ? "Bad credentials" : "Requires authentication");
    if (token && request.route !== "GET /rate_limit") {
      const window = limits.window(token.value, this.#resource(reading));
      if (window.remaining === 0) {
        limits.hit.primary++;
        return this.#exhausted(reading, token, fault);
      }
      if (this.#underWay > limits.options.concurrent) {
        limits.hit.secondary++;
        return secondaryLimit(null);
      }
      const wait = request.write ? limits.content(token.value) : null;
      if (wait !== null) {
        limits.hit.secondary++;
        return secondaryLimit(wait);
      }
      limits.spend(token.value, window.resource, graphql?.cost.points ?? 1);
    }
    const api = this.#options.enterprise === null ? site : `${site}/api/v3`;
    if (graphql) {
      if (request.write && !mayWrite(token!)) return { status: 200, body: insufficientScopes(token!) };
      const limit = limits.window(token!.value, "graphql");
      const context = {
        world,
        viewer: token!.account,
        api,
        site,
        limit,
        cost: graphql.cost.points,
        nodeCount: graphql.cost.nodes,
      };
      return { status: 200, body: await run(graphql, context) };
    }
    if (!match) return refuse(404, "Not Found");
    if (request.write && token && !mayWrite(token)) return refuse(404, "Not Found");
    const misfit = this.#options.openApi?.().checkRequest(match.route, reading.body) ?? null;
    if (misfit !== null) return refuse(422, `Invalid request.\n\n${misfit}`);
    const exchange: Exchange = {
      world,
      method: message.method ?? "GET",
      params: match.params,
      query: url.searchParams,
      headers: message.headers,
      body: reading.body,
      token,
      get account() {
        if (!token) throw new Problem("not-found", "Not Found");
        return token.account;
      },
      api,
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
    this.#parts.violations.push(misfit);
    return refuse(500, misfit);
  }

  #resource({ request }: Reading): Resource {
    if (request.kind === "graphql") return "graphql";
    if (request.route === "GET /search/code") return "code_search";
    return request.route.startsWith("GET /search/") ? "search" : "core";
  }

  #exhausted({ request }: Reading, token: Token, fault: Fault | null): Answer {
    const message = `API rate limit exceeded for user ID ${token.account.id}.`;
    if (request.kind === "graphql")
      return { status: 200, body: { errors: [{ type: "RATE_LIMITED", message }] } };
    return refuse((fault?.kind === "primary-limit" ? fault.status : undefined) ?? 403, message);
  }

  #rateLimit({ token }: Exchange): unknown {
    const show = (resource: Resource): unknown => {
      const { limit, used, remaining, reset } = this.#parts.limits.window(token!.value, resource);
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

  #send(
    message: IncomingMessage,
    response: ServerResponse,
    reading: Reading,
    token: Token | null,
    fault: Fault | null,
    answer: Answer | null,
  ): void {
    const { calls, limits, world } = this.#parts;
    const record = (status: number, bytes: number): void =>
      calls.add({
        ...reading.request,
        login: token?.account.login ?? null,
        status,
        fault: fault?.kind ?? null,
        at: world.clock.now(),
        bytes,
      });
    if (answer === null) return record(0, 0);
    const raw = Buffer.isBuffer(answer.body);
    const body = raw
      ? (answer.body as Buffer)
      : Buffer.from(answer.body === undefined ? "" : JSON.stringify(answer.body));
    const headers: Record<string, string> = {
      ...(raw ? {} : { "content-type": "application/json; charset=utf-8" }),
      "x-github-request-id": "D0B1:E",
      "x-github-media-type": "github.v3; format=json",
      ...(this.#options.enterprise === null
        ? {}
        : { "x-github-enterprise-version": this.#options.enterprise }),
      ...(token?.kind === "classic"
        ? { "x-oauth-scopes": token.scopes.join(", "), "x-accepted-oauth-scopes": "repo" }
        : {}),
      ...(token ? limitHeaders(limits.window(token.value, this.#resource(reading))) : {}),
      ...answer.headers,
    };
    if (message.method === "GET" && answer.status === 200) {
      headers["etag"] = `W/"${createHash("sha256").update(body).digest("hex")}"`;
      if (message.headers["if-none-match"] === headers["etag"]) {
        // Costs nothing of the hour's requests.
        if (token) limits.spend(token.value, this.#resource(reading), -1);
        record(304, 0);
        response.writeHead(304, headers).end();
        return;
      }
    }
    record(answer.status, body.length);
    response.writeHead(answer.status, headers);
    response.end(message.method === "HEAD" ? undefined : body);
  }

  async #git(
    message: IncomingMessage,
    response: ServerResponse,
    url: URL,
    [, owner, name, service]: RegExpExecArray,
  ): Promise<void> {
    const { world, tokens, calls } = this.#parts;
    const token = tokens.find(tokenValue(message.headers.authorization) ?? "");
    const write = service === "/git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
    const done = (status: number): void =>
      calls.add({
        kind: "git",
        method: message.method ?? "GET",
        path: `${url.pathname}${url.search}`,
        route: `git ${service!.slice(1)}`,
        write: service === "/git-receive-pack",
        login: token?.account.login ?? null,
        status,
        fault: null,
        at: world.clock.now(),
        bytes: 0,
      });
    const repository = world.repository(owner!, name!);
    const seen = repository && permission(repository, token?.account ?? null) !== null;
    if (!token && (write || !seen)) {
      done(401);
      response.writeHead(401, { "www-authenticate": 'Basic realm="GitHub"' }).end();
      return;
    }
    if (!repository || !seen) {
      done(404);
      response.writeHead(404).end("Repository not found.");
      return;
    }
    if (write && (!may(repository, token!.account, "write") || repository.archived)) {
      done(403);
      response.writeHead(403).end("Write access to repository not granted.");
      return;
    }
    const before = new Map(repository.git.refs());
    await serveGit(repository.git, service!, token?.account.login ?? null, message, response);
    const after = new Map(repository.git.refs());
    for (const ref of new Set([...before.keys(), ...after.keys()]))
      if (before.get(ref) !== after.get(ref)) refMoved(world, repository, ref);
    done(response.statusCode);
  }
}

/** From `token X`, `Bearer X`, or the password (or name) of HTTP's basic scheme. */
function tokenValue(authorization: string | undefined): string | null {
  const match = /^(token|bearer|basic) (.+)$/i.exec(authorization ?? "");
  if (!match) return null;
  if (match[1]!.toLowerCase() !== "basic") return match[2]!;
  const [name, password] = Buffer.from(match[2]!, "base64").toString().split(":");
  return password || name || null;
}

const sentToken = (message: IncomingMessage): boolean => message.headers.authorization !== undefined;

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

async function bodyText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
