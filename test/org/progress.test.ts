/** What a campaign tells of repositories in which nothing is proposed: how many images run as root all the same, and why. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { statusRow } from "../../src/org/status.ts";
import { NODE_APP, Stage } from "./support/campaign.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const CRON = 'FROM debian:12\nRUN apt-get update && apt-get install -y cron\nCMD ["cron", "-f"]\n';

test("who says no is counted, and nothing is proposed", async () => {
  stage.add("no", { ...NODE_APP, ".github/deroot.yml": "enabled: false\n" });
  stage.add("wrong", { ...NODE_APP, ".github/deroot.yml": "lables: [x]\n" });
  const { results, writes } = await stage.run("open");
  for (const name of ["no", "wrong"])
    expect(results.get(`acme/${name}`)!.record).toMatchObject({
      outcome: "skipped",
      dockerfiles: { total: 1, root: 1, rewritten: 0 },
      proposals: [],
    });
  expect(writes).toBe(0);
  expect((await stage.run("plan")).reads).toBe(3);
});

test("a reason is told for what runs as root and stays", async () => {
  stage.add("cron", { Dockerfile: CRON, "a/Dockerfile": CRON });
  stage.add("kept", { Dockerfile: `# deroot-ignore\n${NODE_APP.Dockerfile}` });
  stage.add("fine", { Dockerfile: 'FROM node:20\nUSER 1000\nCMD ["node"]\n' });
  stage.add("both", { ...NODE_APP, "cron/Dockerfile": CRON });
  const { results } = await stage.run("plan");
  const note = (name: string): string | null => {
    const result = results.get(`acme/${name}`)!;
    return statusRow({ name, url: "" }, result, new Date()).note;
  };
  expect(note("cron")).toMatch(/^Dockerfile: .*cron.*, and 1 more$/);
  expect(note("kept")).toMatch(/^Dockerfile: .*deroot-ignore/);
  expect(note("fine")).toBeNull();
  expect(note("both")).toBeNull();
});
