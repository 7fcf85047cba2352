/**
 * `fixtures/<pass>/<case>/before/` is a small project; `after/` holds all of its files as they must be afterwards,
 * byte for byte, `unchanged.json` or `declined.json` the outcome where nothing may change. `options.json` holds
 * options of the rewrite, `advice.json` the titles of the advice and of the changes left to a person. `npm run bless` writes what deroot makes; read it
 * before you commit it. `npm run bless -- -t ports/` does so for some cases.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { discover } from "../src/file-tree/discover.ts";
import type { FileMode } from "../src/file-tree.ts";
import { adviceOf } from "../src/report/report.ts";
import { type RewriteOptions, type RewriteResult, rewrite } from "../src/rewrite/index.ts";
import { type Project, expectInvariants, expectPatchesApply, treeOf, written } from "./invariants.ts";

const ROOT = fileURLToPath(new URL("fixtures/", import.meta.url));
const BLESS = process.env.BLESS === "1";
const OUTCOMES = ["unchanged", "declined", "failed"] as const;

const names = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap((pass) => readdirSync(join(ROOT, pass.name)).map((name) => `${pass.name}/${name}`))
  .sort();
const results = new Map<string, { given: Project; result: RewriteResult }>();

describe.each(names)("%s", (name) => {
  const given = readProject(join(ROOT, name, "before"));
  const options = readJson<RewriteOptions>(name, "options") ?? {};

  test("makes what it should", async () => {
    const result = await rewrite(treeOf(given), given.path, options);
    results.set(name, { given, result });
    if (BLESS) bless(name, given, result);
    const expected = OUTCOMES.map((status) => readJson(name, status)).find((outcome) => outcome !== null);
    if (expected) expect({ status: result.status, code: result.reason?.code }).toEqual(expected);
    else
      expect(shown(written(given, result)), explained(result)).toEqual(
        shown(readProject(join(ROOT, name, "after"))),
      );
    const advice = readJson<string[]>(name, "advice");
    if (advice) expect(adviceOf(result).map((item) => item.title)).toEqual(advice);
  });

  // What is being blessed may be wrong yet.
  if (BLESS) return;
  test("keeps the promises that hold for every file", async () => {
    await expectInvariants(given, options);
  });
});

test("every patch applies with git", () => {
  expectPatchesApply([...results.values()]);
});

test("every pass has fixtures, and every fixture one expectation", () => {
  expect(names.length).toBeGreaterThan(120);
  for (const name of names) {
    const found = ["after", ...OUTCOMES.map((status) => `${status}.json`)].filter((file) =>
      existsSync(join(ROOT, name, file)),
    );
    expect(found, name).toHaveLength(1);
  }
});

function readProject(folder: string): Project {
  const files: Record<string, Uint8Array> = {};
  const modes: Record<string, FileMode> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).replaceAll("\\", "/");
    files[path] = readFileSync(file);
    if (statSync(file).mode & 0o111) modes[path] = "executable";
  }
  const found = discover(Object.keys(files).map((path) => ({ path, mode: "file" as const })));
  const dockerfiles = [...found.dockerfiles, ...found.templates];
  // Others may stand beside it: then it is the plain `Dockerfile` that is rewritten.
  const path = dockerfiles.length === 1 ? dockerfiles[0]!.path : "Dockerfile";
  expect(Object.keys(files), `the Dockerfile in ${folder}`).toContain(path);
  return { files, modes, path };
}

/** Texts with their modes, so that a difference reads like a diff. */
function shown({ files, modes }: Project): Record<string, string> {
  const entries = Object.entries(files).map(([path, bytes]) => {
    const mode = modes[path] === "executable" ? " (executable)" : "";
    return [path + mode, Buffer.from(bytes).toString("utf8")] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function explained({ status, reason }: RewriteResult): string {
  return reason ? `${status} (${reason.code}): ${reason.message}` : status;
}

function readJson<T>(name: string, file: string): T | null {
  const path = join(ROOT, name, `${file}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : null;
}

function bless(name: string, given: Project, result: RewriteResult): void {
  const folder = join(ROOT, name);
  rmSync(join(folder, "after"), { recursive: true, force: true });
  for (const status of OUTCOMES) rmSync(join(folder, `${status}.json`), { force: true });
  if (result.status !== "rewritten") {
    const outcome = { status: result.status, code: result.reason!.code };
    writeFileSync(join(folder, `${result.status}.json`), JSON.stringify(outcome, null, 2) + "\n");
    return;
  }
  const after = written(given, result);
  for (const [path, bytes] of Object.entries(after.files)) {
    const file = join(folder, "after", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    if (after.modes[path] === "executable") chmodSync(file, 0o755);
  }
}
