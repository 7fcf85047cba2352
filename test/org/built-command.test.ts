/** `deroot org` as a user runs it, against the double: canaries, and the token of `gh`. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ForgeDouble } from "./double/index.ts";
import { BRANCH, NODE_APP } from "./support/campaign.ts";
import { Machine } from "./support/machine.ts";

let double: ForgeDouble;
let machine: Machine;
beforeEach(async () => {
  double = await ForgeDouble.start();
  double.addOrganization("acme");
  for (let i = 0; i < 4; i++)
    double.addRepository({ owner: "acme", name: `r${i}`, files: { ...NODE_APP, "server.js": `// ${i}` } });
  machine = new Machine(double);
});
afterEach(async () => {
  machine.end();
  await double.close();
});

describe("--canary", () => {
  const OPEN = ["open", "acme", "--yes", "--canary", "2", "--write-gap", "0"];
  const WAITING = "Waiting until these have passed, are approved or merged:";
  const opened = (): string[] => double.pulls().map(({ repository }) => repository.name);
  const check = (name: string, conclusion: "success" | "failure"): void =>
    double.check(
      `acme/${name}`,
      double.repository(`acme/${name}`).git.ref(`refs/heads/${BRANCH}`)!,
      "ci",
      conclusion,
    );

  test("opens so many and waits; goes on when they are green, on the same command again", async () => {
    const first = await machine.run([...OPEN, "--json"], { says: WAITING });
    expect(first.stderr).toContain(`${WAITING}\n  ${double.siteUrl}/acme/r`);
    expect(first.stderr).toContain("Stopped. The same command goes on from here.");
    // The report is of the whole campaign, which has not begun.
    expect(first.stdout).toBe("");
    const canaries = opened();
    expect(canaries).toHaveLength(2);

    for (const name of canaries) check(name, "success");
    const second = await machine.run([...OPEN, "--json"]);
    expect(second.code).toBe(0);
    expect(opened()).toHaveLength(4);
    expect(JSON.parse(second.stdout)).toMatchObject({ totals: { states: { open: 4 } } });
  });

  test("a red one ends the run: nothing more is opened, and the exit code says so", async () => {
    await machine.run(OPEN, { says: WAITING });
    const [first, second] = opened();
    check(first!, "success");
    check(second!, "failure");
    const { code, stderr } = await machine.run(OPEN);
    expect(stderr).toContain("These failed their checks, or were turned down, so nothing more is opened:");
    expect(stderr).toContain(`/acme/${second}/pull/`);
    expect(stderr).not.toContain(`/acme/${first}/pull/`);
    expect(code).toBe(1);
    expect(opened()).toHaveLength(2);
  });
});

describe("gh", () => {
  /** A program of that name in front of all others; it notes what it was called with. */
  function withGh(script: string): Machine {
    const folder = join(machine.folder, "bin");
    mkdirSync(folder);
    const file = join(folder, "gh");
    writeFileSync(file, `#!/bin/sh\necho "$@" >> "${join(folder, "calls")}"\n${script}\n`);
    chmodSync(file, 0o755);
    const PATH = `${folder}${delimiter}${process.env["PATH"]}`;
    return new Machine(double, { GITHUB_TOKEN: "", GH_TOKEN: "", GH_ENTERPRISE_TOKEN: "", PATH });
  }
  const calls = (): string => readFileSync(join(machine.folder, "bin/calls"), "utf8");

  test("gives its token where none is set", async () => {
    const here = withGh(`echo ${double.token}`);
    const { code, stderr } = await here.run(["plan", "acme"]);
    expect(stderr).toContain("4 repositories: 4 to be opened");
    expect(code).toBe(0);
    // Of that host, and asked for once.
    expect(calls()).toBe("auth token --hostname 127.0.0.1\n");
    expect(double.calls.all.every(({ login }) => login === "deroot-user")).toBe(true);
    here.end();
  });

  test("that is not signed in is no token; what it says is not repeated", async () => {
    const here = withGh("echo 'no oauth token found for github.com, secret-in-here' >&2; exit 1");
    const { code, stderr } = await here.run(["plan", "acme"]);
    expect(stderr).toContain("there is no token for GitHub");
    expect(stderr).toContain("gh auth login");
    expect(stderr).not.toContain("secret-in-here");
    expect(code).toBe(3);
    here.end();
  });

  test("is not asked where there is a token", async () => {
    withGh("exit 1").end();
    const here = new Machine(double, {
      PATH: `${join(machine.folder, "bin")}${delimiter}${process.env["PATH"]}`,
    });
    expect((await here.run(["plan", "acme"])).code).toBe(0);
    expect(existsSync(join(machine.folder, "bin/calls"))).toBe(false);
    here.end();
  });
});
