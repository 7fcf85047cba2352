/** `deroot org` as people run it, over a thousand repositories: killed at any moment, and on a hostile repository. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ForgeDouble } from "../org/double/index.ts";

const DEROOT = fileURLToPath(new URL("../../dist/deroot.js", import.meta.url));
const BRANCH = "deroot/non-root";
const REPOSITORIES = 1000;
const KILLS = 25;

const folder = mkdtempSync(join(tmpdir(), "deroot-org-"));
let double: ForgeDouble;
beforeAll(async () => {
  double = await ForgeDouble.start({ validate: false });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await double.close();
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const QUICK = ["--write-gap", "0", "--writes-per-hour", "0"];

/** @param during gets the process as soon as it runs. */
function deroot(
  args: readonly string[],
  during: (child: ChildProcess) => void = () => undefined,
): Promise<Run> {
  const env = { ...process.env, GITHUB_TOKEN: double.token, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder };
  const child = spawn(process.execPath, [DEROOT, "org", ...args, "--api-url", double.apiUrl], { env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  during(child);
  return new Promise((done) => child.on("close", (code) => done({ code, stdout, stderr })));
}

describe("a thousand repositories", () => {
  const app = (i: number): Record<string, string> => ({
    Dockerfile: `FROM node:${18 + (i % 3) * 2}-alpine\nENV N=${i}\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n`,
    "server.js": `// ${i}\nrequire("http").createServer().listen(3000);\n`,
  });
  const wanted: string[] = [];

  beforeAll(() => {
    for (let i = 0; i < REPOSITORIES; i++) {
      const name = `r${String(i).padStart(4, "0")}`;
      const kind = i % 10;
      const files =
        kind === 0
          ? { "README.md": name }
          : kind === 1
            ? { Dockerfile: "FROM node:20\nUSER node\n" }
            : app(i);
      const rest = kind === 2 ? { archived: true } : kind === 3 ? { topics: ["deroot-ignore"] } : {};
      double.addRepository({ owner: "acme", name, files, ...rest });
      if (kind > 3) wanted.push(name);
    }
  });

  it(`opens the right ones, each once, though it is killed ${KILLS} times on the way`, async () => {
    const random = numbers(7);
    const writes = wanted.length * 2;
    for (let kill = 1; kill <= KILLS; kill++) {
      // Between two requests, in one, or while it computes.
      const at = Math.round((writes / (KILLS + 1)) * (kill - 0.5 + random()));
      const { code } = await deroot(["open", "acme", "--yes", ...QUICK], (child) => {
        const timer = setInterval(() => {
          if (double.calls.writes < at && double.pulls().length < wanted.length) return;
          clearInterval(timer);
          setTimeout(() => child.kill("SIGKILL"), Math.floor(random() * 20));
        }, 5);
        child.on("close", () => clearInterval(timer));
      });
      expect(code).toBeNull();
    }
    const last = await deroot(["open", "acme", "--yes", ...QUICK]);
    expect(last.stderr).toContain(`${REPOSITORIES} repositories: ${wanted.length} open`);
    expect(last.code).toBe(0);
    expect(
      double
        .pulls()
        .map(({ repository }) => repository.name)
        .sort(),
    ).toEqual(wanted);
    for (const name of wanted) {
      expect(double.file(`acme/${name}`, "Dockerfile", BRANCH)!.toString()).toContain("USER 1000");
      const { git } = double.repository(`acme/${name}`);
      expect(git.commit(git.ref(`refs/heads/${BRANCH}`)!)!.parents).toEqual([git.ref("refs/heads/main")]);
    }
  });

  it("writes nothing when it is run again, and asks for 50 at once", async () => {
    double.calls.clear();
    const { stderr, code } = await deroot(["open", "acme", "--yes", ...QUICK]);
    expect(code).toBe(0);
    expect(double.calls.writes).toBe(0);
    const each = double.calls.reads / REPOSITORIES;
    process.stdout.write(`requests per unchanged repository: ${each.toFixed(3)}\n`);
    expect(each).toBeLessThanOrEqual(0.05);
    expect(stderr).toContain("Requests: ");
  });

  it("needs four requests for a pull request, beyond the look at the code", async () => {
    for (let i = 0; i < 50; i++)
      double.addRepository({ owner: "small", name: `r${i}`, files: app(5000 + i), labels: ["security"] });
    await deroot(["plan", "small"]);
    double.calls.clear();
    await deroot(["open", "small", "--yes", "--label", "security", ...QUICK]);
    expect(double.pulls().filter(({ repository }) => repository.owner.login === "small")).toHaveLength(50);
    // Signing in, the organisation's configuration, the list.
    const each = (double.calls.reads + double.calls.writes - 3) / 50;
    process.stdout.write(`requests per pull request: ${each}\n`);
    expect(each).toBeLessThanOrEqual(4);
  });

  it("tells how far it is, as a page and for programs", async () => {
    const page = join(folder, "status.html");
    const { stdout } = await deroot(["status", "acme", "--json", "--html", page]);
    const report = JSON.parse(stdout) as {
      repositories: unknown[];
      totals: { dockerfiles: { root: number } };
    };
    expect(report.repositories).toHaveLength(REPOSITORIES);
    expect(report.totals.dockerfiles.root).toBe(wanted.length);
    expect(readFileSync(page, "utf8")).toContain(`${wanted.length} of `);
  });
});

describe("a hostile repository", () => {
  it("harms nothing and pings nobody", async () => {
    const run = 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "x.js"]\n';
    const evil = "@everyone @acme/all fixes #1 GH-1 acme/r0001#1 !1 /close";
    double.addUser("everyone");
    const add = (
      name: string,
      files: Record<string, string | Uint8Array>,
      modes: Record<string, "120000"> = {},
    ): void => void double.addRepository({ owner: "evil", name, files, modes });
    add("many", Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`d${i}/Dockerfile`, run])));
    add("large", { Dockerfile: new Uint8Array(100 * 1024 * 1024).fill(35), "a/Dockerfile": run });
    add(
      "link",
      { "a/Dockerfile": run, Dockerfile: "/etc/passwd", "b/Dockerfile": "../../../etc/passwd" },
      { Dockerfile: "120000", "b/Dockerfile": "120000" },
    );
    add("names", { "a\nb/Dockerfile": run, "\u001b]0;x\u0007/Dockerfile": run, "c/Dockerfile": run });
    add("words", {
      [`${evil.replaceAll("/", "_")}/Dockerfile`]: `# ${evil}\nFROM node:20\nWORKDIR "/${evil}"\nVOLUME ["/${evil}"]\nCOPY . .\nCMD ["node", "x.js"]\n`,
      [`x/Dockerfile.${evil.replaceAll("/", "_")}`]: `FROM ${evil}\n`,
      ".github/CODEOWNERS": "* @ghost-user @evil/no-such-team mail@example.com\n",
      ".github/deroot.yml": "labels: ['@everyone #1']\n",
    });
    add("bomb", {
      Dockerfile: run,
      ".github/deroot.yml": `a: &a [x]\nb: &b [${"*a,".repeat(50)}]\nlabels: [${"*b,".repeat(50)}]\n`,
    });
    const { stdout, stderr } = await deroot(["open", "evil", "--yes", "--json", ...QUICK]);
    const { repositories } = JSON.parse(stdout) as {
      repositories: { repository: string; state: string; note: string }[];
    };
    const state = (name: string): string =>
      repositories.find(({ repository }) => repository === `evil/${name}`)!.state;
    expect(["many", "large", "link", "names", "words", "bomb"].map(state)).toEqual([
      "skipped",
      "open",
      "open",
      "open",
      "open",
      "skipped",
    ]);
    // eslint-disable-next-line no-control-regex -- a terminal must not get them
    expect(stdout + stderr).not.toMatch(/[\x07\x1b]/);
    expect(double.world.notifications.sent).toEqual([]);
    expect(double.world.notifications.references).toEqual([]);
    expect(JSON.stringify(double.pulls("evil/link").map(({ body }) => body))).not.toContain("root:x:0:0");
    expect(Object.keys(double.modes("evil/names", BRANCH)).sort()).toEqual(
      Object.keys(double.modes("evil/names")).sort(),
    );
  });
});

/** The same numbers from 0 to 1 for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
