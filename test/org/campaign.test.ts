import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ForgeError } from "../../src/org/forge.ts";
import { approvalEntry, approvalFile, readApproval } from "../../src/org/approval.ts";
import { BRANCH, NODE_APP, Stage } from "./support/campaign.ts";

describe.each(["github", "gitlab"] as const)("%s", (flavour) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open({ flavour });
  });
  afterEach(() => stage.close());
  const isGitHub = flavour === "github";

  const dockerfileOn = (name: string): string =>
    stage.double.file(`acme/${name}`, "Dockerfile", BRANCH)?.toString() ?? "";

  describe("finding", () => {
    test("takes in what can be changed, and says why it leaves the rest", async () => {
      stage.add("api");
      stage.add("old", NODE_APP, { archived: true });
      stage.add("off", NODE_APP, { disabled: true });
      stage.add("nothing", {});
      stage.add("copy", NODE_APP, { fork: true });
      stage.add("start-here", NODE_APP, { template: true });
      stage.add("not-me", NODE_APP, { topics: ["deroot-ignore"] });
      stage.add("library", { "index.js": "" });
      stage.add("locked-up", NODE_APP, { permissions: { alice: "admin" } });
      const { results, state } = await stage.run("plan");
      const reason = (name: string): string | undefined => results.get(`acme/${name}`)?.record.reason?.code;
      expect(state("api")).toBe("none");
      expect(results.get("acme/api")!.record).toMatchObject({
        outcome: "rewritten",
        dockerfiles: { total: 1, root: 1 },
      });
      expect(["old", "off", "nothing", "copy", "start-here", "not-me", "locked-up"].map(reason)).toEqual([
        "archived",
        "disabled",
        "empty",
        "fork",
        // GitLab's templates are not told from others.
        isGitHub ? "template" : undefined,
        "opted-out",
        "no-access",
      ]);
      expect(state("library")).toBe("unchanged");
      expect(stage.double.calls.writes).toBe(0);
      expect((await stage.run("plan", { forks: true })).state("copy")).toBe("none");
    });

    test("by name, topic, language, push, team, or one by one", async () => {
      stage.add("api-users", NODE_APP, {
        topics: ["web"],
        language: "JavaScript",
        pushedAt: new Date("2026-01-10"),
      });
      stage.add("api-orders", NODE_APP, { language: "Go", pushedAt: new Date("2020-01-10") });
      stage.add("web-shop", NODE_APP, {
        topics: ["web", "shop"],
        language: "PHP",
        pushedAt: new Date("2026-01-10"),
      });
      if (isGitHub)
        stage.double
          .addTeam("acme", "shop", ["alice"])
          .repositories.add(stage.double.repository("acme/web-shop"));
      const found = async (options: Parameters<Stage["run"]>[1]): Promise<string[]> =>
        [...(await stage.run("plan", options)).results.keys()].map((name) => name.slice(5)).sort();
      expect(await found({ filter: { names: ["api-*"] } })).toEqual(["api-orders", "api-users"]);
      expect(await found({ filter: { exclude: ["*-?rders"] } })).toEqual(["api-users", "web-shop"]);
      expect(await found({ filter: { topics: ["shop", "else"] } })).toEqual(["web-shop"]);
      expect(await found({ filter: { languages: ["go"] } })).toEqual(["api-orders"]);
      expect(await found({ filter: { pushedSince: Date.parse("2025-06-01") } })).toEqual([
        "api-users",
        "web-shop",
      ]);
      if (!isGitHub) stage.double.addRepository({ owner: "acme/shop", name: "cart", files: NODE_APP });
      expect(await found({ teams: ["shop"] })).toEqual(isGitHub ? ["web-shop"] : ["shop/cart"]);
      expect(await found({ names: ["acme/api-orders", "acme/web-shop"] })).toEqual([
        "api-orders",
        "web-shop",
      ]);
      await expect(found({ names: ["acme/api-orders", "acme/nowhere"] })).rejects.toThrow("acme/nowhere");
    });

    test("asks for many at once, and for nothing when nothing has changed", async () => {
      for (let i = 0; i < 120; i++) stage.add(`r${i}`, i % 10 === 0 ? NODE_APP : { "README.md": `${i}` });
      await stage.run("plan");
      const again = await stage.run("plan");
      expect(again.results.size).toBe(120);
      // Who am I, the organisation's configuration, and three pages of 50.
      // GitLab: who and with what scopes, configuration, group, its merge requests, two pages of 100, three heads of 50.
      expect(again.reads).toBe(isGitHub ? 5 : 10);
      stage.double.actAs("alice").commit("acme/r7", { "README.md": "new" });
      const afterwards = await stage.run("plan");
      expect(afterwards.reads).toBe(again.reads + 1);
    });

    test("lists trees that GitHub cuts off, folder by folder", async () => {
      stage.add("mono", { ...NODE_APP, "a/b/Dockerfile": NODE_APP.Dockerfile, "a/c.txt": "c" });
      stage.double.faults.add({ kind: "truncated-tree" }, { times: 2 });
      const { results } = await stage.run("plan");
      expect(results.get("acme/mono")!.record.dockerfiles.total).toBe(2);
    });
  });

  describe("opening", () => {
    test("one branch, one verified commit, one pull request that says everything", async () => {
      for (const login of ["alice", "bob"]) stage.double.addUser(login);
      stage.add(
        "api",
        {
          ...NODE_APP,
          Dockerfile:
            'FROM node:20-alpine\nENV PORT=80\nWORKDIR /app\nCOPY . .\nEXPOSE 80\nCMD ["node", "server.js"]\n',
          "server.js": "require('http').createServer().listen(process.env.PORT);\n",
          "job/Dockerfile":
            'FROM debian:12\nRUN apt-get update && apt-get install -y cron\nCMD ["cron", "-f"]\n',
          ".github/CODEOWNERS": "* @alice\n/job/ @bob\n",
        },
        { labels: ["security"], permissions: { "deroot-user": "write", alice: "write", bob: "write" } },
      );
      const { deeds } = await stage.run("open", {
        given: { labels: ["security"], draft: true },
        verification: "Both images answer alike.",
      });
      expect(deeds).toEqual([{ kind: "opened", url: expect.any(String), leftOut: [] }]);
      const [pull] = stage.pulls("api");
      expect(pull).toMatchObject({
        title: expect.stringMatching(/^(Draft: )?fix\(docker\): run containers as an unprivileged user$/),
        state: "open",
      });
      expect(pull!.pull.draft).toBe(true);
      expect([...pull!.labels].map(({ name }) => name)).toEqual(["security"]);
      expect(dockerfileOn("api")).toContain("USER 1000");
      for (const part of [
        "listens on **8080** instead of 80",
        "*(safe)*",
        "node:20-alpine: ships the account node",
        "`job/Dockerfile`: ",
        "Both images answer alike.",
        "that is a no",
        "chown",
      ])
        expect(pull!.body).toContain(part);
      expect(stage.double.world.notifications.sent.map(({ to }) => to)).toEqual(["alice"]);
    });

    test("sets the x bit of a start script that it makes, and leaves other modes alone", async () => {
      stage.add("api", { ...NODE_APP, "other.sh": "#!/bin/sh\n" });
      await stage.run("open", { given: { rewrite: { strategy: "entrypoint" } } });
      const modes = stage.double.modes("acme/api", BRANCH);
      expect(modes["deroot-entrypoint.sh"]).toBe("100755");
      expect(modes["other.sh"]).toBe("100644");
      expect(dockerfileOn("api")).toContain("deroot-entrypoint.sh");
      // Again after the default branch has moved, which moves the branch.
      stage.double.actAs("alice").commit("acme/api", { "README.md": "new\n" });
      await stage.run("sync", { given: { rewrite: { strategy: "entrypoint" } } });
      expect(stage.double.modes("acme/api", BRANCH)["deroot-entrypoint.sh"]).toBe("100755");
    });

    test("assigns it and sets its milestone; tells what the forge does not know", async () => {
      stage.double.addUser("alice");
      const permissions = { "deroot-user": "write", alice: "write" } as const;
      stage.add("api", NODE_APP, { permissions, milestones: ["Hardening"] });
      const { deeds } = await stage.run("open", { given: { assignees: ["alice"], milestone: "Hardening" } });
      expect(deeds[0]!.leftOut).toEqual([]);
      const pull = stage.pulls("api")[0]!;
      expect([...pull.assignees].map(({ login }) => login)).toEqual(["alice"]);
      expect(pull.milestone?.title).toBe("Hardening");
      stage.add("web");
      const other = await stage.run("open", { given: { assignees: ["nobody-here"], milestone: "Later" } });
      expect(other.deeds.find(({ url }) => url.includes("/web/"))!.leftOut.join(" ")).toMatch(/Later/);
      expect(stage.pulls("web")[0]!.state).toBe("open");
    });

    test("writes nothing the second time, on this machine or another", async () => {
      stage.add("api");
      stage.add("web");
      await stage.run("open", { given: { labels: ["security"] } });
      for (const forget of [false, true]) {
        if (forget) await stage.forget();
        const again = await stage.run("open", { given: { labels: ["security"] } });
        expect(again.writes).toBe(0);
        expect(again.state("api")).toBe("open");
      }
      expect(stage.double.pulls()).toHaveLength(2);
    });

    test("needs few requests for each", async () => {
      for (let i = 0; i < 10; i++)
        stage.add(`r${i}`, { ...NODE_APP, "server.js": `${i}` }, { labels: ["security"] });
      const scan = await stage.run("plan");
      const { reads, writes, deeds } = await stage.run("open", { given: { labels: ["security"] } });
      expect(deeds).toHaveLength(10);
      // Who, configuration, one page; then one look each (two on GitLab), a commit, a pull request, a label.
      // GitLab gives files one by one; the Dockerfile is the same in all, and asked for by the first four.
      expect(scan.reads).toBe(isGitHub ? 3 + 2 * 10 : 7 + 2 * 10 + 4);
      expect(reads).toBe(isGitHub ? 3 + 10 : 7 + 2 * 10);
      expect(writes).toBe(isGitHub ? 3 * 10 : 2 * 10);
    });

    test("opens no more than it may", async () => {
      for (let i = 0; i < 12; i++) stage.add(`r${i}`, i % 2 ? NODE_APP : { "README.md": "" });
      const { deeds } = await stage.run("open", { max: 3 });
      expect(deeds).toHaveLength(3);
      expect(stage.double.pulls()).toHaveLength(3);
    });

    test("opens what was approved, and nothing that has changed since", async () => {
      for (const name of ["a", "b", "c"]) stage.add(name);
      const { results } = await stage.run("plan");
      const plan = [...results.values()].flatMap(({ record }) => approvalEntry(record) ?? []);
      const file = approvalFile(
        "double",
        plan.map((entry) => ({ ...entry, approved: entry.repository !== "acme/c" })),
      );
      stage.double.actAs("alice").commit("acme/b", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
      const { deeds } = await stage.run("open", { approved: readApproval(file, "double") });
      expect(deeds).toHaveLength(1);
      expect(stage.double.pulls().map(({ repository }) => repository.name)).toEqual(["a"]);
    });

    test("one for each directory, where that is asked for", async () => {
      stage.add("mono", {
        "a/Dockerfile": NODE_APP.Dockerfile,
        "b/Dockerfile": NODE_APP.Dockerfile,
        "c/x": "",
      });
      await stage.run("open", { given: { per: "directory" } });
      const pulls = stage.pulls("mono");
      expect(pulls.map(({ title }) => title).sort()).toEqual([
        "fix(docker): run a as an unprivileged user",
        "fix(docker): run b as an unprivileged user",
      ]);
      expect((await stage.run("open", { given: { per: "directory" } })).writes).toBe(0);
      stage.double.actAs("alice").close("acme/mono", pulls[0]!.number);
      await stage.forget();
      await stage.run("open", { given: { per: "directory" } });
      expect(stage.pulls("mono")).toHaveLength(2);
    });
  });

  describe("people", () => {
    test("a pull request that a person closed is a no, for good and on every machine", async () => {
      stage.add("api");
      await stage.run("open");
      stage.double.actAs("alice").close("acme/api", 1);
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
      await stage.forget();
      const { writes, state } = await stage.run("open");
      expect(writes).toBe(0);
      expect(state("api")).toBe("refused");
      stage.double.actAs("alice").reopen("acme/api", 1);
      expect((await stage.run("open")).state("api")).toBe("open");
    });

    test("commits of theirs on our branch are never overwritten", async () => {
      stage.add("api");
      await stage.run("open");
      stage.double
        .actAs("alice")
        .commit("acme/api", { Dockerfile: "# mine\nFROM scratch\n" }, { branch: BRANCH });
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
      for (const task of ["open", "sync", "close"] as const) {
        await stage.forget();
        const { writes, state } = await stage.run(task);
        expect(writes).toBe(0);
        expect(["theirs", "conflicts"]).toContain(state("api"));
      }
      expect(dockerfileOn("api")).toBe("# mine\nFROM scratch\n");
    });

    test("a branch of our name that somebody else made is theirs", async () => {
      stage.add("api");
      stage.double.actAs("alice").commit("acme/api", { "note.txt": "hello" }, { branch: BRANCH });
      const { writes, state } = await stage.run("open");
      expect(writes).toBe(0);
      expect(state("api")).toBe("theirs");
    });

    test("what they write into the body stays", async () => {
      stage.add("api");
      await stage.run("open");
      const { body } = stage.pulls("api")[0]!;
      stage.double
        .actAs("alice")
        .edit("acme/api", 1, { body: `Reviewed by Alice.\n\n${body}\n\nSee the wiki.`, title: "Mine" });
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
      await stage.run("open");
      const after = stage.pulls("api")[0]!;
      expect(after.body).toMatch(/^Reviewed by Alice\.\n\n<!-- deroot:begin -->/);
      expect(after.body).toMatch(/See the wiki\.\s*$/);
      expect(after.title).toBe("Mine");
      expect(dockerfileOn("api")).toContain("node:22");
    });

    test("opt out in the repository, in the organisation, or in one Dockerfile", async () => {
      stage.add("no", { ...NODE_APP, ".github/deroot.yml": "enabled: false\n" });
      stage.add("broken", { ...NODE_APP, ".github/deroot.yml": "enabeld: false\n" });
      stage.add("one", { ...NODE_APP, "b/Dockerfile": "# deroot-ignore\n" + NODE_APP.Dockerfile });
      stage.add("path", { ...NODE_APP, ".github/deroot.yml": "ignore: [/Dockerfile]\n" });
      await stage.run("open");
      expect(stage.double.pulls().map(({ repository }) => repository.name)).toEqual(["one"]);
      expect(stage.double.file("acme/one", "b/Dockerfile", BRANCH)!.toString()).toContain("deroot-ignore");
    });

    test("the organisation's configuration holds for all, and each repository's own comes before it", async () => {
      stage.add(`.${flavour}`, {
        ".github/deroot.yml": "labels: [hardening]\nrewrite: { uid: 20001, account: new }\n",
      });
      stage.add("a");
      stage.add("b", { ...NODE_APP, ".github/deroot.yml": "rewrite: { uid: 30001 }\n" });
      await stage.run("open");
      expect(dockerfileOn("a")).toContain("USER 20001");
      expect(dockerfileOn("b")).toContain("USER 30001");
      expect([...stage.pulls("a")[0]!.labels].map(({ name }) => name)).toEqual(["hardening"]);
    });

    test("a change that was merged and taken back is not proposed again", async () => {
      stage.add("api");
      await stage.run("open");
      const alice = stage.double.actAs("alice");
      alice.merge("acme/api", 1);
      expect((await stage.run("plan")).state("api")).toBe("merged");
      alice.commit("acme/api", { Dockerfile: NODE_APP.Dockerfile });
      const { writes, state } = await stage.run("open");
      expect(writes).toBe(0);
      expect(state("api")).toBe("refused");
    });
  });

  describe("afterwards", () => {
    test("sync brings an open one up to date when the default branch has moved, in one commit", async () => {
      stage.add("api");
      await stage.run("open");
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile.replace("20", "22") });
      const { deeds } = await stage.run("sync");
      expect(deeds.map(({ kind }) => kind)).toEqual(["updated"]);
      expect(dockerfileOn("api")).toContain("FROM node:22-alpine");
      expect(stage.double.actAs("alice").mergeable("acme/api", 1)).toBe(true);
      expect((await stage.run("sync")).writes).toBe(0);
      expect(stage.pulls("api")).toHaveLength(1);
    });

    test("a push elsewhere in the repository is no reason to write", async () => {
      stage.add("api");
      await stage.run("open");
      stage.double.actAs("alice").commit("acme/api", { "README.md": "hello" });
      expect((await stage.run("sync")).writes).toBe(0);
    });

    test("sync closes what is obsolete, and that is nobody's no", async () => {
      stage.add("api");
      await stage.run("open");
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile + "USER node\n" });
      const { state, deeds, results } = await stage.run("sync");
      expect(results.get("acme/api")!.record.reason).toBeNull();
      expect(deeds.map(({ kind }) => kind)).toEqual(["closed"]);
      expect(state("api")).toBe("withdrawn");
      expect(stage.pulls("api")[0]!.comments[0]!.body).toContain("Nothing is left to do");
      stage.double.actAs("alice").commit("acme/api", { Dockerfile: NODE_APP.Dockerfile });
      expect((await stage.run("open")).deeds).toHaveLength(1);
    });

    test("sync withdraws after an opt-out, and opens nothing", async () => {
      stage.add("api");
      await stage.run("open");
      stage.add("new");
      stage.double.actAs("alice").setTopics("acme/api", "deroot-ignore");
      await stage.run("sync");
      expect(stage.pulls("api")[0]!.state).toBe("closed");
      expect(stage.pulls("new")).toEqual([]);
    });

    test("close takes ours back, with their branches", async () => {
      stage.add("api");
      stage.add("web");
      await stage.run("open");
      await stage.run("close");
      expect(stage.double.pulls().map(({ state }) => state)).toEqual(["closed", "closed"]);
      expect(stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`)).toBeNull();
      expect((await stage.run("open")).deeds).toHaveLength(2);
    });

    test("status tells checks, reviews and how far it is", async () => {
      stage.add("api");
      stage.add("web");
      await stage.run("open");
      const [pull] = stage.pulls("api");
      stage.double.check(
        "acme/api",
        stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`)!,
        "ci",
        "success",
      );
      stage.double.actAs("alice").review("acme/api", pull!.number, "APPROVED");
      stage.double.actAs("alice").merge("acme/web", 1);
      const { results } = await stage.run("plan");
      expect(results.get("acme/api")!.record.proposals[0]!.pullRequest).toMatchObject({ checks: "passed" });
      expect(results.get("acme/web")!.record).toMatchObject({
        outcome: "unchanged",
        dockerfiles: { total: 1, root: 0 },
        proposals: [{ state: "merged" }],
      });
    });
  });

  describe("what goes wrong", () => {
    test("a run that ends at a bad token says so", async () => {
      stage.add("api");
      stage.env = { GITHUB_TOKEN: "ghp_thisisnotatoken1234567890" };
      const error = await stage.run("plan").catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ForgeError);
      expect((error as ForgeError).code).toBe("signed-out");
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("thisisnotatoken");
    });

    test("a rule of the repository that forbids it is told, and the others are done", async () => {
      stage.add("closed", NODE_APP, {
        permissions: { "deroot-user": "write" },
        protected: [{ pattern: "deroot/*", requirePullRequest: true }],
      });
      stage.add("open");
      const { results } = await stage.run("open");
      expect(results.get("acme/closed")!.record).toMatchObject({ outcome: "failed" });
      expect(stage.pulls("open")).toHaveLength(1);
    });
  });
});
