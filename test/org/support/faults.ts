import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BRANCH, NODE_APP, Stage } from "./campaign.ts";
import type { Call } from "../double/http/calls.ts";
import type { Fault } from "../double/index.ts";

/** What goes wrong between deroot and a forge: both are put through the same, each in a file of its own. */
export function describeFaults(flavour: "github" | "gitlab"): void {
  describe(flavour, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = await Stage.open({ flavour });
    });
    afterEach(() => stage.close());
    const isGitHub = flavour === "github";

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
      ["an answer that takes its time", { kind: "slow", milliseconds: 50 }],
    ])("%s, at any request: one pull request, complete", async (_, fault) => {
      stage.timeoutMs = fault.kind === "hang" ? 500 : 5000;
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
      stage.env = {
        GITHUB_TOKEN: stage.double.addToken("someone", { scopes: [isGitHub ? "read:org" : "read_api"] })
          .value,
      };
      await expect(stage.run("open")).rejects.toMatchObject({
        code: "forbidden",
        message: isGitHub
          ? "the token of someone may not open pull requests: it has the scopes read:org"
          : "the token of someone may not do enough: it has the scopes read_api",
        hint: expect.stringContaining(isGitHub ? "scope repo" : "scope api"),
      });
      expect(stage.double.calls.writes).toBe(0);
      await stage.run("plan");
    });

    test("writes keep to the hour's budget, over restarts", async () => {
      stage.pace = { writesPerHour: isGitHub ? 7 : 5, quiet: null };
      for (let i = 0; i < 3; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
      // Two for the branch and the commit (GitLab makes both in one), one for the pull request: the third repository has to wait for an hour.
      const run = stage.run("open", { concurrency: 1 }).catch(() => undefined);
      await until(() => stage.waits.length > 0);
      expect(stage.waits[0]!.why).toBe("budget");
      expect(stage.waits[0]!.until - Date.now()).toBeGreaterThan(50 * 60 * 1000);
      expect(stage.double.pulls()).toHaveLength(2);
      stage.stop();
      await run;
    });

    describe("what others do meanwhile", () => {
      /** Once, right after the double has carried out a request like that. */
      const after = (route: RegExp, action: () => void): void =>
        stage.double.calls.watch((call: Call) => {
          if (!route.test(call.route)) return;
          stage.double.calls.watch(null);
          action();
        });
      const LOOK_UP = isGitHub ? /^query repository/ : /branches\/\{branch\}$/;
      const COMMIT = isGitHub ? /createCommitOnBranch/ : /^POST .*\/commits$/;

      test("the default branch moves after the look: what is proposed stands on what is there now", async () => {
        stage.add("api");
        after(isGitHub ? /git\/trees/ : /repository\/tree$/, () =>
          stage.double
            .actAs("alice")
            .commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") }),
        );
        await stage.run("open");
        expect(stage.pulls("api")).toHaveLength(1);
        const proposed = stage.double.file("acme/api", "Dockerfile", BRANCH)!.toString();
        expect(proposed).toMatch(/node:22[^]*USER 1000/);
      });

      test("somebody makes our branch between the look and the commit: it stays theirs", async () => {
        stage.add("api");
        after(LOOK_UP, () =>
          stage.double.actAs("alice").commit("acme/api", { "notes.txt": "mine" }, { branch: BRANCH }),
        );
        const { state } = await stage.run("open");
        expect(state("api")).toBe("theirs");
        expect(stage.pulls("api")).toEqual([]);
        expect(stage.double.file("acme/api", "notes.txt", BRANCH)!.toString()).toBe("mine");
      });

      test("somebody pushes to our branch between the look and the refresh: theirs stays", async () => {
        stage.add("api");
        await stage.run("open");
        stage.double
          .actAs("alice")
          .commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
        // GitLab cannot compare and move in one step: it is looked at twice, and what comes between is seen.
        after(LOOK_UP, () =>
          stage.double.actAs("alice").commit("acme/api", { "notes.txt": "mine" }, { branch: BRANCH }),
        );
        const { results } = await stage.run("sync");
        expect(results.get("acme/api")!.record.proposals[0]!.state).toMatch(/theirs|conflicts/);
        expect(stage.double.file("acme/api", "notes.txt", BRANCH)!.toString()).toBe("mine");
      });

      test("another run opens the pull request between the commit and ours: there is one", async () => {
        stage.add("api");
        after(COMMIT, () => stage.double.actAs("deroot-user").open("acme/api", BRANCH, "the other run's"));
        const { state } = await stage.run("open");
        expect(stage.pulls("api").map(({ state: is }) => is)).toEqual(["open"]);
        expect(state("api")).toBe("open");
      });

      test("the branch becomes protected: it is told, and nothing is overwritten", async () => {
        stage.add("api", NODE_APP, { permissions: { "deroot-user": "write" } });
        await stage.run("open");
        const before = stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`);
        stage.double
          .actAs("alice")
          .commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
        stage.double.repository("acme/api").protections.push(PROTECTED);
        const { results } = await stage.run("sync");
        expect(results.get("acme/api")!.record).toMatchObject({
          outcome: "failed",
          reason: { code: expect.stringMatching(/refused|forbidden/) },
        });
        expect(stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`)).toBe(before);
      });

      test("the repository goes away: that is told of it, and the others are done", async () => {
        stage.add("api");
        stage.add("web");
        after(isGitHub ? /git\/trees/ : /repository\/tree$/, () =>
          stage.double.actAs("alice").deleteRepository("acme/api"),
        );
        const { results } = await stage.run("open", { concurrency: 1 });
        expect(results.get("acme/api")!.record).toMatchObject({
          outcome: "failed",
          reason: { code: "missing" },
        });
        expect(stage.pulls("web")).toHaveLength(1);
      });
    });

    test("a repository of many pages of files is listed whole", async () => {
      const files = Object.fromEntries(
        Array.from({ length: 250 }, (_, i) => [`src/${String(i).padStart(3, "0")}.txt`, `${i}`]),
      );
      stage.add("wide", { ...files, ...NODE_APP, "zz/Dockerfile": NODE_APP.Dockerfile });
      if (isGitHub) stage.double.faults.add({ kind: "truncated-tree" });
      const { results } = await stage.run("plan");
      expect(results.get("acme/wide")!.record.dockerfiles.total).toBe(2);
    });

    test("two runs at the same time open one", async () => {
      for (let i = 0; i < 5; i++) stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` });
      await Promise.all([stage.run("open"), stage.run("open")]);
      expect(stage.double.pulls()).toHaveLength(5);
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 20));
}

/** Nobody pushes to it, by force or otherwise. */
const PROTECTED = {
  pattern: "deroot/*",
  requirePullRequest: true,
  requireSignatures: false,
  allowDeletions: false,
  allowForcePushes: false,
  requiredApprovals: 0,
};
