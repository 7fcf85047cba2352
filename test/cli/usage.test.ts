import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deroot, project, read, ROOT_DOCKERFILE } from "./helper.ts";
import packageJson from "../../package.json" with { type: "json" };

describe("deroot", () => {
  it("tells its version and its options", async () => {
    const folder = project();
    for (const flag of ["--version", "-V"])
      expect((await deroot(folder, [flag])).stdout).toBe(`${packageJson.version}\n`);
    const help = await deroot(folder, ["--help"]);
    expect(help.code).toBe(0);
    for (const word of ["migrate", "check", "explain", "--write", "--ports", "Examples:", "Exit codes"]) {
      expect(help.stdout).toContain(word);
    }
    expect(Math.max(...help.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await deroot(folder, ["check", "--help"])).stdout).toContain("--sarif");
  });

  it.each([
    [["--wirte"], "there is no option --wirte", "Did you mean --write?"],
    [["check", "--format", "xml"], "format", "sarif"],
    [["--only", "acount"], 'there is no pass "acount"', "Did you mean account?"],
    [["--uid", "abc"], "--uid", "whole number"],
    [["--uid", "0"], "--uid", "0 is root"],
    [["--user", "root"], "--user", "not root"],
    [["--ports", "80"], "--ports", "80=3000"],
    [["--ports", "80=81"], "--ports", "1024"],
    [["--config", "nowhere.json"], "nowhere.json: no such file", "--config"],
    [["--transform", "nowhere.js"], "nowhere.js", "cannot be loaded"],
    [["--patch", "sub"], "sub: it is not a regular file", "Name a file"],
    [["--min"], "min", ""],
    [["nowhere"], "nowhere: no such file or folder", "spelling"],
    [["migrat"], "migrat: no such file or folder", "migrate"],
    [["sub"], "sub: no Dockerfile in or below it", "named one by one"],
    [["--stdin", "--write"], "write", ""],
  ])("refuses %j with a reason and a way out", async (args, title, hint) => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "sub/notes.txt": "" });
    const { code, stdout, stderr } = await deroot(folder, args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(title);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(read(folder, "Dockerfile")).toBe(ROOT_DOCKERFILE);
  });

  it("colours only for a terminal, or as it is told", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    const colour = (text: string): boolean => text.includes("\x1b[");
    const plain = await deroot(folder, []);
    expect([colour(plain.stdout), colour(plain.stderr)]).toEqual([false, false]);
    const forced = await deroot(folder, [], { env: { FORCE_COLOR: "1" } });
    expect([colour(forced.stdout), colour(forced.stderr)]).toEqual([true, true]);
    const asked = await deroot(folder, ["--color"], { env: { NO_COLOR: "1" } });
    expect(colour(asked.stderr)).toBe(true);
    const refused = await deroot(folder, ["--no-color"], { env: { FORCE_COLOR: "1" } });
    expect(colour(refused.stdout + refused.stderr)).toBe(false);
  });

  it("is quiet or verbose as it is told", async () => {
    const folder = project({
      Dockerfile: ROOT_DOCKERFILE,
      "bad/Dockerfile": new Uint8Array([0, 1, 2, 0xff]),
    });
    const quiet = await deroot(folder, ["-q"]);
    expect(quiet.stderr).toMatch(/^failed +bad\/Dockerfile/);
    expect(quiet.stderr).not.toContain("rewritten");
    const verbose = await deroot(folder, ["-v"]);
    expect(verbose.stderr).toMatch(/^ +copy-chown/m);
    expect(verbose.stderr.length).toBeGreaterThan((await deroot(folder, [])).stderr.length);
  });
});

describe("deroot check", () => {
  it("fails when something would change, and changes nothing", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    const { code, stdout } = await deroot(folder, ["check"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^would change {2}Dockerfile {2}as node \(1000\)/);
    expect(read(folder, "Dockerfile")).toBe(ROOT_DOCKERFILE);
    await deroot(folder, ["--write"]);
    expect((await deroot(folder, ["check"])).code).toBe(0);
  });

  it("speaks SARIF, JSON and Markdown", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    const sarif = await deroot(folder, ["check", "--format", "sarif", "--sarif", "deroot.sarif"]);
    expect(sarif.code).toBe(1);
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: "2.1.0" });
    expect(read(folder, "deroot.sarif")).toBe(sarif.stdout);
    expect(JSON.parse((await deroot(folder, ["check", "--format", "json"])).stdout)).toMatchObject({
      schema: 1,
    });
    expect((await deroot(folder, ["check", "--format", "markdown"])).stdout).toContain(
      "| `Dockerfile` | rewritten |",
    );
  });
});

