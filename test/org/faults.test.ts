import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BRANCH, NODE_APP, Stage } from "./support/campaign.ts";
import { DOCUMENTED_LIMITS, type Fault } from "./double/index.ts";

let stage: Stage;
const open = async (options: Parameters<typeof Stage.open>[0] = {}): Promise<void> => {
  stage = await Stage.open(options);
};
afterEach(() => stage.close());

describe("limits and failures", () => {
  beforeEach(() => open());

  test.each<[string, Fault]>([
    ["a secondary limit with Retry-After", { kind: "secondary-limit", retryAfter: 7 }],
    ["a secondary limit without", { kind: "secondary-limit", retryAfter: null }],
    ["a secondary limit as 429", { kind: "secondary-limit", status: 429, retryAfter: 5 }],
    ["was submitted too quickly", { kind: "too-quickly" }],
    ["a 502 before anything was done", { kind: "status", status: 502 }],
    ["an answer that was lost", { kind: "lost-answer" }],
    ["an answer that a proxy lost", { kind: "lost-answer", as: 502 }],
    ["a connection that breaks", { kind: "reset" }],
    ["no answer at all", { kind: "hang" }],
    ["GraphQL that stumbles", { kind: "graphql-error" }],
  ])("%s, at any request: one pull request, complete", async (_, fault) => {
    stage.add("calm", NODE_APP, { labels: ["security"] });
    await stage.run("open", { given: { labels: ["security"] } });
    const requests = stage.double.calls.reads + stage.double.calls.writes;
    for (let after = 0; after < requests; after++) {
      const name = `r${after}`;
      stage.add(name, { ...NODE_APP, "server.js": name }, { labels: ["security"] });
      await stage.forget();
      stage.double.faults.clear();
      stage.double.faults.add(fault, { after });
      await stage.run("open", { names: [`acme/${name}`], given: { labels: ["security"] } });
      const pulls = stage.pulls(name);
      expect(pulls.map(({ state }) => state)).toEqual(["open"]);
      expect([...pulls[0]!.labels].map((label) => label.name)).toEqual(["security"]);
      expect(stage.double.file(`acme/${name}`, "Dockerfile", BRANCH)!.toString()).toContain("USER 1000");
    }
  });

  test("all kinds at once, at random: every repository once", async () => {
    for (let i = 0; i < 30; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    stage.double.faults.atRandom(0.15, [
      { kind: "status", status: 502 },
      { kind: "lost-answer" },
      { kind: "reset" },
      { kind: "too-quickly" },
      { kind: "secondary-limit", retryAfter: 1 },
    ]);
    for (let run = 0; run < 4; run++) await stage.run("open").catch(() => undefined);
    stage.double.faults.clear();
    await stage.run("open");
    expect(stage.double.pulls()).toHaveLength(30);
    expect(stage.double.pulls().every(({ body }) => body.includes("deroot:begin"))).toBe(true);
    expect((await stage.run("open")).writes).toBe(0);
  });

  test("the primary limit is waited for, at a read and at a write", async () => {
    stage.secondMs = 1000;
    for (const [name, write] of [
      ["read", false],
      ["write", true],
    ] as const) {
      stage.add(name);
      stage.double.faults.add({ kind: "primary-limit", resetIn: 1 }, { write });
      await stage.run("open", { names: [`acme/${name}`] });
      expect(stage.pulls(name)).toHaveLength(1);
    }
    expect(stage.waits.some(({ why }) => why === "rate-limit")).toBe(true);
  });

  test("a token that expires ends the run, which another one finishes", async () => {
    for (let i = 0; i < 4; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    stage.double.faults.add({ kind: "token-expired" }, { after: 14, times: 100 });
    await expect(stage.run("open", { concurrency: 1 })).rejects.toMatchObject({ code: "signed-out" });
    stage.double.faults.clear();
    await stage.run("open");
    expect(stage.double.pulls()).toHaveLength(4);
  });

  test("a token without the scope is told before anything is done", async () => {
    stage.add("api");
    stage.env = { GITHUB_TOKEN: stage.double.addToken("someone", { scopes: ["read:org"] }).value };
    await expect(stage.run("open")).rejects.toMatchObject({
      code: "forbidden",
      message: "the token of someone may not open pull requests: it has the scopes read:org",
      hint: expect.stringContaining("scope repo"),
    });
    expect(stage.double.calls.writes).toBe(0);
    await stage.run("plan");
  });

  test("writes keep to the hour's budget, over restarts", async () => {
    stage.pace = { writesPerHour: 7, quiet: null };
    for (let i = 0; i < 3; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    // Two for the branch and the commit, one for the pull request: the third repository has to wait for an hour.
    const run = stage.run("open", { concurrency: 1 }).catch(() => undefined);
    await until(() => stage.waits.length > 0);
    expect(stage.waits[0]!.why).toBe("budget");
    expect(stage.waits[0]!.until - Date.now()).toBeGreaterThan(50 * 60 * 1000);
    expect(stage.double.pulls()).toHaveLength(2);
    stage.stop();
    await run;
  });
});

test("GitHub's own limits are kept", async () => {
  await open({ limits: DOCUMENTED_LIMITS });
  for (let i = 0; i < 6; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
  await stage.run("open");
  expect(stage.double.pulls()).toHaveLength(6);
});

describe("GitHub App", () => {
  beforeEach(() => open());

  test("speaks as its bot, and renews its token", async () => {
    stage.add("api");
    stage.add("web");
    const app = stage.double.addApp("mender", "acme");
    stage.env = { GITHUB_APP_ID: String(app.id), GITHUB_APP_PRIVATE_KEY: app.privateKey };
    await stage.run("open", { names: ["acme/api"] });
    expect(stage.pulls("api")[0]!.author.login).toBe("mender[bot]");
    const forge = await stage.forge();
    await forge.lookUp("acme/api", BRANCH);
    stage.double.faults.add({ kind: "token-expired" });
    expect((await forge.lookUp("acme/api", BRANCH)).pullRequests).toHaveLength(1);
    expect((await stage.run("open")).deeds).toHaveLength(1);
    expect((await stage.run("sync")).writes).toBe(0);
  });

  test("that lacks a permission is told what", async () => {
    stage.add("api");
    const app = stage.double.addApp("weak", "acme", { contents: "read", metadata: "read" });
    stage.env = { GITHUB_APP_ID: String(app.id), GITHUB_APP_PRIVATE_KEY: app.privateKey };
    await expect(stage.run("open")).rejects.toThrow("it lacks contents: write, pull_requests: write");
  });

  test("with a key that is none is told so, without the key", async () => {
    stage.env = { GITHUB_APP_ID: "1", GITHUB_APP_PRIVATE_KEY: "-----BEGIN RSA PRIVATE KEY-----\nsecret\n" };
    const error = await stage.run("plan").catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: "signed-out" });
    expect(String(error)).not.toContain("secret");
  });
});

describe("GitHub Enterprise Server", () => {
  test("works under its own addresses", async () => {
    await open({ flavour: "ghes" });
    stage.add("api");
    await stage.run("open");
    expect(stage.pulls("api")).toHaveLength(1);
    stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
    const { results } = await stage.run("sync");
    expect(results.get("acme/api")).toMatchObject({ did: [{ kind: "updated" }], record: { reason: null } });
  });

  test("and where it lacks what GitHub has", async () => {
    await open({ flavour: "ghes", missingFields: ["Mutation.createCommitOnBranch", "Mutation.updateRefs"] });
    stage.add("api");
    await stage.run("open");
    stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
    await stage.run("sync");
    expect(stage.double.file("acme/api", "Dockerfile", BRANCH)!.toString()).toMatch(/node:22[^]*USER 1000/);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 20));
}
