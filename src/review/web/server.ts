import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import type { Assets } from "./assets.ts";
import { Events } from "./events.ts";
import { Guard, newToken, securityHeaders, type Denied } from "./guard.ts";
import { Lifetime, PATIENCE, type Patience } from "./lifetime.ts";
import type {
  Applied,
  Chosen,
  Detail,
  Event,
  Overview,
  Page,
  Refusal,
  SourceText,
  Undone,
} from "./protocol.ts";
import type { Verdict } from "../verdicts.ts";

/** What the server puts on the wire. Methods reject with a {@link DeskError} where they refuse. */
export interface Desk {
  overview(): Promise<Overview>;
  detail(dockerfile: string): Promise<Detail>;
  decide(dockerfile: string, change: string, verdict: Verdict, withNeeded: boolean): Promise<Chosen>;
  /** From now on its edits are decided one by one. */
  split(dockerfile: string, change: string): Promise<Detail>;
  /** Decides what is undecided: in one Dockerfile, or in all. */
  decideRest(dockerfile: string | null, verdict: "accepted" | "rejected"): Promise<void>;
  undo(): Promise<Undone>;
  apply(): Promise<Applied>;
  verify(dockerfile: string): Promise<void>;
  cancel(): Promise<void>;
  /** The choices, to be kept in a file. */
  decisions(): Promise<string>;
  page(topic: string): Promise<Page>;
  source(path: string): Promise<SourceText>;
  /** Called with everything that open pages should know. */
  listen(listener: (event: Event) => void): void;
}

/** A request that makes no sense as things stand. */
export class DeskError extends Error {
  override readonly name = "DeskError";
  readonly status: 400 | 404 | 409;
  readonly hint: string | null;
  constructor(status: 400 | 404 | 409, message: string, hint: string | null = null) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

export interface ServerOptions {
  /** Default: any free one. */
  readonly port?: number | undefined;
  readonly patience?: Patience;
}

export interface ReviewServer {
  /** With the token, after `#`: browsers never send that part. */
  readonly url: string;
  /** Resolves when the server has ended, with the reason. */
  readonly ended: Promise<"closed" | "idle" | "asked">;
  close(): Promise<void>;
}

/**
 * Serves the review on loopback, until the page is closed.
 * @throws NodeJS.ErrnoException EADDRINUSE or EACCES for a port that cannot be had.
 */
export async function serveReview(
  desk: Desk,
  assets: Assets,
  options: ServerOptions = {},
): Promise<ReviewServer> {
  const token = newToken();
  let end: (why: "closed" | "idle" | "asked") => void;
  const ended = new Promise<"closed" | "idle" | "asked">((done) => (end = done));
  const lifetime = new Lifetime(options.patience ?? PATIENCE, (why) => void shut(why));
  const events = new Events((open) => lifetime.pages(open));
  desk.listen((event) => {
    events.tell(event);
    if (event.type === "overview") lifetime.busy(event.overview.verifying !== null);
  });
  const app = new App(desk, assets, events, () => lifetime.touch());
  app.onClose = () => void shut("closed");
  const { servers, port } = await listen((request, response) => app.handle(request, response), options.port);
  app.guard = new Guard(port, token);

  let isShut = false;
  async function shut(why: "closed" | "idle" | "asked"): Promise<void> {
    if (isShut) return;
    isShut = true;
    lifetime.stop();
    events.tell({ type: "bye", message: GOODBYES[why] });
    events.close();
    await Promise.all(servers.map(closeServer));
    end(why);
  }
  return {
    url: `http://127.0.0.1:${port}/#${token}`,
    ended,
    close: () =>
      shut("asked")
        .then(() => ended)
        .then(() => undefined),
  };
}

const GOODBYES = {
  closed: "The review was closed",
  idle: "Nothing was done for a long time, so deroot has ended",
  asked: "deroot was stopped",
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** On both loopback addresses, so that nobody else answers on the same port of the other one. */
async function listen(handler: Handler, wanted = 0): Promise<{ servers: Server[]; port: number }> {
  for (let attempt = 0; ; attempt++) {
    const first = await listenOn(handler, "127.0.0.1", wanted);
    const { port } = first.address() as AddressInfo;
    try {
      return { servers: [first, await listenOn(handler, "::1", port)], port };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return { servers: [first], port };
      await closeServer(first);
      if (code !== "EADDRINUSE" || wanted !== 0 || attempt >= 20) throw error;
    }
  }
}

function listenOn(handler: Handler, host: string, port: number): Promise<Server> {
  const server = createServer({ requestTimeout: 30_000 }, handler);
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen({ host, port, ipv6Only: host === "::1", exclusive: true }, () => {
      server.off("error", fail);
      done(server);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    // What is being answered may take its moment; a browser that holds on to connections may not.
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 500).unref();
  });
}

/** Requests to answers. */
class App {
  guard: Guard | null = null;
  onClose: () => void = () => undefined;
  readonly #desk: Desk;
  readonly #assets: Assets;
  readonly #events: Events;
  readonly #touch: () => void;

