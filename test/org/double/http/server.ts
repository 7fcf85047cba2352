/** What happens to every request, whichever forge it is for: faults, tokens, ETags, counting. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "../github/limits.ts";
import type { World } from "../world/world.ts";
import { bodyText } from "./body.ts";
import type { Calls } from "./calls.ts";
import type { Answer } from "./exchange.ts";
import type { Fault, Faults, Request } from "./faults.ts";
import { answerGit, gitRoute } from "./git-route.ts";
import type { Match } from "./router.ts";
import type { Token, Tokens } from "./tokens.ts";

export interface Parts {
  readonly world: World;
  readonly tokens: Tokens;
  readonly calls: Calls;
  readonly faults: Faults;
  readonly limits: Limits;
  /** What the double itself did wrong. */
  readonly violations: string[];
}

/** A request, understood but not carried out. */
export interface Reading {
  readonly request: Request;
  readonly match: Match | null;
  /** What is wrong with the request itself. */
  readonly refused: Answer | null;
  readonly body: unknown;
}

export interface Arrival {
  readonly message: IncomingMessage;
  readonly url: URL;
  /** Scheme, host and port. */
  readonly site: string;
  readonly text: string;
}

export abstract class ForgeServer<R extends Reading> {
  protected readonly parts: Parts;
  /** Requests being answered now. */
  protected underWay = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Finds out what is asked for, without doing it. */
  protected abstract read(arrival: Arrival): R;
  protected abstract carryOut(
    arrival: Arrival,
    reading: R,
    token: Token | null,
    fault: Fault | null,
  ): Promise<Answer>;
  /** The answer that stands for a fault; null for faults that are not answers. */
  protected abstract faultAnswer(fault: Fault, reading: R, token: Token | null): Answer | null;
  /** What the request carries as a token. */
  protected abstract tokenIn(message: IncomingMessage): string | null;
  protected abstract headers(reading: R, token: Token | null): Record<string, string>;
  /** An answer that the client has already is not counted against its limit. */
  protected abstract unchanged(reading: R, token: Token | null): void;

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const site = `http://${message.headers.host ?? "127.0.0.1"}`;
    const url = new URL(message.url!, site);
    const git = gitRoute(url.pathname);
    if (git) return answerGit(this.parts, message, response, git);
    this.underWay++;
    try {
      await this.#answer({ message, url, site, text: await bodyText(message) }, response);
    } finally {
      this.underWay--;
    }
  }

  async #answer(arrival: Arrival, response: ServerResponse): Promise<void> {
    const { message } = arrival;
    const reading = this.read(arrival);
    const fault = this.parts.faults.take(reading.request);
    const credentials = this.tokenIn(message);
    if (credentials !== null) this.parts.tokens.seen.add(credentials);
    const token = this.parts.tokens.find(credentials ?? "");
    const finish = (answer: Answer | null): void =>
      this.#send(message, response, reading, token, fault, answer);
    if (fault?.kind === "reset" || fault?.kind === "hang") {
      if (fault.kind === "reset") message.socket.destroy();
      return finish(null);
    }
    if (fault?.kind === "echo") return finish(echo(fault.status, reading.request.kind, credentials));
    const answer =
      (fault && this.faultAnswer(fault, reading, token)) ??
      reading.refused ??
      (await this.carryOut(arrival, reading, token, fault));
    if (fault?.kind === "slow") await new Promise((done) => setTimeout(done, fault.milliseconds));
    if (fault?.kind === "lost-answer") {
      if (fault.as === 502) return finish(badGateway(502));
      message.socket.destroy();
      return finish(null);
    }
    finish(answer);
  }

  #send(
    message: IncomingMessage,
    response: ServerResponse,
    reading: R,
    token: Token | null,
    fault: Fault | null,
    answer: Answer | null,
  ): void {
    const record = (status: number, bytes: number): void =>
      this.parts.calls.add({
        ...reading.request,
        login: token?.account.login ?? null,
        status,
        fault: fault?.kind ?? null,
        at: this.parts.world.clock.now(),
        bytes,
      });
    if (answer === null) return record(0, 0);
    const raw = Buffer.isBuffer(answer.body);
    const body = raw
      ? (answer.body as Buffer)
      : Buffer.from(answer.body === undefined ? "" : JSON.stringify(answer.body));
    const headers: Record<string, string> = {
      ...(raw ? {} : { "content-type": "application/json; charset=utf-8" }),
      // Clients whose clock is wrong go by it.
      date: this.parts.world.clock.now().toUTCString(),
      ...this.headers(reading, token),
      ...answer.headers,
    };
    if (message.method === "GET" && answer.status === 200) {
      headers["etag"] = `W/"${createHash("sha256").update(body).digest("hex")}"`;
      if (message.headers["if-none-match"] === headers["etag"]) {
        this.unchanged(reading, token);
        record(304, 0);
        response.writeHead(304, headers).end();
        return;
      }
    }
    record(answer.status, body.length);
    response.writeHead(answer.status, headers);
    response.end(message.method === "HEAD" ? undefined : body);
  }
}

/** From a server, or a proxy, that says more than it should. */
function echo(status: number, kind: Request["kind"], credentials: string | null): Answer {
  const message = `Cannot do that with ${credentials}, Authorization: Bearer ${credentials}`;
  if (kind === "graphql" && status === 200)
    return { status, body: { data: null, errors: [{ type: "FORBIDDEN", message }] } };
  if (status >= 500) return { status, body: Buffer.from(message), headers: { "content-type": "text/plain" } };
  return { status: status === 200 ? 403 : status, body: { message, errors: [{ message }] } };
}

/** What a proxy in front of a forge says. */
export const badGateway = (status: number): Answer => ({
  status,
  body: Buffer.from("<html><head><title>Unicorn!</title></head><body>Server Error</body></html>"),
  headers: { "content-type": "text/html" },
});
