/** Whatever goes wrong, and whatever a server repeats: no token, key or JSON Web Token in anything that a run makes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { conceal, redact, tokenIn } from "../../src/org/secrets.ts";
import { ForgeDouble, type DoubleOptions, type Fault } from "./double/index.ts";
import { NODE_APP } from "./support/campaign.ts";
import { Machine } from "./support/machine.ts";

let double: ForgeDouble;
let machine: Machine;
afterEach(async () => {
  machine.end();
  await double.close();
});

const FAST = ["--writes-per-hour", "0", "--write-gap", "0", "--concurrency", "2"];
const ECHOES: readonly Fault[] = [200, 400, 401, 403, 404, 409, 422].map((status) => ({
  kind: "echo",
  status,
}));

interface Way {
  readonly name: string;
  readonly options: DoubleOptions;
  /** Environment of a run. */
  readonly env: (forge: ForgeDouble) => Record<string, string>;
}

/** Of today's formats, and of none. */
const ODD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const WAYS: readonly Way[] = [
  { name: "a token of GitHub", options: {}, env: () => ({}) },
  {
    name: "an old token of an Enterprise Server",
    options: { flavour: "ghes" },
    env: (forge) => ({ GITHUB_TOKEN: forge.addToken("deroot-user", { value: ODD }).value }),
  },
  {
    name: "a GitHub App",
    options: {},
    env: (forge) => {
      const app = forge.addApp("mender", "acme");
      return { GITHUB_TOKEN: "", GITHUB_APP_ID: String(app.id), GITHUB_APP_PRIVATE_KEY: app.privateKey };
    },
  },
  { name: "a token of GitLab", options: { flavour: "gitlab" }, env: () => ({}) },
  {
    name: "an old token of GitLab",
    options: { flavour: "gitlab" },
    env: (forge) => ({
      GITLAB_TOKEN: forge.addToken("deroot-user", { value: "Xy3kPq9-Lm2_Rt7Zw1Vb" }).value,
    }),
  },
];

/** Text of everything below a folder, SQLite's files as they are. */
function* filesBelow(folder: string): Generator<{ path: string; text: string }> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield { path, text: readFileSync(path, "latin1") };
  }
}

describe("a run that is answered with its own secrets", () => {
  test.each(WAYS)(
    "$name",
    async ({ options, env }) => {
      double = await ForgeDouble.start({ ...options, validate: false });
      const isGitLab = options.flavour === "gitlab";
      double.addOrganization("acme");
      for (let i = 0; i < 4; i++)
        double.addRepository({
          owner: "acme",
          name: `r${i}`,
          files: { ...NODE_APP, "server.js": `// ${i}`, ".github/CODEOWNERS": "* @alice" },
          labels: ["security"],
        });
      const given = env(double);
      machine = new Machine(double, given);
      const output: string[] = [];
      const run = async (...words: string[]): Promise<number | null> => {
        const forge = isGitLab ? ["--forge", "gitlab"] : [];
        const { code, stdout, stderr } = await machine.run([words[0]!, "acme", ...words.slice(1), ...forge]);
        output.push(stdout, stderr);
        return code;
      };
      const report = ["--json", "--html", "status.html"];

      expect(await run("plan", ...report, "--approval", "plan.json")).toBe(0);
      // Reads that fail like that are waited for and asked again; writes are looked up.
      double.faults.add({ kind: "echo", status: 500 }, { write: true, times: 2 });
      double.faults.atRandom(0.25, ECHOES);
      await run("open", "--yes", "--label", "security", ...report, ...FAST);
      await run("status", ...report);
      double.faults.clear();
      expect(await run("open", "--approved", "plan.json", ...FAST)).toBe(0);

      const secrets = [...double.tokens.seen];
      if (given["GITHUB_APP_PRIVATE_KEY"]) secrets.push(...given["GITHUB_APP_PRIVATE_KEY"].split("\n"));
      const hidden = secrets.filter((secret) => secret.length > 12 && !secret.startsWith("-----"));
      expect(hidden.length).toBeGreaterThan(0);
      const told = output.join("\n");
      for (const secret of hidden) {
        expect(told).not.toContain(secret);
        for (const { path, text } of filesBelow(machine.folder))
          expect(text.includes(secret), path.slice(machine.folder.length)).toBe(false);
      }
      // What the server said was told all the same.
      expect(told).toContain("Cannot do that with [token]");
    },
    300_000,
  );

  test("a token that cannot be sent is told without it", async () => {
    double = await ForgeDouble.start();
    double.addOrganization("acme");
    for (const [name, token] of [
      ["GITHUB_TOKEN", "ghp_quoted\u201d1234567890123456"],
      ["GITHUB_TOKEN", "ghp_twolines\n1234567890123456"],
    ] as const) {
      machine = new Machine(double, { [name]: token });
      const { code, stderr } = await machine.run(["plan", "acme"]);
      expect(stderr).toContain("the token holds a character that no token has");
      expect(stderr).not.toContain("1234567890123456");
      expect(code).toBe(3);
    }
    expect(double.calls.total).toBe(0);
  });
});

describe("redact", () => {
  const formats = [
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0abcdefghijkl_ABCDEFGH",
    "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-ABCDEFabcdef1234567",
    "glptt-0123456789abcdef0123456789",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl",
  ];
  test.each(formats)("takes out %s, which nobody told it of", (secret) => {
    expect(redact(`token ${secret}, no more`)).toBe("token [token], no more");
  });

  test("takes out what it was told of, and leaves commits alone", () => {
    const commit = "9f3b1c2d4e5f60718293a4b5c6d7e8f901234567";
    conceal("hunter2-hunter2");
    expect(redact(`hunter2-hunter2 at ${commit}`)).toBe(`[token] at ${commit}`);
    expect(tokenIn("  abcdefgh12 \n", "")).toBe("abcdefgh12");
    expect(redact("abcdefgh12!")).toBe("[token]!");
  });
});
