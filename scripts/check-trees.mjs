// Rewrites whole projects with the built command, and looks at every file that it changed:
//   node scripts/check-trees.mjs [--harden] [--keep DIR] DIR..
// DIR is a folder, or a git directory without a work tree. Nothing is changed in it: a copy is. Each of these is a
// problem, and ends the script with 1: a crash, a failed file, a second run that still changes something, a file that
// is not what the reported edits make of it, YAML or JSON that does not read to what the change means, other lines
// than those of values that differ, lost comments. --keep leaves the report and the patch of each project in DIR.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createTwoFilesPatch } from "diff";
import { judge } from "./judge-change.mjs";

const { values: options, positionals: trees } = parseArgs({
  allowPositionals: true,
  options: { harden: { type: "boolean", default: false }, keep: { type: "string" } },
});
const deroot = fileURLToPath(new URL("../dist/deroot.js", import.meta.url));
const flags = options.harden ? ["--harden"] : [];
const totals = {
  trees: 0,
  rewritten: 0,
  unchanged: 0,
  declined: 0,
  failed: 0,
  companions: 0,
  yaml: 0,
  "second runs": 0,
  crashes: 0,
  problems: 0,
};

for (const tree of trees) {
  const work = mkdtempSync(join(tmpdir(), "deroot-trees-"));
  try {
    const root = join(work, "tree");
    copyTree(tree, root);
    checkTree(tree, root, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
console.log(told(totals));
process.exitCode = totals.problems > 0 ? 1 : 0;

function checkTree(tree, root, work) {
  const problems = [];
  const start = performance.now();
  const results = migrate(root, work, ["--write"], problems);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const dockerfiles = new Set(results.map(({ dockerfile }) => dockerfile));
  const companions = new Set();
  const changed = replayed(tree, results, problems);
  for (const { dockerfile, reason, status } of results) {
    totals[status]++;
    if (status === "failed") problems.push(`${dockerfile}: ${reason?.message}`);
  }
  for (const [path, { before, expected, about }] of changed) {
    const after = readFileSync(join(root, path), "utf8");
    if (after !== expected) problems.push(`${path}: it is not what the reported edits make of it`);
    if (dockerfiles.has(path)) continue;
    companions.add(path);
    for (const wrong of judge(path, before, after, about, options.harden)) problems.push(`${path}: ${wrong}`);
  }
  for (const { dockerfile, status, files } of migrate(root, work, [], problems)) {
    if (status !== "rewritten") continue;
    totals["second runs"]++;
    problems.push(`${dockerfile}: a second run changes ${files.map(({ path }) => path).join(", ")}`);
  }
  const yaml = [...companions].filter((path) => /\.ya?ml$/.test(path)).length;
  totals.trees++;
  totals.companions += companions.size;
  totals.yaml += yaml;
  totals.problems += problems.length;
  console.log(
    `${nameOf(tree)}: ${seconds} s, ${told(countOf(results))}, other files ${companions.size}, yaml ${yaml}`,
  );
  for (const problem of problems) console.log(`  PROBLEM ${problem}`);
  if (options.keep !== undefined) keep(tree, results, changed);
}

/** Each changed file before, what the reported edits make of it, and the results that are about it. */
function replayed(tree, results, problems) {
  const changed = new Map();
  for (const result of results) {
    const applied = result.changes.filter(({ applicability }) => applicability !== "manual");
    for (const { path, mode } of result.files) {
      const before = changed.get(path)?.before ?? original(tree, path);
      const file = changed.get(path) ?? { before, expected: before, about: [] };
      changed.set(path, file);
      file.about.push(result);
      const edits = applied.flatMap((change) => change.edits.filter((edit) => edit.path === path));
      if (edits.length === 0 && mode === null)
        problems.push(`${path}: no change of ${result.dockerfile} tells of it`);
      file.expected = edited(file.expected, edits);
    }
  }
  return changed;
}

function edited(text, edits) {
  const inserts = (edit) => (edit.start === edit.end ? 0 : 1);
  const sorted = edits.toSorted((a, b) => a.start - b.start || inserts(a) - inserts(b));
  let result = "";
  let at = 0;
  for (const { start, end, text: put } of sorted) {
    if (start < at) throw new Error("edits overlap");
    result += text.slice(at, start) + put;
    at = end;
  }
  return result + text.slice(at);
}

function migrate(root, work, more, problems) {
  const out = join(work, "report.json");
  const fd = openSync(out, "w");
  const args = [deroot, "migrate", "--json", "--quiet", ...flags, ...more, "."];
  const { status, signal, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", fd, "pipe"],
    encoding: "utf8",
    timeout: 1_800_000,
  });
  closeSync(fd);
  if (status !== 0 && status !== 3) {
    if (/no Dockerfile|only templates/i.test(stderr)) return [];
    totals.crashes++;
    problems.push(`deroot ended with ${signal ?? status}: ${stderr.slice(0, 300)}`);
    return [];
  }
  return JSON.parse(readFileSync(out, "utf8")).results;
}

function copyTree(tree, root) {
  if (!isGit(tree)) {
    cpSync(tree, root, { recursive: true, filter: (path) => !/(?:^|\/)(?:\.git|node_modules)$/.test(path) });
    return;
  }
  mkdirSync(root);
  const env = {
    ...process.env,
    GIT_DIR: tree,
    GIT_WORK_TREE: root,
    GIT_INDEX_FILE: join(dirname(root), "index"),
  };
  const { status, stderr } = spawnSync("git", ["read-tree", "HEAD"], { encoding: "utf8", env });
  if (status !== 0) throw new Error(`git read-tree: ${stderr}`);
  // A copy may lack its largest files; the others come all the same.
  spawnSync("git", ["checkout-index", "--all", "--force", "--quiet"], { cwd: root, env, stdio: "ignore" });
}

/** The file as it was; "" where it is new. */
function original(tree, path) {
  if (!isGit(tree)) return existsSync(join(tree, path)) ? readFileSync(join(tree, path), "utf8") : "";
  const args = ["--git-dir", tree, "cat-file", "--filters", `HEAD:${path}`];
  return spawnSync("git", args, { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
}

function isGit(tree) {
  return existsSync(join(tree, "objects"));
}

function nameOf(tree) {
  const name = basename(tree);
  return name === "repo" || name === ".git" ? basename(dirname(tree)) : name;
}

function countOf(results) {
  const counts = { rewritten: 0, unchanged: 0, declined: 0, failed: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}

function told(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function keep(tree, results, changed) {
  const name = join(options.keep, nameOf(tree));
  mkdirSync(options.keep, { recursive: true });
  writeFileSync(`${name}.json`, JSON.stringify(results));
  const patch = [...changed].map(([path, { before, expected }]) =>
    createTwoFilesPatch(`a/${path}`, `b/${path}`, before, expected),
  );
  writeFileSync(`${name}.patch`, patch.join(""));
}
