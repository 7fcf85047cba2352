/** What holds for every rewrite, whatever the input. Fixtures, generated files and mutations all come through here. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { modelImage } from "../src/analysis/index.ts";
import { decodeDockerfile, readDockerfile } from "../src/dockerfile/index.ts";
import type { FileMode, FileTree } from "../src/file-tree.ts";
import { memoryTree } from "../src/file-tree/memory.ts";
import {
  type Change,
  type RewriteOptions,
  type RewriteResult,
  applyEdits,
  rewrite,
} from "../src/rewrite/index.ts";

/** A project as it is read from a fixture or made by a generator. */
export interface Project {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly modes: Readonly<Record<string, FileMode>>;
  /** The Dockerfile's path. */
  readonly path: string;
}

export function project(
  dockerfile: string | Uint8Array,
  others: Readonly<Record<string, string>> = {},
): Project {
  const files: Record<string, Uint8Array> = { Dockerfile: bytesOf(dockerfile) };
  for (const [path, text] of Object.entries(others)) files[path] = bytesOf(text);
  return { files, modes: {}, path: "Dockerfile" };
}

/** A fresh tree every time, so that nothing that is cached per tree can leak from one run into the next. */
export function treeOf({ files, modes }: Project): FileTree {
  return memoryTree(files, modes);
}

/** Rewrites the project and checks everything that needs no other process. */
export async function expectInvariants(
  given: Project,
  options: RewriteOptions = {},
  samples = 12,
): Promise<RewriteResult> {
  const result = await rewrite(treeOf(given), given.path, options);
  expect(await rewrite(treeOf(given), given.path, options), "the same input gives the same result").toEqual(
    result,
  );
  expectWellFormed(given, result, options);
  await expectStable(given, result, options);
  if (result.status === "rewritten") {
    expectNonRoot(written(given, result), options);
    await expectRejectable(given, result, options, samples);
  }
  return result;
}

/** The project with the result written to it. */
export function written(given: Project, result: RewriteResult): Project {
  const files = { ...given.files };
  const modes = { ...given.modes };
  for (const file of result.files) {
    files[file.path] = bytesOf(file.after);
    if (file.mode !== null) modes[file.path] = file.mode === "100755" ? "executable" : "file";
  }
  return { ...given, files, modes };
}

function expectWellFormed(given: Project, result: RewriteResult, options: RewriteOptions): void {
  const { status, reason, files, changes } = result;
  expect(result.dockerfile).toBe(given.path);
  expect(status === "failed" ? reason : null, "a rewrite that does not hold is a defect").toSatisfy(
    isInputFault,
  );
  if (status === "rewritten") {
    expect(reason).toBeNull();
    expect(files, "something is rewritten").not.toEqual([]);
  } else {
    expect(files, "no half measures").toEqual([]);
    expect(reason?.code).toMatch(/^[a-z][a-z-]*$/);
    expect(reason?.message, "a reason is told").toMatch(/\S/);
    if (status !== "unchanged") expect(reason?.remedy, "a remedy is told").toMatch(/\S/);
  }
  expectUnique(changes.map((change) => change.id));
  for (const change of changes) expectExplained(change, changes);
  expectEditsMakeFiles(given, result, options);
}

/** Failing is for files that cannot be read; it is never the answer to a readable one. */
function isInputFault(reason: RewriteResult["reason"]): boolean {
  return reason === null || ["unreadable", "binary", "encoding"].includes(reason.code);
}

function expectUnique(ids: readonly string[]): void {
  expect([...new Set(ids)], "ids are unique").toEqual(ids);
}

function expectExplained(change: Change, all: readonly Change[]): void {
  const { id, title, reason, evidence, applicability, dependsOn, pass } = change;
  expect(id, "an id begins with its pass").toMatch(new RegExp(`^${pass}([:@]|$)`));
  expect(title, `${id} has a title`).toMatch(/^\S+ \S/);
  expect(reason, `${id} has a reason`).toMatch(/\S.*\.$/);
  expect(evidence, `${id} has evidence`).not.toEqual([]);
  for (const { says, where } of evidence) {
    expect(says, `${id}: evidence says something`).toMatch(/\S/);
    expect(where, `${id}: evidence comes from somewhere`).toMatch(/\S/);
  }
  expect(["safe", "likely", "manual"]).toContain(applicability);
  const ids = all.map((other) => other.id);
  for (const other of dependsOn) expect(ids, `${id} depends on a change that exists`).toContain(other);
}

/** The edits of the changes that apply, on the files as read, give the files afterwards: bytes outside stay. */
function expectEditsMakeFiles(given: Project, result: RewriteResult, options: RewriteOptions): void {
  if (result.status !== "rewritten") return;
  const applied = appliedChanges(result.changes, options);
  const paths = [...new Set(applied.flatMap((change) => change.edits.map((edit) => edit.path)))].sort();
  for (const path of paths) {
    const edits = applied.flatMap((change) => change.edits.filter((edit) => edit.path === path));
    const before = text(given.files[path] ?? new Uint8Array());
    for (const { start, end } of edits) {
      expect(start, `${path}: an edit lies inside the file`).toBeLessThanOrEqual(end);
      expect(end, `${path}: an edit lies inside the file`).toBeLessThanOrEqual(before.length);
    }
    const after = result.files.find((file) => file.path === path)?.after ?? before;
    expect(applyEdits(before, edits), `${path}: the edits give the file`).toBe(after);
  }
  for (const file of result.files) {
    const before = given.files[file.path];
    expect(file.before, `${file.path}: as it was read`).toBe(before ? text(before) : null);
    if (file.mode === null) expect(paths, `${file.path} changes by an edit`).toContain(file.path);
  }
}

