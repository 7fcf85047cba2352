import { afterEach, beforeEach, expect, test } from "vitest";
import { judge, type Canary } from "../../src/org/canary.ts";
import { BRANCH, Stage } from "./support/campaign.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
  stage.add("api");
  await stage.run("open");
});
afterEach(() => stage.close());

const verdict = async (): Promise<string> => {
  const [pull] = stage.pulls("api");
  const canary: Canary = { repository: "acme/api", branch: BRANCH, number: pull!.number, url: "" };
  return judge(await stage.forge(), canary);
};
const head = (): string => stage.double.repository("acme/api").git.ref(`refs/heads/${BRANCH}`)!;

test("waits for checks or a person", async () => {
  expect(await verdict()).toBe("waiting");
  stage.double.check("acme/api", head(), "ci", null);
  expect(await verdict()).toBe("waiting");
});

test("is good when its checks pass, or when it is merged", async () => {
  stage.double.check("acme/api", head(), "ci", "success");
  expect(await verdict()).toBe("good");
  stage.double.actAs("alice").merge("acme/api", 1);
  expect(await verdict()).toBe("good");
});

test("is bad when its checks fail", async () => {
  stage.double.check("acme/api", head(), "ci", "failure");
  expect(await verdict()).toBe("bad");
});

test("is bad when a person closes it, not when deroot does", async () => {
  stage.double.actAs("alice").close("acme/api", 1);
  expect(await verdict()).toBe("bad");
  stage.double.actAs("alice").reopen("acme/api", 1);
  await stage.run("close");
  expect(await verdict()).toBe("good");
});
