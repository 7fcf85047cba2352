import { expect, test } from "vitest";
import { Guard, newToken, securityHeaders } from "../../src/review/web/guard.ts";

const PORT = 4242;
const TOKEN = newToken();
const guard = new Guard(PORT, TOKEN);
const own = { host: `127.0.0.1:${PORT}`, authorization: `Bearer ${TOKEN}` };
const ask = (headers: Record<string, string>, method = "GET") => guard.forProject({ method, headers });

test("tokens are long and never the same", () => {
  const tokens = new Set(Array.from({ length: 50 }, newToken));
  expect(tokens.size).toBe(50);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
});

test("the page of this server gets in, by each name of the loopback", () => {
  for (const name of ["127.0.0.1", "[::1]", "localhost", "LOCALHOST"]) {
    const host = `${name}:${PORT}`;
    const origin = `http://${host.toLowerCase()}`;
    expect(ask({ ...own, host })).toBeNull();
    expect(ask({ ...own, host, origin, "sec-fetch-site": "same-origin" }, "POST")).toBeNull();
  }
});

test("a name that DNS rebinding leads here is refused, even with the token", () => {
  for (const host of [
    "evil.example",
    `evil.example:${PORT}`,
    `127.0.0.1.evil.example:${PORT}`,
    `localhost.:${PORT}`,
    `0.0.0.0:${PORT}`,
    "127.0.0.1",
    `127.0.0.1:${PORT + 1}`,
    "",
  ]) {
    expect(ask({ ...own, host })?.status, host).toBe(421);
    expect(guard.forAny({ method: "GET", headers: { host } })?.status, host).toBe(421);
  }
  expect(guard.forAny({ method: "GET", headers: {} })?.status).toBe(421);
});

test("another origin is refused, even with the token", () => {
  for (const origin of [
    "https://evil.example",
    "null",
    `http://127.0.0.1:${PORT + 1}`,
    `https://127.0.0.1:${PORT}`,
    `http://localhost:${PORT}`,
    `http://127.0.0.1:${PORT}.evil.example`,
  ]) {
    expect(ask({ ...own, origin })?.status, origin).toBe(403);
    expect(ask({ ...own, origin }, "POST")?.status, origin).toBe(403);
  }
});

test("what a browser says came from another site is refused", () => {
  for (const site of ["cross-site", "same-site", "none"])
    expect(ask({ ...own, "sec-fetch-site": site })?.status, site).toBe(403);
});

test("without the right token nobody gets in", () => {
  const { host } = own;
  for (const authorization of [
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN} ${TOKEN}`,
  ]) {
    expect(ask({ host, authorization })?.status, authorization).toBe(401);
  }
  expect(ask({ host })?.status).toBe(401);
});

test("what changes something must tell its origin", () => {
  expect(ask(own, "POST")?.status).toBe(403);
  expect(ask(own, "GET")).toBeNull();
});

test("the policy lets in nothing from elsewhere and runs no inline script", () => {
  const policy = securityHeaders("abc")["content-security-policy"]!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});
