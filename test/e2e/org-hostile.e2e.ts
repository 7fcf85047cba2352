/** Repositories made to do harm: they cost themselves their pull request at most, and nobody is called by them. */
import { marked } from "marked";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ForgeDouble } from "../org/double/index.ts";
import { Machine } from "../org/support/machine.ts";

const BRANCH = "deroot/non-root";
const FAST = ["--writes-per-hour", "0", "--write-gap", "0"];
const OPEN = ["open", "acme", "--yes", ...FAST];

const app = (more = ""): string =>
  `FROM node:20-alpine\nWORKDIR /app\nCOPY . .\n${more}CMD ["node", "server.js"]\n`;

let forge: ForgeDouble;
let machine: Machine;

describe.each(["github", "gitlab"] as const)("%s", (flavour) => {
  beforeEach(async () => {
    forge = await ForgeDouble.start({ flavour, validate: false });
    forge.addOrganization("acme");
    for (const login of ["bob", "carol"]) forge.addUser(login);
    // Enough for the work, and far too little for what a repository would like to have.
    machine = new Machine(forge, { NODE_OPTIONS: "--max-old-space-size=512" });
    forge.addRepository({ owner: "acme", name: "zz-good", files: { Dockerfile: app() } });
  });

  afterEach(async () => {
    machine.end();
    await forge.close();
  });

  /** The others are done all the same, nobody is called, and a second run finds nothing to do. */
  async function expectHarmless(): Promise<string> {
    const { code, stdout, stderr } = await machine.run([...OPEN, "--forge", flavour]);
    expect(code, stderr).not.toBeNull();
    expect(forge.pulls("acme/zz-good")).toHaveLength(1);
    expect(forge.world.notifications.sent).toEqual([]);
    expect(forge.world.notifications.references).toEqual([]);
    expect(forge.world.notifications.commands).toEqual([]);
    const again = await machine.run([...OPEN, "--forge", flavour]);
    expect(again.writes).toBe(0);
    for (const pull of forge.pulls()) expect(pull.body.length).toBeLessThan(65_536);
    // eslint-disable-next-line no-control-regex -- what a terminal would obey
    expect(stdout + stderr).not.toMatch(/[\0-\x08\x0b-\x1f\x7f]/);
    return stdout + stderr;
  }

  // GitLab lists a tree in pages of 100.
  const many = flavour === "github" ? 10_000 : 2500;

  test(`${many} Dockerfiles`, async () => {
    const files = Object.fromEntries(
      Array.from({ length: many }, (_, i) => [`s/${i % 100}/${i}/Dockerfile`, app(`ENV N=${i}\n`)]),
    );
    forge.addRepository({ owner: "acme", name: "many", files });
    expect(await expectHarmless()).toContain(`it has ${many} Dockerfiles`);
  });

  test("a Dockerfile of 100 MB", async () => {
    const line = `RUN echo ${"x".repeat(1000)}\n`;
    forge.addRepository({
      owner: "acme",
      name: "big",
      files: { Dockerfile: app(line.repeat(100_000)), "b/Dockerfile": app() },
    });
    await expectHarmless();
    expect(forge.file("acme/big", "Dockerfile", BRANCH)?.length ?? 0).not.toBe(0);
  });

  test("links that lead out, and around in circles", async () => {
    forge.addRepository({
      owner: "acme",
      name: "links",
      files: {
        Dockerfile: "/etc/passwd",
        "a/Dockerfile": app("COPY secret /s\n"),
        "a/secret": "../../../../../../etc/shadow",
        "b/Dockerfile": "../b/Dockerfile",
        "c/Dockerfile": "../a/Dockerfile",
        "docker-compose.yml": "/proc/self/environ",
        ".dockerignore": "/etc/passwd",
      },
      modes: {
        Dockerfile: "120000",
        "a/secret": "120000",
        "b/Dockerfile": "120000",
        "c/Dockerfile": "120000",
        "docker-compose.yml": "120000",
        ".dockerignore": "120000",
      },
    });
    await expectHarmless();
    expect(forge.modes("acme/links", BRANCH)).toEqual(forge.modes("acme/links"));
    expect(forge.file("acme/links", "Dockerfile", BRANCH)!.toString()).toBe("/etc/passwd");
    expect(forge.pulls("acme/links")[0]!.body).not.toContain("root:x:");
  });

  test("names and texts that would format, link, call or command", async () => {
    const names = [
      "a\nb/Dockerfile",
      "@bob/Dockerfile",
      "`@carol`/Dockerfile",
      "<img src=x onerror=alert(1)>/Dockerfile",
      "\u001b[31mred/Dockerfile",
      "-->/Dockerfile",
      "[x](javascript:1)/Dockerfile",
      "\u202egnp.exe/Dockerfile",
      "fixes #1/Dockerfile",
      "/close/Dockerfile".slice(1),
      "a|b/Dockerfile",
      "$(touch x);`id`/Dockerfile",
      "</details>\t#12/Dockerfile",
    ];
    const call = "/close @bob @acme/everyone fixes #1 acme/zz-good#1 ``` </details> <!-- deroot -->";
    const evil = (i: number): string =>
      app(
        `# ${call}\nLABEL x="${call.replaceAll('"', "")}"\nENV "NAME${i}=${call}"\nVOLUME ["/data/@bob/#1"]\n`,
      );
    forge.addRepository({
      owner: "acme",
      name: "evil",
      files: {
        ...Object.fromEntries(names.map((name, i) => [name, evil(i)])),
        "cron/@bob #1/Dockerfile": `FROM debian:12\n# ${call}\nRUN apt-get install -y cron # ${call}\nCMD ["cron", "-f"]\n`,
        "bad/Dockerfile": `FROM @bob/x:#1\nUNKNOWN @bob fixes #1\n`,
        "ARG/Dockerfile": `ARG X\nFROM \${X:-@bob}\nRUN x\n`,
      },
    });
    forge.addRepository({
      owner: "acme",
      name: "settings",
      files: {
        Dockerfile: app(),
        ".github/deroot.yml": 'title: "fix: @bob fixes #1"\nlabels: ["@bob", "#1"]\nreviewers: none\n',
        "docker-compose.yml": `services:\n  "@bob fixes #1":\n    build: .\n    ports: ["80:80"]\n`,
      },
    });
    const printed = await expectHarmless();
    expect(printed).not.toContain("\u202e");
    const [pull] = forge.pulls("acme/evil");
    expect(pull!.body).not.toContain("\u202e");
    const page = marked.parse(pull!.body, { async: false });
    expect(page).toContain("&lt;img src=x");
    expect(page).not.toMatch(/<img|<a /);
  });

  test("configuration that no one should obey", async () => {
    const alias = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n`;
    const settings = {
      bomb: alias,
      program: "rewrite:\n  transform: ./evil.mjs\n",
      type: "labels: {}\n",
      key: "__proto__: {polluted: true}\nconstructor: 1\n",
      nothing: "\0\0\0",
    };
    for (const [name, text] of Object.entries(settings))
      forge.addRepository({
        owner: "acme",
        name,
        files: { Dockerfile: app(), ".github/deroot.yml": text, "evil.mjs": "process.exit(99)" },
      });
    await expectHarmless();
    for (const name of Object.keys(settings)) expect(forge.pulls(`acme/${name}`), name).toEqual([]);
  });
});
