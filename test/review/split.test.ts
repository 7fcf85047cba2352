import { expect, it } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { exportDecisions, replayDecisions, ReviewSession } from "../../src/review/index.ts";

const COMPOSE =
  "services:\n  a:\n    build: .\n    cap_add:\n      - CHOWN\n      - SYS_NICE\n      - KILL\n";
const open = () =>
  new ReviewSession(
    memoryTree({
      Dockerfile: "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD node x.js\n",
      "compose.yaml": COMPOSE,
    }),
    ["Dockerfile"],
  );
const ID = "compose:capabilities:compose.yaml:a";
const compose = async (session: ReviewSession) =>
  (await session.open("Dockerfile")).chosen.files.find(({ path }) => path === "compose.yaml")?.after;

it("decides a change edit by edit where each stands for itself", async () => {
  const session = open();
  expect(await session.split("Dockerfile", ID)).toBe(true);
  const { changes } = await session.open("Dockerfile");
  expect(changes.map(({ change }) => change.id)).toEqual(expect.arrayContaining([`${ID}#1`, `${ID}#2`]));
  await session.decide("Dockerfile", `${ID}#1`, "rejected");
  await session.acceptRest();
  expect(await compose(session)).toBe(COMPOSE.replace("      - KILL\n", ""));
  await session.decide("Dockerfile", `${ID}#2`, "rejected");
  expect(await compose(session)).toBeUndefined();
});

it("splits nothing whose edits only make sense together", async () => {
  expect(await open().split("Dockerfile", "user")).toBe(false);
});

it("takes a split back, and replays it", async () => {
  const session = open();
  await session.split("Dockerfile", ID);
  await session.decide("Dockerfile", `${ID}#2`, "rejected");
  await session.acceptRest();
  const again = open();
  expect(await replayDecisions(again, await exportDecisions(session))).toEqual([]);
  expect(await compose(again)).toBe(await compose(session));
  for (let count = 0; count < 3; count++) await session.undo();
  expect((await session.open("Dockerfile")).changes.map(({ change }) => change.id)).toContain(ID);
});

it("takes the parts back with what they rest on", async () => {
  const session = open();
  await session.split("Dockerfile", ID);
  const { along } = await session.decide("Dockerfile", "user", "rejected");
  expect(along.map(({ change }) => change.id)).toEqual(expect.arrayContaining([`${ID}#1`, `${ID}#2`]));
});
