/** A run of many hours, in a world whose clock is turned on: what lasts an hour is renewed, what is asked for is kept. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "../../src/org/limits.ts";
import { BRANCH, NODE_APP, Stage } from "./support/campaign.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Local time: quiet hours are. */
const EVENING = new Date("2026-03-02T20:00:00");

/** Both the forge and deroot live by it. */
const turned: Clock = {
  now: () => Date.now(),
  sleepUntil(time) {
    vi.setSystemTime(Math.max(time, Date.now()));
    return Promise.resolve();
  },
};

let stage: Stage;
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: EVENING }));
afterEach(async () => {
  await stage.close();
  vi.useRealTimers();
});

const writes = (): number[] =>
  stage.double.calls.all.filter(({ write }) => write).map(({ at }) => at.getTime());

describe.each(["github", "gitlab"] as const)("%s", (flavour) => {
  test("keeps to the hour's budget and to quiet hours, through a night", async () => {
    stage = await Stage.open({ flavour });
    stage.clock = turned;
    stage.pace = { writesPerHour: 6, quiet: { from: 22 * 60, to: 6 * 60 } };
    for (let i = 0; i < 10; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    await stage.run("open", { concurrency: 1 });
    expect(stage.double.pulls()).toHaveLength(10);

    const times = writes();
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(10 * HOUR);
    for (const time of times) {
      const hour = new Date(time).getHours();
      expect(hour >= 6 && hour < 22, new Date(time).toString()).toBe(true);
      // A commit with its branch is one request and counts as two.
      expect(times.filter((each) => each > time - HOUR && each <= time).length).toBeLessThanOrEqual(6);
    }
    expect(new Set(stage.waits.map(({ why }) => why))).toEqual(new Set(["budget", "quiet-hours"]));
  });

  test("a pause that the forge asks for holds for the next write, too", async () => {
    stage = await Stage.open({ flavour });
    stage.clock = turned;
    stage.secondMs = 1000;
    for (let i = 0; i < 2; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    stage.double.faults.add({ kind: flavour === "github" ? "too-quickly" : "secondary-limit" } as never, {
      write: true,
    });
    const began = Date.now();
    await stage.run("open", { concurrency: 2 });
    expect(stage.double.pulls()).toHaveLength(2);
    expect(writes()[1]! - began).toBeGreaterThanOrEqual(flavour === "github" ? MINUTE : 1000);
  });
});

describe("a GitHub App", () => {
  const tokensMade = (): number => stage.double.calls.matching(/access_tokens/).length;

  test("makes a new token before the old one ends: nothing is ever refused", async () => {
    stage = await Stage.open();
    stage.clock = turned;
    const app = stage.double.addApp("mender", "acme");
    stage.env = { GITHUB_APP_ID: String(app.id), GITHUB_APP_PRIVATE_KEY: app.privateKey };
    // Three writes for each: two repositories an hour.
    stage.pace = { writesPerHour: 6, quiet: null };
    for (let i = 0; i < 10; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    const began = Date.now();
    await stage.run("open", { concurrency: 1 });
    expect(stage.double.pulls()).toHaveLength(10);
    expect(Date.now() - began).toBeGreaterThan(4 * HOUR);
    // One for each hour, of reads and of writes, and no request with one that had ended.
    expect(tokensMade()).toBeGreaterThanOrEqual(5);
    expect(stage.double.calls.all.filter(({ status }) => status === 401)).toEqual([]);
  });

  test("whose token ends early gets another one, for a read and for a write", async () => {
    stage = await Stage.open();
    const app = stage.double.addApp("mender", "acme");
    stage.env = { GITHUB_APP_ID: String(app.id), GITHUB_APP_PRIVATE_KEY: app.privateKey };
    for (const [name, write] of [
      ["read", false],
      ["write", true],
    ] as const) {
      stage.add(name);
      const before = tokensMade();
      stage.double.faults.add({ kind: "token-expired" }, { write, kind: "graphql" });
      await stage.run("open", { names: [`acme/${name}`] });
      expect(stage.pulls(name)).toHaveLength(1);
      expect(stage.double.calls.all.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
      expect(tokensMade()).toBeGreaterThan(before);
    }
  });
});

describe("an answer that has not changed", () => {
  const gets = () => stage.double.calls.all.filter(({ method }) => method === "GET");

  test("is not sent again, and does not count on GitHub", async () => {
    stage = await Stage.open();
    stage.add("api");
    await stage.run("open");
    const remaining = (): number => stage.double.limits.window(stage.double.token, "core").remaining;
    const compare = async (): Promise<unknown> => (await stage.forge()).compare("acme/api", "main", BRANCH);
    const first = await compare();
    stage.double.calls.clear();
    const before = remaining();
    expect(await compare()).toEqual(first);
    expect(gets().map(({ status, bytes }) => [status, bytes])).toEqual([[304, 0]]);
    expect(remaining()).toBe(before);

    // What has changed is told anew.
    stage.double.actAs("alice").commit("acme/api", { "notes.txt": "mine" }, { branch: BRANCH });
    expect(await compare()).toMatchObject({ commits: [{}, { author: "alice" }] });
    expect(remaining()).toBe(before - 1);
  });

  test("is not sent again on GitLab", async () => {
    stage = await Stage.open({ flavour: "gitlab" });
    stage.add("api");
    await stage.run("plan");
    stage.double.calls.clear();
    await stage.run("plan");
    const listed = gets().filter(({ route }) => route.startsWith("GET /groups/"));
    expect(listed.map(({ status, bytes }) => [status, bytes])).toEqual(listed.map(() => [304, 0]));
    expect(listed.length).toBeGreaterThan(1);
    stage.double.actAs("alice").setTopics("acme/api", "deroot-ignore");
    expect((await stage.run("plan")).results.get("acme/api")!.record.reason).toMatchObject({
      code: "opted-out",
    });
  });
});
