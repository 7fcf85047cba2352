import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, expect, test } from "vitest";
import { assetsOf } from "../../src/review/web/assets.ts";
import type { Event } from "../../src/review/web/protocol.ts";
import { type Desk, DeskError, type ReviewServer, serveReview } from "../../src/review/web/server.ts";

const assets = assetsOf({ html: "<p nonce=%NONCE%>", script: "script()", style: "p {}" });
const open: ReviewServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Fake extends Desk {
  readonly done: string[];
  tell(event: Event): void;
}

/** A desk that only notes what reaches it. */
function fakeDesk(): Fake {
  const done: string[] = [];
  const note = (...words: unknown[]) => {
    done.push(words.map(String).join(" "));
    return Promise.resolve({} as never);
  };
  let tell: (event: Event) => void = () => undefined;
  return {
    done,
    tell: (event) => tell(event),
    overview: () => note("overview"),
    detail: (dockerfile) => note("detail", dockerfile),
    decide: (...words) => note("decide", ...words),
    split: (...words) => note("split", ...words),
    decideRest: (...words) => note("decide-rest", ...words),
    undo: () => note("undo"),
    apply: () => note("apply"),
    verify: (dockerfile) => note("verify", dockerfile),
    cancel: () => note("cancel"),
    decisions: () => note("decisions"),
    page: (topic) => Promise.reject(new DeskError(404, `there is no page about ${topic}`)),
    source: () => Promise.reject(new Error("/home/somebody/secret")),
    listen: (listener) => (tell = listener),
  };
}

interface Served {
  readonly desk: Fake;
  readonly server: ReviewServer;
  readonly port: number;
  readonly token: string;
}

async function serve(options: Parameters<typeof serveReview>[2] = {}): Promise<Served> {
  const desk = fakeDesk();
  const server = await serveReview(desk, assets, options);
  open.push(server);
  const url = new URL(server.url);
  return { desk, server, port: Number(url.port), token: url.hash.slice(1) };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly host?: string;
}

/** As it is on the wire: `fetch` would mend paths and refuse to set some headers. */
function send(
  { port }: Served,
  path: string,
  { method = "GET", headers = {}, body, host }: Sent = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      { host: host ?? "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          done({ status: response.statusCode!, headers: response.headers, body: text }),
        );
      },
    );
    sent.on("error", fail);
    sent.end(body);
  });
}

function entitled(served: Served, more: Record<string, string> = {}): Record<string, string> {
  return {
    host: `127.0.0.1:${served.port}`,
    authorization: `Bearer ${served.token}`,
    origin: `http://127.0.0.1:${served.port}`,
    "content-type": "application/json",
    ...more,
  };
}

test("the address has the token after #, which browsers never send", async () => {
  const served = await serve();
  expect(served.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
});

test("the page itself needs no token, holds nothing of the project, and has another nonce each time", async () => {
  const served = await serve();
  const first = await send(served, "/");
  const second = await send(served, "/");
  expect(first.status).toBe(200);
  expect(first.body).not.toBe(second.body);
  const nonce = /nonce=([\w-]+)/.exec(first.body)![1]!;
  expect(first.headers["content-security-policy"]).toContain(`'nonce-${nonce}'`);
  expect(served.desk.done).toEqual([]);
});

test("every answer forbids caching, framing, guessing of types and foreign content", async () => {
  const served = await serve();
  for (const path of ["/", "/review.js", "/nothing", "/api/overview"]) {
    const { headers } = await send(served, path);
    expect(headers["cache-control"], path).toBe("no-store");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["cross-origin-resource-policy"], path).toBe("same-origin");
    expect(headers["access-control-allow-origin"], path).toBeUndefined();
  }
});

test("no path leads to a file", async () => {
  const served = await serve();
  for (const path of [
    "/package.json",
    "/../package.json",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2fderoot.js",
    "/review.js/../deroot.js",
    "//etc/passwd",
    "/__proto__",
    "/constructor",
    "/deroot.js",
  ]) {
    expect((await send(served, path)).status, path).toBe(404);
  }
});

const CHANGING = ["decide", "decide-rest", "split", "undo", "apply", "verify", "cancel", "close"];

test("nothing is read or done without the token", async () => {
  const served = await serve();
  const headers = { ...entitled(served), authorization: "" };
  for (const path of [
    "overview",
    "detail?dockerfile=x",
    "page?topic=x",
    "source?path=x",
    "decisions",
    "events",
  ])
    expect((await send(served, `/api/${path}`, { headers })).status, path).toBe(401);
  for (const path of CHANGING)
    expect((await send(served, `/api/${path}`, { method: "POST", headers, body: "{}" })).status, path).toBe(
      401,
    );
  // Not in the address either: that would end up in histories and logs.
  expect((await send(served, `/api/overview?token=${served.token}`, { headers })).status).toBe(401);
  expect(served.desk.done).toEqual([]);
});

test("a request by another name or from another site is refused, even with the token", async () => {
  const served = await serve();
  const rebound = entitled(served, { host: `evil.example:${served.port}` });
  const foreign = entitled(served, { origin: "https://evil.example" });
  const form = entitled(served, { "sec-fetch-site": "cross-site" });
  for (const path of CHANGING) {
    const sent = { method: "POST", body: "{}" };
    expect((await send(served, `/api/${path}`, { ...sent, headers: rebound })).status, path).toBe(421);
    expect((await send(served, `/api/${path}`, { ...sent, headers: foreign })).status, path).toBe(403);
    expect((await send(served, `/api/${path}`, { ...sent, headers: form })).status, path).toBe(403);
  }
  expect((await send(served, "/", { headers: { host: `evil.example:${served.port}` } })).status).toBe(421);
  expect(served.desk.done).toEqual([]);
});

