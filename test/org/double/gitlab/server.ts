/** GitLab over HTTP: its REST API below `/api/v4`, and GraphQL. */
import type { IncomingMessage } from "node:http";
import { limitHeaders } from "../github/limits.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { Fault } from "../http/faults.ts";
import { Router } from "../http/router.ts";
import { badGateway, ForgeServer, type Arrival, type Reading } from "../http/server.ts";
import { basicOrBearer, type Token } from "../http/tokens.ts";
import { Problem } from "../world/model.ts";
import { answer as answerQuery, readQuery, type Query } from "./graphql/execute.ts";
import { mergeRequestRoutes } from "./routes/merge-requests.ts";
import { projectRoutes } from "./routes/projects.ts";
import { gitRoutes } from "./routes/repository.ts";

const PREFIX = "/api/v4";
const GRAPHQL = "/api/graphql";

interface GitLabReading extends Reading {
  /** Null in REST, and for what is no GraphQL. */
  readonly query: Query | null;
}

export class GitLabServer extends ForgeServer<GitLabReading> {
  readonly #router = new Router({ ...projectRoutes, ...gitRoutes, ...mergeRequestRoutes }, new Set());

  protected override read({ message, url, text }: Arrival): GitLabReading {
    const method = message.method ?? "GET";
    let body: unknown;
    let refused: Answer | null = null;
    try {
      body = text === "" ? undefined : JSON.parse(text);
    } catch {
      refused = refuse(400, "400 Bad request - Problems parsing JSON");
    }
    if (method === "POST" && url.pathname === GRAPHQL) {
      const query = readQuery(body);
      const { route = "invalid", write = false } = query ?? {};
      const request = { method, path: url.pathname, kind: "graphql" as const, route, write };
      return { request, match: null, refused, body, query };
    }
    const path = url.pathname.startsWith(`${PREFIX}/`) ? url.pathname.slice(PREFIX.length) : null;
    const match = path === null ? null : this.#router.find(method, path);
    const route = match?.route ?? `${method} ${url.pathname}`;
    const write = !["GET", "HEAD"].includes(method);
    const request = { method, path: `${url.pathname}${url.search}`, kind: "rest" as const, route, write };
    return { request, match, refused, body, query: null };
  }

  protected override carryOut(
    { message, url, site }: Arrival,
    { request, match, body, query }: GitLabReading,
    token: Token | null,
    fault: Fault | null,
  ): Promise<Answer> {
    const { limits, world } = this.parts;
    const answer = (): Answer | Promise<Answer> => {
      if (!token)
        return request.kind === "graphql"
          ? { status: 401, body: { errors: [{ message: "Invalid token" }] } }
          : refuse(401, "401 Unauthorized");
      if (limits.window(token.value, "core").remaining === 0) return this.#later(token);
      const wait = request.write ? limits.content(token.value) : null;
      if (wait !== null) {
        limits.hit.secondary++;
        return later(wait);
      }
      limits.spend(token.value, "core", 1);
      if (!match && request.kind === "rest") return { status: 404, body: { error: "404 Not Found" } };
      const scope = token.scopes.includes("api") || (!request.write && token.scopes.includes("read_api"));
      if (!scope)
        return {
          status: 403,
          body: {
            error: "insufficient_scope",
            error_description: "The request requires higher privileges than provided by the access token.",
            scope: "api",
          },
        };
      if (!match)
        return answerQuery(query, world, token.account).then((answered) => ({ status: 200, body: answered }));
      const exchange: Exchange = {
        world,
        method: message.method ?? "GET",
        params: match.params,
        query: url.searchParams,
        headers: message.headers,
        body,
        token,
        account: token.account,
        api: `${site}${PREFIX}`,
        site,
        url,
        truncate: fault?.kind === "truncated-tree",
      };
      try {
        return match.handler(exchange);
      } catch (error) {
        if (error instanceof Problem) return problem(error);
        throw error;
      }
    };
    return Promise.resolve(answer());
  }

  protected override faultAnswer(
    fault: Fault,
    { request }: GitLabReading,
    token: Token | null,
  ): Answer | null {
    switch (fault.kind) {
      case "secondary-limit":
        return later(fault.retryAfter === undefined ? 1 : fault.retryAfter);
      case "primary-limit":
        if (token) this.parts.limits.exhaust(token.value, "core", fault.resetIn ?? 60);
        return token && this.#later(token);
      // The nearest GitLab has to it.
      case "too-quickly":
        return refuse(429, { error: "This endpoint has been requested too many times. Try again later." });
      case "graphql-error":
        // What takes too long is left out.
        return request.kind === "graphql"
          ? {
              status: 200,
              body: { data: { projects: null }, errors: [{ message: "Timeout on Query.projects" }] },
            }
          : badGateway(500);
      case "status":
        return badGateway(fault.status);
      case "token-expired":
        return {
          status: 401,
          body: {
            error: "invalid_token",
            error_description: "Token is expired. You can either do re-authorization or token refresh.",
          },
        };
      default:
        return null;
    }
  }

  protected override tokenIn(message: IncomingMessage): string | null {
    const own = message.headers["private-token"];
    return typeof own === "string" ? own : basicOrBearer(message.headers.authorization);
  }

  protected override headers(_reading: GitLabReading, token: Token | null): Record<string, string> {
    const limit = token ? limitHeaders(this.parts.limits.window(token.value, "core")) : {};
    return {
      "x-request-id": "01DOUBLE",
      ...Object.fromEntries(
        Object.entries(limit).map(([name, value]) => [
          name.replace("x-ratelimit-", "ratelimit-").replace("-used", "-observed"),
          value,
        ]),
      ),
    };
  }

  protected override unchanged(): void {
    // GitLab counts them all.
  }

  #later(token: Token): Answer {
    this.parts.limits.hit.primary++;
    const { reset } = this.parts.limits.window(token.value, "core");
    return later(Math.max(Math.ceil(reset - this.parts.world.clock.now().getTime() / 1000), 1));
  }
}

const later = (seconds: number | null): Answer => ({
  status: 429,
  body: Buffer.from("Retry later\n"),
  headers: { "content-type": "text/plain", ...(seconds === null ? {} : { "retry-after": String(seconds) }) },
});

const refuse = (status: number, message: unknown): Answer => ({ status, body: { message } });

/** How GitLab words a refusal. */
function problem({ code, message }: Problem): Answer {
  switch (code) {
    case "not-found":
      return refuse(404, message);
    case "forbidden":
      return refuse(
        403,
        message.startsWith("You are") || message.startsWith("403") ? message : "403 Forbidden",
      );
    case "archived":
    case "protected":
      return refuse(403, "403 Forbidden");
    case "duplicate-pull":
      return refuse(409, [message]);
    case "exists":
      return refuse(409, message);
    case "conflict":
    case "closed":
      return refuse(405, message.startsWith("Keyset") ? message : "405 Method Not Allowed");
    case "invalid":
      return message.endsWith("is missing")
        ? { status: 400, body: { error: message } }
        : refuse(400, message);
    default:
      return refuse(400, message);
  }
}