  constructor(desk: Desk, assets: Assets, events: Events, touch: () => void) {
    this.#desk = desk;
    this.#assets = assets;
    this.#events = events;
    this.#touch = touch;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const nonce = randomBytes(16).toString("base64url");
    const headers = securityHeaders(nonce);
    this.#answer(request, response, headers, nonce).catch((error: unknown) => {
      const [status, refusal] = refusalOf(error);
      if (response.headersSent) response.destroy();
      else send(response, headers, status, refusal);
    });
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    headers: Record<string, string>,
    nonce: string,
  ): Promise<void> {
    const method = request.method ?? "";
    const asked = { method, headers: request.headers };
    const guard = this.guard;
    const url = URL.parse(request.url ?? "", "http://deroot.invalid");
    if (guard === null || url === null) throw new DeskError(400, "not a request that makes sense");
    const isProject = url.pathname.startsWith("/api/");
    const denied = isProject ? guard.forProject(asked) : guard.forAny(asked);
    if (denied !== null) return send(response, headers, denied.status, refused(denied));
    if (!isProject) return this.#asset(method, url.pathname, response, headers, nonce);
    this.#touch();
    if (url.pathname === "/api/events" && method === "GET") {
      const overview = await this.#desk.overview();
      return this.#events.open(response, headers, { type: "overview", overview });
    }
    const route = ROUTES[`${method} ${url.pathname}`];
    if (route === undefined) throw new DeskError(404, `there is no ${method} ${url.pathname}`);
    const input = method === "POST" ? await body(request) : Object.fromEntries(url.searchParams);
    send(response, headers, 200, await route(this.#desk, new Input(input), this.onClose));
  }

  #asset(
    method: string,
    path: string,
    response: ServerResponse,
    headers: Record<string, string>,
    nonce: string,
  ): void {
    if (method !== "GET" && method !== "HEAD") throw new DeskError(400, "only GET makes sense here");
    const asset = this.#assets.find(path, nonce);
    if (asset === null) throw new DeskError(404, "there is nothing here");
    response.writeHead(200, { ...headers, "content-type": asset.type });
    response.end(method === "HEAD" ? undefined : asset.content);
  }
}

type Route = (desk: Desk, input: Input, close: () => void) => Promise<unknown>;

const ROUTES: Readonly<Record<string, Route>> = {
  "GET /api/overview": (desk) => desk.overview(),
  "GET /api/detail": (desk, input) => desk.detail(input.text("dockerfile")),
  "GET /api/page": (desk, input) => desk.page(input.text("topic")),
  "GET /api/source": (desk, input) => desk.source(input.text("path")),
  "GET /api/decisions": async (desk) => ({ text: await desk.decisions() }),
  "POST /api/decide": (desk, input) =>
    desk.decide(
      input.text("dockerfile"),
      input.text("change"),
      input.oneOf("verdict", ["accepted", "rejected", "undecided"]),
      input.flag("withNeeded"),
    ),
  "POST /api/split": (desk, input) => desk.split(input.text("dockerfile"), input.text("change")),
  "POST /api/decide-rest": async (desk, input) => {
    const verdict = input.oneOf("verdict", ["accepted", "rejected"]);
    await desk.decideRest(input.isNull("dockerfile") ? null : input.text("dockerfile"), verdict);
    return {};
  },
  "POST /api/undo": (desk) => desk.undo(),
  "POST /api/apply": (desk) => desk.apply(),
  "POST /api/verify": async (desk, input) => (await desk.verify(input.text("dockerfile")), {}),
  "POST /api/cancel": async (desk) => (await desk.cancel(), {}),
  "POST /api/close": async (_desk, _input, close) => {
    // After the answer.
    setImmediate(close);
    return Promise.resolve({});
  },
};

/** What a request carries, checked. */
class Input {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string {
    const value = this.#own(name);
    if (typeof value !== "string") throw new DeskError(400, `"${name}" must be a text`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#own(name);
    if (typeof value !== "boolean") throw new DeskError(400, `"${name}" must be true or false`);
    return value;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.#own(name);
    const found = values.find((each) => each === value);
    if (found === undefined) throw new DeskError(400, `"${name}" must be one of: ${values.join(", ")}`);
    return found;
  }

  isNull(name: string): boolean {
    return this.#own(name) === null;
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }
}

const MOST_BYTES = 1024 * 1024;

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new DeskError(400, "the request must be JSON");
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new DeskError(400, "the request is too large");
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new DeskError(400, "the request is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DeskError(400, "the request must be an object");
  }
  return value as Record<string, unknown>;
}

function send(
  response: ServerResponse,
  headers: Record<string, string>,
  status: number,
  value: unknown,
): void {
  response.writeHead(status, { ...headers, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}

function refused({ message }: Denied): Refusal {
  return { message, hint: null };
}

function refusalOf(error: unknown): [number, Refusal] {
  if (error instanceof DeskError) return [error.status, { message: error.message, hint: error.hint }];
  // Stays here: what went wrong inside may name files outside the project.
  return [500, { message: "deroot stumbled over this request", hint: "Please report it." }];
}
