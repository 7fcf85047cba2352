// Rewrites whole projects with the built command, and looks at every file beside the Dockerfiles that it changed:
//   node scripts/check-trees.mjs [--harden] [--list FILE] DIR..
// DIR is a folder, or a git directory without a work tree. Nothing is changed in it: a copy is. Each of these is a
// problem, and ends the script with 1: a crash, a failed file, a second run that still changes something, YAML or
// JSON that does not read to what the change means, lost comments, other lines than those that were meant.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { diffLines } from "diff";
import stripJsonComments from "strip-json-comments";
import { parseAllDocuments } from "yaml";

const { values: options, positionals: trees } = parseArgs({
  allowPositionals: true,
  options: { harden: { type: "boolean", default: false }, list: { type: "string" } },
});
const deroot = fileURLToPath(new URL("../dist/deroot.js", import.meta.url));
const PASSES = new Set(["ports", "server-config", "compose", "kubernetes"]);
const flags = options.harden ? ["--harden"] : [];
const totals = { trees: 0, rewritten: 0, unchanged: 0, declined: 0, failed: 0, companions: 0, problems: 0 };

for (const tree of trees) {
  const work = mkdtempSync(join(tmpdir(), "deroot-trees-"));
  try {
    const root = join(work, "tree");
    copyTree(tree, root);
    const { results, problems, companions } = checkTree(root, work);
    totals.trees++;
    for (const { status } of results) totals[status]++;
    totals.companions += companions.length;
    totals.problems += problems.length;
    console.log(`${nameOf(tree)}: ${results.length} Dockerfiles, ${companions.length} other files changed`);
    for (const problem of problems) console.log(`  PROBLEM ${problem}`);
    if (options.list) {
      const lines = companions.map((path) => `${nameOf(tree)}\t${path}\n`);
      appendFileSync(options.list, lines.join(""));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
console.log(
  Object.entries(totals)
    .map(([name, count]) => `${name} ${count}`)
    .join(", "),
);
process.exitCode = totals.problems > 0 ? 1 : 0;

function nameOf(tree) {
  const name = basename(tree);
  return name === "repo" || name === ".git" ? basename(dirname(tree)) : name;
}

function copyTree(tree, root) {
  if (!existsSync(join(tree, "objects"))) {
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
  run("git", ["read-tree", "HEAD"], env);
  // A copy may lack its largest files; the others come all the same.
  spawnSync("git", ["checkout-index", "--all", "--force", "--quiet"], { cwd: root, env, stdio: "ignore" });
}

function run(command, args, env) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

function checkTree(root, work) {
  const problems = [];
  const planned = migrate(root, work, [], problems);
  const companions = new Map();
  const dockerfiles = new Set(planned.map(({ dockerfile }) => dockerfile));
  for (const { files, dockerfile, reason, status } of planned) {
    if (status === "failed") problems.push(`${dockerfile}: ${reason?.message}`);
    for (const { path } of files) if (!dockerfiles.has(path)) companions.set(path, read(root, path));
  }
  const results = migrate(root, work, ["--write"], problems);
  for (const [path, before] of companions) {
    const about = results.filter(({ files }) => files.some((file) => file.path === path));
    const ports = about.flatMap((result) => result.ports);
    const passes = about.flatMap(({ changes }) =>
      changes.flatMap(({ pass, edits }) => (edits.some((edit) => edit.path === path) ? [pass] : [])),
    );
    // What a script does as root is another matter than ports and manifests.
    if (passes.some((pass) => !PASSES.has(pass))) continue;
    const wrong = checkFile(path, before, read(root, path), ports);
    problems.push(...wrong.map((problem) => `${path}: ${problem}`));
  }
  for (const { dockerfile, status, files } of migrate(root, work, [], problems))
    if (status === "rewritten")
      problems.push(`${dockerfile}: a second run changes ${files.map(({ path }) => path).join(", ")}`);
  return { results, problems, companions: [...companions.keys()] };
}

function migrate(root, work, more, problems) {
  const out = join(work, "report.json");
  const fd = openSync(out, "w");
  const args = [deroot, "migrate", "--json", "--quiet", ...flags, ...more, "."];
  const { status, signal, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", fd, "pipe"],
    encoding: "utf8",
    timeout: 1_200_000,
  });
  closeSync(fd);
  if (status !== 0 && status !== 3) {
    if (!/no Dockerfile/i.test(stderr))
      problems.push(`deroot ended with ${signal ?? status}: ${stderr.slice(0, 300)}`);
    return [];
  }
  return JSON.parse(readFileSync(out, "utf8")).results;
}

function read(root, path) {
  return readFileSync(join(root, path), "utf8");
}

function checkFile(path, before, after, ports) {
  const problems = [];
  const isYaml = /\.ya?ml$/.test(path);
  if (isYaml || path.endsWith(".json"))
    problems.push(...checkValues(valuesOf(path, before), valuesOf(path, after), ports));
  else problems.push(...checkLines(before, after, ports));
  if (isYaml) {
    const kept = new Set(after.split("\n").map((line) => line.trim()));
    for (const line of before.split("\n"))
      if (/^\s*#/.test(line) && !kept.has(line.trim())) problems.push(`lost the comment ${line.trim()}`);
  }
  if (
    before.includes("\r\n") &&
    !before.replaceAll("\r\n", "").includes("\n") &&
    after.replaceAll("\r\n", "").includes("\n")
  )
    problems.push("other line ends");
  return problems;
}

function valuesOf(path, text) {
  const plain = text.replace(/^\uFEFF/, "");
  const yaml = path.endsWith(".json") ? stripJsonComments(plain, { trailingCommas: true }) : plain;
  return parseAllDocuments(yaml, { merge: true, logLevel: "silent", uniqueKeys: false }).map((document) => {
    if (document.errors.length > 0) return { unreadable: document.errors[0].message };
    return document.toJS({ maxAliasCount: -1 });
  });
}

/** Every value that differs, by its place. */
function* differences(before, after, place = []) {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (let at = 0; at < before.length; at++) yield* differences(before[at], after[at], [...place, at]);
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differences(before[key], after[key], [...place, key]);
  } else yield { place, before, after };
}

function isMap(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkValues(before, after, ports) {
  return [...differences(before, after)]
    .filter((difference) => !isMeant(difference, ports))
    .map(
      ({ place, before: was, after: is }) =>
        `${place.join(".")}: ${JSON.stringify(was)} became ${JSON.stringify(is)}`,
    );
}

function isMeant({ place, before, after }, ports) {
  const key = place.findLast((step) => typeof step === "string") ?? "";
  if (isScalar(before) && isScalar(after) && isRemapped(String(before), String(after), ports)) return true;
  if (key === "targetPort" && before === undefined) return ports.some(({ to }) => to === after);
  if (key === "user" && after === undefined) return /^(?:root|0)(?::.*)?$/.test(String(before));
  if (key === "cap_add")
    return after === undefined || after.every((capability) => before.includes(capability));
  if (place.includes("secrets") || place.includes("configs")) return key === "uid" && before === undefined;
  if (place.includes("securityContext"))
    return place.at(-1) === "securityContext"
      ? before == null || isSecure(after)
      : isSecure({ [key]: after }, before);
  if (!options.harden) return false;
  if (key === "cap_drop") return lastIs(before, after, "ALL");
  if (key === "security_opt") return lastIs(before, after, "no-new-privileges:true");
  return (
    (key === "volumes" || key === "volumeMounts") &&
    grown(before, after, ({ name }) => /^writable/.test(name))
  );
}

function isScalar(value) {
  return typeof value === "string" || typeof value === "number";
}

/** Nothing but what takes privileges away. */
function isSecure(context) {
  return Object.entries(context).every(([key, value]) => {
    if (key === "runAsNonRoot" || key === "readOnlyRootFilesystem") return value === true;
    if (key === "allowPrivilegeEscalation") return value === false;
    if (/^(?:runAsUser|runAsGroup|fsGroup)$/.test(key)) return Number(value) > 0;
    if (key === "fsGroupChangePolicy") return value === "OnRootMismatch";
    if (key === "seccompProfile") return value.type === "RuntimeDefault" || value === "RuntimeDefault";
    if (key === "type") return value === "RuntimeDefault";
    if (key === "capabilities") return value.drop.includes("ALL");
    return key === "drop" && value.includes("ALL");
  });
}

function lastIs(before, after, wanted) {
  return grown(before, after, (item) => item === wanted);
}

/** The list is what it was, and new items behind. */
function grown(before = [], after = [], isNew = () => true) {
  return (
    JSON.stringify(after.slice(0, (before ?? []).length)) === JSON.stringify(before ?? []) &&
    after.slice((before ?? []).length).every(isNew)
  );
}

/** Only numbers of moved ports differ, ports that were left unsaid, and what keeps nginx from telling the new one. */
function isRemapped(before, after, ports) {
  const told = after.replace(/\n?[ \t]*port_in_redirect off;/g, "");
  const was = before.replace(/\n?[ \t]*port_in_redirect off;/g, "");
  const one = was.split(/(\d+)/);
  const other = told.split(/(\d+)/);
  const moved = (from, to) => ports.some((port) => String(port.from) === from && String(port.to) === to);
  if (one.length === other.length && one.every((part, at) => part === other[at] || moved(part, other[at])))
    return true;
  return ports.some(
    ({ to }) =>
      told.replaceAll(`:${to}`, "") === was ||
      told.replaceAll(`listen ${to};`, "").replace(/\s+/g, "") === was.replace(/\s+/g, ""),
  );
}

function checkLines(before, after, ports) {
  const parts = diffLines(before, after);
  const problems = [];
  for (let at = 0; at < parts.length; at++) {
    const { added, removed, value } = parts[at];
    if (!added && !removed) continue;
    const next = parts[at + 1];
    if (removed && next?.added) {
      if (!isRemapped(value, next.value, ports)) problems.push(`${value.trim()} became ${next.value.trim()}`);
      at++;
    } else if (removed && !/^\s*(?:user|group|uid|gid|chroot|listen\.(?:owner|group))\b/m.test(value))
      problems.push(`lost ${value.trim()}`);
    else if (added && !isRemapped("", value.trimEnd(), ports)) problems.push(`gained ${value.trim()}`);
  }
  return problems;
}
