/** Repositories with many Dockerfiles: what one pull request holds, and what one run opens. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MOST_TOGETHER } from "../../src/org/scan.ts";
import { NODE_APP, Stage } from "./support/campaign.ts";

describe.each(["github", "gitlab"] as const)("%s", (flavour) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open({ flavour });
  });
  afterEach(() => stage.close());

  test("a few at a time, where a repository has many directories, and no more than it may", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 14 }, (_, i) => [`s${i}/Dockerfile`, NODE_APP.Dockerfile]),
    );
    stage.add("mono", files);
    stage.add("other", files);
    const open = async (max?: number): Promise<number> =>
      (await stage.run("open", { given: { per: "directory" }, ...(max && { max }) })).deeds.length;
    expect(await open(3)).toBe(3);
    expect(stage.double.pulls()).toHaveLength(3);
    expect(await open()).toBe(20);
    expect(await open()).toBe(5);
    expect(await open()).toBe(0);
    expect(stage.pulls("mono")).toHaveLength(14);
    expect(stage.pulls("other")).toHaveLength(14);
  });

  test("in a repository with more Dockerfiles than one pull request holds, the rest when it is merged", async () => {
    const count = MOST_TOGETHER + 3;
    const files = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `s${i}/Dockerfile`,
        `FROM node:20\nENV N=${i}\nCMD ["node"]\n`,
      ]),
    );
    stage.add("mono", files);
    stage.timeoutMs = 60_000;
    // More than a comparison tells: it is still known for ours.
    stage.double.faults.add({ kind: "lost-answer" }, { write: true });
    const { results } = await stage.run("open");
    expect(results.get("acme/mono")!.record).toMatchObject({
      outcome: "rewritten",
      dockerfiles: { total: count, root: count, rewritten: count },
    });
    const [pull] = stage.pulls("mono");
    expect(stage.double.calls.writes).toBe(2);
    expect(pull!.body).toContain("3 more Dockerfiles can be changed in the same way");
    expect(pull!.body.length).toBeLessThan(65_536);
    expect((await stage.run("sync")).writes).toBe(0);

    stage.double.actAs("alice").merge("acme/mono", pull!.number);
    const { results: after } = await stage.run("open");
    expect(after.get("acme/mono")!.record.dockerfiles).toMatchObject({ root: 3, rewritten: 3 });
    expect(stage.pulls("mono").map(({ state }) => state)).toEqual(["closed", "open"]);
    stage.double.actAs("alice").merge("acme/mono", stage.pulls("mono")[1]!.number);
    expect((await stage.run("plan")).results.get("acme/mono")!.record).toMatchObject({
      outcome: "unchanged",
      dockerfiles: { total: count, root: 0 },
    });
  }, 300_000);
});