describe("deroot explain", () => {
  it("tells about passes and images, and what it can tell about", async () => {
    const folder = project();
    expect((await deroot(folder, ["explain"])).stdout).toContain("copy-chown");
    expect((await deroot(folder, ["explain", "copy-chown"])).stdout).toMatch(/--chown/);
    expect((await deroot(folder, ["explain", "nginx:1.25"])).stdout).toContain("101");
    const unknown = await deroot(folder, ["explain", "copy-chwn"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("Did you mean copy-chown?");
  });
});

describe("configuration", () => {
  it("comes from the nearest file at or above the paths; the command line wins", async () => {
    const folder = project({
      ".git/HEAD": "",
      "deroot.config.yaml": "user: web\naccount: new\n",
      "services/api/Dockerfile": ROOT_DOCKERFILE,
    });
    const elsewhere = project();
    expect((await deroot(elsewhere, [join(folder, "services/api")])).stderr).toContain("as web (10001)");
    expect((await deroot(folder, ["--user", "api", "--uid", "2000"])).stderr).toContain("as api (2000)");
  });

  it.each([
    ["deroot.config.json", '{ "uid": "x" }', '"uid": expected a whole number'],
    ["deroot.config.json", '{ "uidd": 1 }', '"uidd" is not an option'],
    ["deroot.config.json", '{ "uid": ', "not valid JSON"],
    ["deroot.config.yaml", "a: [", "not valid YAML"],
    ["deroot.config.yml", "- a", "holds no options"],
  ])("names the file and the key that is wrong: %s %s", async (file, content, message) => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, [file]: content });
    const { code, stderr } = await deroot(folder, []);
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toContain(message);
  });

  it("runs no program that it merely finds", async () => {
    const program = `import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("ran", import.meta.url), "");\nexport default { user: "web", account: "new" };\n`;
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "deroot.config.mjs": program });
    const found = await deroot(folder, []);
    expect(found.code).toBe(0);
    expect(found.stderr).toContain("deroot.config.mjs is ignored");
    expect(found.stderr).toContain("as node (1000)");
    expect(() => read(folder, "ran")).toThrow();
    expect((await deroot(folder, ["--config", "deroot.config.mjs"])).stderr).toContain("as web (10001)");

    const indirect = project({
      Dockerfile: ROOT_DOCKERFILE,
      "deroot.config.json": '{"transform": ["evil.mjs"]}',
      "evil.mjs": program,
    });
    expect((await deroot(indirect, [])).stderr).toContain("deroot.config.json is ignored");
    expect(() => read(indirect, "ran")).toThrow();
  });

  it("adds passes of one's own", async () => {
    const pass = `export default { name: "label", summary: "adds a label", run: ({ dockerfile, plan }) => dockerfile.text.includes("mine=") ? [] : [{
      id: "label", pass: "label", title: "Label", reason: "We want one.", applicability: "safe", dependsOn: [], evidence: [],
      edits: [{ path: plan.path, start: dockerfile.text.length, end: dockerfile.text.length, text: "LABEL mine=1\\n" }] }] };\n`;
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "label.mjs": pass });
    expect((await deroot(folder, ["--transform", "label.mjs"])).stdout).toContain("+LABEL mine=1\n");
    expect((await deroot(folder, ["--transform", "label.mjs", "--skip", "label"])).stdout).not.toContain(
      "LABEL",
    );
  });

  it("does not hand out what a pass of one's own would change again with every run", async () => {
    const pass = `export default { name: "label", summary: "adds a label", run: ({ dockerfile, plan }) => [{
      id: "label", pass: "label", title: "Label", reason: "We want one.", applicability: "safe", dependsOn: [], evidence: [],
      edits: [{ path: plan.path, start: dockerfile.text.length, end: dockerfile.text.length, text: "LABEL mine=1\\n" }] }] };\n`;
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "label.mjs": pass });
    const { stdout, stderr, code } = await deroot(folder, ["--transform", "label.mjs"]);
    expect(stdout).toBe("");
    expect(stderr).toContain("pass label");
    expect(code).toBe(3);
  });
});