function appliedChanges(changes: readonly Change[], options: RewriteOptions): Change[] {
  const least = options.min === "safe" ? ["safe"] : ["safe", "likely"];
  const gone = new Set(options.reject);
  for (const change of changes) if (!least.includes(change.applicability)) gone.add(change.id);
  return without(changes, gone);
}

function without(changes: readonly Change[], rejected: ReadonlySet<string>): Change[] {
  const gone = new Set(rejected);
  for (let size = -1; size !== gone.size;) {
    size = gone.size;
    for (const change of changes) if (change.dependsOn.some((id) => gone.has(id))) gone.add(change.id);
  }
  return changes.filter((change) => !gone.has(change.id));
}

/** Rewriting what was rewritten finds nothing left to do. */
async function expectStable(given: Project, result: RewriteResult, options: RewriteOptions): Promise<void> {
  const after = written(given, result);
  if (result.status === "rewritten") readDockerfile(decodeDockerfile(after.files[after.path]!));
  const again = await rewrite(treeOf(after), after.path, options);
  expect(again.files.map((file) => file.diff).join(""), "a second run changes nothing").toBe("");
  expect(again.status === "rewritten" || again.status === "failed" ? again.reason : null).toSatisfy(
    isInputFault,
  );
}

function expectNonRoot(after: Project, options: RewriteOptions): void {
  const partial = options.only !== undefined || options.skip !== undefined || options.reject !== undefined;
  if (partial || options.min === "safe" || options.strategy === "entrypoint") return;
  const dockerfile = readDockerfile(decodeDockerfile(after.files[after.path]!));
  if (dockerfile.comments.some((comment) => comment.text.startsWith("deroot-ignore"))) return;
  const { user, root } = modelImage(dockerfile, { target: options.target }).final;
  expect(root, `it ends as ${user}`).toBe(false);
}

/** Every combination of up to five changes may be turned down; of more, a sample. */
async function expectRejectable(
  given: Project,
  result: RewriteResult,
  options: RewriteOptions,
  samples: number,
): Promise<void> {
  for (const rejected of combinations(result.changes, samples)) {
    const reject = [...(options.reject ?? []), ...rejected];
    const chosen = await rewrite(treeOf(given), given.path, { ...options, reject });
    const without = `without ${rejected.join(", ")}`;
    expect(chosen.status === "failed" ? chosen.reason : null, without).toBeNull();
    const after = written(given, chosen);
    const bytes = after.files[after.path]!;
    expect(() => readDockerfile(decodeDockerfile(bytes)), without).not.toThrow();
    expectEditsMakeFiles(given, chosen, { ...options, reject });
    const again = await rewrite(treeOf(after), after.path, { ...options, reject });
    expect(again.files.map((file) => file.diff).join(""), `a second run ${without} changes nothing`).toBe("");
  }
}

/** Sets of ids closed under dependency: what depends on a rejected change is rejected too. */
function combinations(changes: readonly Change[], samples: number): string[][] {
  const sets = new Map<string, string[]>();
  const add = (chosen: readonly Change[]) => {
    const kept = new Set(without(changes, new Set(chosen.map((change) => change.id))));
    const ids = changes.filter((change) => !kept.has(change)).map((change) => change.id);
    if (ids.length > 0) sets.set(ids.join("\0"), ids);
  };
  if (changes.length <= 5) {
    for (let bits = 1; bits < 2 ** changes.length; bits++)
      add(changes.filter((_, index) => (bits >> index) & 1));
  } else {
    for (const change of changes) add([change]);
    const next = pseudoRandom(changes.length);
    for (let count = 0; count < samples; count++) add(changes.filter(() => next() < 0.4));
  }
  return [...sets.values()];
}

/** The same numbers in every run (mulberry32). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Applies the patches of many projects with one `git apply`, and compares the files that it leaves. */
export function expectPatchesApply(all: readonly { given: Project; result: RewriteResult }[]): void {
  const root = mkdtempSync(join(tmpdir(), "deroot-patches-"));
  try {
    let patch = "";
    for (const [index, { given, result }] of all.entries()) {
      for (const file of result.files) {
        if (file.before !== null)
          put(join(root, `${index}`, file.path), given.files[file.path]!, given.modes[file.path]);
        patch += below(`${index}`, file.diff);
      }
    }
    if (patch === "") return;
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    execFileSync("git", ["apply", "--whitespace=nowarn", "-"], {
      cwd: root,
      input: patch,
      stdio: ["pipe", "inherit", "pipe"],
    });
    for (const [index, { result }] of all.entries()) {
      for (const file of result.files) {
        const path = join(root, `${index}`, file.path);
        expect(readFileSync(path, "utf8")).toBe(file.after);
        if (file.mode === "100755") expect(statSync(path).mode & 0o111, file.path).not.toBe(0);
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function put(path: string, content: Uint8Array, mode: FileMode | undefined): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: mode === "executable" ? 0o755 : 0o644 });
}

/** The same patch for a project that stands in a folder. */
function below(folder: string, diff: string): string {
  const hunks = diff.indexOf("\n@@ ");
  const head = hunks < 0 ? diff : diff.slice(0, hunks);
  return (
    head.replace(/(?<=^(?:---|\+\+\+|diff --git|diff --git .*) "?)([ab])\//gm, `$1/${folder}/`) +
    diff.slice(head.length)
  );
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** BOM included: offsets count from the first byte of the file. */
function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
