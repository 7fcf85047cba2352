/** What only GitHub has: its documented limits, Apps, Enterprise Server. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BRANCH, NODE_APP, Stage } from "../support/campaign.ts";
import { DOCUMENTED_LIMITS } from "../double/index.ts";

let stage: Stage;
const open = async (options: Parameters<typeof Stage.open>[0] = {}): Promise<void> => {
  stage = await Stage.open(options);
};
afterEach(() => stage.close());

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
