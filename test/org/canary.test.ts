import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { awaitCanaries, findCanaries, judge, type Canary } from "../../src/org/canary.ts";
import type { Clock } from "../../src/org/limits.ts";
import { BRANCH, NODE_APP, Stage } from "./support/campaign.ts";

describe.each(["github", "gitlab"] as const)("on %s, a pull request that was sent ahead", (flavour) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open({ flavour });
    stage.add("api");
    await stage.run("open");
  });
  afterEach(() => stage.close());

  const verdict = async (): Promise<string> => {
    const [pull] = stage.pulls("api");
    const canary: Canary = { repository: "acme/api", branch: BRANCH, number: pull!.number, url: "" };
    return judge(await stage.forge(), canary);
  };
  const check = (conclusion: "success" | "failure" | null): void =>
    stage.double.check(
      "acme/api",
      stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`)!,
      "ci",
      conclusion,
    );

  test("waits for checks or a person", async () => {
    expect(await verdict()).toBe("waiting");
    check(null);
    expect(await verdict()).toBe("waiting");
  });

  test("is good when its checks pass, or when it is merged", async () => {
    check("success");
    expect(await verdict()).toBe("good");
    stage.double.actAs("alice").merge("acme/api", 1);
    expect(await verdict()).toBe("good");
  });

  test("is good when a person approves it", async () => {
    stage.double.repository("acme/api").protections.push({
      pattern: "main",
      requirePullRequest: true,
      requireSignatures: false,
      allowDeletions: false,
      allowForcePushes: false,
      requiredApprovals: 1,
    });
    stage.double.actAs("alice").review("acme/api", 1, "APPROVED");
    expect(await verdict()).toBe("good");
  });

  test("is bad when its checks fail", async () => {
    check("failure");
    expect(await verdict()).toBe("bad");
  });

  test("is bad when a person closes it, not when deroot does", async () => {
    stage.double.actAs("alice").close("acme/api", 1);
    expect(await verdict()).toBe("bad");
    stage.double.actAs("alice").reopen("acme/api", 1);
    await stage.run("close");
    expect(await verdict()).toBe("good");
  });
});

describe("the wait", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
    for (let i = 0; i < 3; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
    await stage.run("open", { max: 2, concurrency: 1 });
  });
  afterEach(() => stage.close());

  const where = { owner: "acme", names: [] };
  const check = (name: string, conclusion: "success" | "failure" | null): void =>
    stage.double.check(
      `acme/${name}`,
      stage.double.repository(`acme/${name}`).git.ref(`refs/heads/${BRANCH}`)!,
      "ci",
      conclusion,
    );
  const { signal } = new AbortController();

  /** Each look again is a step of the story. */
  async function wait(...steps: (() => void)[]): Promise<{ bad: string[]; told: string[][]; looks: number }> {
    const times: number[] = [];
    const told: string[][] = [];
    const clock: Clock = {
      now: () => times.length * 60_000,
      sleepUntil: (time) => {
        times.push(time);
        const step = steps.shift();
        if (step === undefined) throw new Error("it looks for ever");
        step();
        return Promise.resolve();
      },
    };
    const canaries = await findCanaries(stage.ledger, where, 2);
    const bad = await awaitCanaries(await stage.forge(), canaries, {
      signal,
      clock,
      onWaiting: (waiting) => told.push(waiting.map(({ repository }) => repository)),
    });
    expect(times).toEqual(times.map((_, i) => (i + 1) * 60_000));
    return { bad: bad.map(({ repository }) => repository), told, looks: times.length };
  }

  test("goes on when all have passed, and tells once for whom it waits", async () => {
    const { bad, told, looks } = await wait(
      () => check("r0", null),
      () => check("r1", "success"),
      () => stage.double.actAs("alice").merge("acme/r0", 1),
    );
    expect({ bad, told, looks }).toEqual({ bad: [], told: [["acme/r0", "acme/r1"]], looks: 3 });
  });

  test("ends at the first that fails, though another is still running", async () => {
    const { bad, looks } = await wait(() => {
      check("r0", null);
      check("r1", "failure");
    });
    expect({ bad, looks }).toEqual({ bad: ["acme/r1"], looks: 1 });
  });

  test("asks only for those that are still open to doubt", async () => {
    check("r0", "success");
    stage.double.calls.clear();
    await wait(
      () => undefined,
      () => check("r1", "success"),
    );
    expect(stage.double.calls.total).toBe(4);
  });

  test("ends when it is stopped", async () => {
    const clock: Clock = { now: () => 0, sleepUntil: () => Promise.reject(new Error("stopped")) };
    const canaries = await findCanaries(stage.ledger, where, 2);
    const waiting = awaitCanaries(await stage.forge(), canaries, {
      signal,
      clock,
      onWaiting: () => undefined,
    });
    await expect(waiting).rejects.toThrow("stopped");
  });

  test("is for those that were opened first, in this campaign", async () => {
    const record = (await stage.record("acme/r0"))!;
    const [proposal] = record.proposals;
    const older = { ...proposal!.pullRequest!, createdAt: "2001-01-01T00:00:00Z" };
    await stage.ledger.put({
      ...record,
      repository: "else/where",
      proposals: [{ ...proposal!, pullRequest: older }],
    });
    await stage.run("open");
    const found = await findCanaries(stage.ledger, where, 2);
    expect(found.map(({ repository }) => repository)).toEqual(["acme/r0", "acme/r1"]);
    const one = await findCanaries(stage.ledger, { owner: "acme", names: ["Acme/r2"] }, 2);
    expect(one.map(({ repository }) => repository)).toEqual(["acme/r2"]);
  });
});