test("a preflight of another site is not answered in the way that would let the request follow", async () => {
  const served = await serve();
  const headers = {
    host: `127.0.0.1:${served.port}`,
    origin: "https://evil.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization",
  };
  const answer = await send(served, "/api/apply", { method: "OPTIONS", headers });
  expect(answer.status).toBe(403);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("with the token each request reaches the desk", async () => {
  const served = await serve();
  const headers = entitled(served);
  await send(served, "/api/detail?dockerfile=a%2Fb%20%27c%0Ad", { headers });
  const decide = { dockerfile: "a", change: "user", verdict: "rejected", withNeeded: false };
  await send(served, "/api/decide", { method: "POST", headers, body: JSON.stringify(decide) });
  const rest = { dockerfile: null, verdict: "accepted" };
  await send(served, "/api/decide-rest", { method: "POST", headers, body: JSON.stringify(rest) });
  expect(served.desk.done).toEqual([
    "detail a/b 'c\nd",
    "decide a user rejected false",
    "decide-rest null accepted",
  ]);
});

test("what makes no sense is refused and told, and does nothing", async () => {
  const served = await serve();
  const post = (path: string, body: string, more = {}) =>
    send(served, path, { method: "POST", headers: entitled(served, more), body });
  const good = { dockerfile: "a", change: "user", verdict: "rejected", withNeeded: false };
  for (const bad of [
    "",
    "[]",
    "null",
    "{",
    JSON.stringify({ ...good, verdict: "maybe" }),
    JSON.stringify({ ...good, dockerfile: 1 }),
    JSON.stringify({ ...good, withNeeded: "yes" }),
    JSON.stringify({ ...good, change: undefined }),
    "x".repeat(2 * 1024 * 1024),
  ]) {
    expect((await post("/api/decide", bad)).status, bad.slice(0, 40)).toBe(400);
  }
  expect((await post("/api/decide", JSON.stringify(good), { "content-type": "text/plain" })).status).toBe(
    400,
  );
  expect((await post("/api/toString", "{}")).status).toBe(404);
  expect((await send(served, "/api/apply", { headers: entitled(served) })).status).toBe(404);
  expect(served.desk.done).toEqual([]);
});

test("refusals carry their reason; what went wrong inside is not told", async () => {
  const served = await serve();
  const headers = entitled(served);
  const refused = await send(served, "/api/page?topic=x", { headers });
  expect([refused.status, JSON.parse(refused.body)]).toEqual([
    404,
    { message: "there is no page about x", hint: null },
  ]);
  const stumbled = await send(served, "/api/source?path=x", { headers });
  expect(stumbled.status).toBe(500);
  expect(stumbled.body).not.toContain("secret");
});

test("events reach every page, and the server says goodbye", async () => {
  const served = await serve();
  const headers = entitled(served);
  const streams = [0, 1].map(() => listenTo(served, headers));
  await Promise.all(streams.map(({ opened }) => opened));
  served.desk.tell({ type: "changed", dockerfile: "<script>\n\n</script>" });
  await served.server.close();
  for (const { text } of streams) {
    const events = (await text).split("\n\n").filter((block) => block.startsWith("data: "));
    expect(events.map((block) => JSON.parse(block.slice(6)) as unknown)).toEqual([
      { type: "overview", overview: {} },
      { type: "changed", dockerfile: "<script>\n\n</script>" },
      { type: "bye", message: "deroot was stopped" },
    ]);
  }
});

function listenTo({ port }: Served, headers: Record<string, string>) {
  let opened!: () => void;
  const isOpen = new Promise<void>((done) => (opened = done));
  const text = new Promise<string>((done) => {
    request({ host: "127.0.0.1", port, path: "/api/events", headers, agent: false }, (response) => {
      let all = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        all += chunk;
        opened();
      });
      response.on("close", () => done(all));
    }).end();
  });
  return { opened: isOpen, text };
}

test("it ends when its page is closed", async () => {
  const served = await serve({ patience: { first: 60_000, reload: 1, idle: 60_000 } });
  const { port } = served;
  await new Promise<void>((done) => {
    const stream = request({
      host: "127.0.0.1",
      port,
      path: "/api/events",
      headers: entitled(served),
      agent: false,
    });
    stream.on("response", (response) => {
      response.destroy();
      done();
    });
    stream.on("error", () => undefined);
    stream.end();
  });
  expect(await served.server.ended).toBe("closed");
});

test("the page can end it", async () => {
  const served = await serve();
  const sent = await send(served, "/api/close", { method: "POST", headers: entitled(served), body: "{}" });
  expect(sent.status).toBe(200);
  expect(await served.server.ended).toBe("closed");
});

test("it listens on loopback only, on both of its addresses where there are two", async () => {
  const served = await serve();
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
  for (const address of outside) expect(await answers(address, served.port), address).toBe(false);
  expect(await answers("127.0.0.1", served.port)).toBe(true);
  const hasV6 = all.some(({ address }) => address === "::1");
  expect(await answers("::1", served.port)).toBe(hasV6);
});

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    socket.on("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.on("error", () => done(false));
  });
}

test("a port that is taken is an error, not another port", async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
