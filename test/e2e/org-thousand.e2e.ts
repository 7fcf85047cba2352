/** A whole organisation, with the real command as a process that gets killed: none lost, none twice, nobody overrun. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ForgeDouble } from "../org/double/index.ts";
import { random } from "../org/double/http/faults.ts";
import { Machine } from "../org/support/machine.ts";
import { populate, type Expected } from "./org/organisation.ts";

const COUNT = 1000;
const BRANCH = "deroot/non-root";
const FAST = ["--writes-per-hour", "0", "--write-gap", "0"];
const OPEN = ["open", "acme", "--yes", ...FAST];
/** Another seed kills at other moments. */
const SEED = Number(process.env["DEROOT_SEED"] ?? 8);

let forge: ForgeDouble;
let machine: Machine;
let expected: Map<string, Expected>;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

beforeAll(async () => {
  forge = await ForgeDouble.start({ validate: false });
  forge.addOrganization("acme");
  expected = populate(forge, "acme", COUNT);
  machine = new Machine(forge);
});

afterAll(async () => {
  machine.end();
  await forge.close();
});

const wanted = (kind: Expected): string[] =>
  [...expected].filter(([, each]) => each === kind).map(([name]) => name);
const nameOf = (pull: ReturnType<ForgeDouble["pulls"]>[number]): string =>
  `${pull.repository.owner.login}/${pull.repository.name}`;

/** Each branch of ours is one commit on top of the default branch, and nothing else has been made. */
function expectTidy(): void {
  for (const name of expected.keys()) {
    const { git } = forge.repository(name);
    const main = git.ref("refs/heads/main");
    const ours = git.ref(`refs/heads/${BRANCH}`);
    const refs = git.refs().map(([ref]) => ref);
    expect(refs.filter((ref) => ref !== "refs/heads/main" && ref !== `refs/heads/${BRANCH}`)).toEqual([]);
    if (ours !== null) expect(git.commit(ours)!.parents, name).toEqual([main]);
  }
}

describe(`${COUNT} repositories`, () => {
  test("opened through many kills: none lost, none twice", async () => {
    const next = random(SEED);
    let kills = 0;
    for (let i = 0; i < 15; i++) {
      // In turn anywhere on the way, and right at one of the first writes.
      const { code } =
        i % 2 === 0
          ? await machine.run(OPEN, { requests: 5 + Math.floor(next() * 80) })
          : await machine.run(OPEN, { writes: 1 + Math.floor(next() * 12) });
      if (code === null) kills++;
    }
    const rest = await machine.run(OPEN);
    say(`killed ${kills} times; the last run needed ${rest.reads} reads and ${rest.writes} writes`);
    expect(kills).toBeGreaterThan(10);
    expect(rest.code, rest.stderr).toBe(0);
    const opened = forge.pulls().map(nameOf);
    expect(opened.toSorted()).toEqual(wanted("opened").toSorted());
    expectTidy();
    for (const pull of forge.pulls()) {
      const name = nameOf(pull);
      const files = Object.keys(forge.modes(name, BRANCH)).filter((path) => path.endsWith("Dockerfile"));
      expect(forge.file(name, files[0]!, BRANCH)!.toString()).toContain("\nUSER ");
    }
  });

  test("a second run writes nothing, here and on a new machine", async () => {
    const again = await machine.run(OPEN);
    expect([again.code, again.writes]).toEqual([0, 0]);
    const other = new Machine(forge);
    const elsewhere = await other.run(OPEN);
    other.end();
    expect([elsewhere.code, elsewhere.writes]).toEqual([0, 0]);
    const perRepository = again.reads / COUNT;
    say(`a rescan: ${again.reads} reads, ${perRepository} per repository`);
    expect(perRepository).toBeLessThanOrEqual(0.05);
    expect(forge.pulls()).toHaveLength(wanted("opened").length);
  });

  test("what people did is respected, through kills of sync", async () => {
    const [closed, pushed, merged, moved, left] = wanted("opened");
    const other = wanted("opened").slice(5, 25);
    const people = forge.actAs("alice");
    people.close(closed!, 1);
    const theirs = people.commit(pushed!, { "NOTES.md": "mine\n" }, { branch: BRANCH });
    people.merge(merged!, 1);
    people.commit(moved!, {
      Dockerfile: 'FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
    });
    people.setTopics(left!, "deroot-ignore");
    for (const name of other) people.commit(name, { "README.md": "elsewhere\n" });
    for (const requests of [20, 35, 3]) await machine.run(["sync", "acme", ...FAST], { requests });
    const { code, stderr } = await machine.run(["sync", "acme", ...FAST]);
    expect(code, stderr).toBe(0);
    const reopened = await machine.run(OPEN);
    expect([reopened.code, reopened.writes]).toEqual([0, 0]);
    const state = (name: string): string => {
      const [pull, ...more] = forge.pulls(name);
      expect(more).toEqual([]);
      return pull!.pull.mergedAt ? "merged" : pull!.state;
    };
    expect([closed, pushed, merged, moved, left].map((name) => state(name!))).toEqual([
      "closed",
      "open",
      "merged",
      "open",
      "closed",
    ]);
    expect(forge.repository(pushed!).git.ref(`refs/heads/${BRANCH}`)).toBe(theirs);
    expect(forge.file(moved!, "Dockerfile", BRANCH)!.toString()).toMatch(/^FROM node:22-alpine[^]*USER /);
    for (const name of other) expect(state(name)).toBe("open");
  });

  test("few requests for each pull request", async () => {
    const small = await ForgeDouble.start({ validate: false });
    const here = new Machine(small);
    try {
      small.addOrganization("acme");
      const all = populate(small, "acme", 200);
      const opened = [...all.values()].filter((each) => each === "opened").length;
      const scan = await here.run(["plan", "acme"]);
      const { reads, writes, code } = await here.run(OPEN);
      const rescan = await here.run(["plan", "acme"]);
      // A run that opens finds as well: what the rescan needs is what finding needs.
      const beyond = (reads - rescan.reads + writes) / opened;
      say(
        `a scan: ${scan.reads / all.size} reads per repository; beyond it ${beyond} requests per pull request`,
      );
      expect(code).toBe(0);
      expect(small.pulls()).toHaveLength(opened);
      expect(beyond).toBeLessThanOrEqual(4);
    } finally {
      here.end();
      await small.close();
    }
  });
});
