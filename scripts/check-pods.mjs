// Gives every pod of real manifests a security context, as if all of its containers ran as account 10001, and asks
// a policy of others whether it passes the restricted Pod Security Standard:
//   node scripts/check-pods.mjs [--harden] DIR..
// DIR is a folder, or a git directory without a work tree. A pod that breaks a rule must be one of which deroot
// said so; one that it was silent about ends the script with 1, and so does a file that is no longer what it was
// but for what was meant.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { fromSource } from "./from-source.mjs";

const { values: options, positionals: trees } = parseArgs({
  allowPositionals: true,
  options: { harden: { type: "boolean", default: false } },
});
const KINDS = /^(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout)$/;
const { KubernetesEditor, looksLikeKubernetes, readKubernetes, objectsOf, brokenRules, schemaProblem } =
  await fromSource(`
  export * from "./src/companions/kubernetes.ts";
  export { KubernetesEditor } from "./src/companions/kubernetes-edit.ts";
  export * from "./test/kubernetes-standard.ts";
`);
const totals = { files: 0, pods: 0, passing: 0, told: 0, "not written out": 0, problems: 0 };
const rules = new Map();

for (const tree of trees) {
  const name = /^(?:repo|\.git)$/.test(basename(tree)) ? basename(dirname(tree)) : basename(tree);
  for (const [path, text] of manifests(tree)) await check(`${name}/${path}`, text);
}
console.log(
  Object.entries(totals)
    .map(([name, count]) => `${name} ${count}`)
    .join(", "),
);
for (const [rule, count] of [...rules].sort((a, b) => b[1] - a[1])) console.log(`  told: ${rule} ${count}`);
process.exitCode = totals.problems > 0 ? 1 : 0;

function* manifests(tree) {
  const isManifest = (path) =>
    /\.(?:ya?ml|json)$/.test(path) && !/(?:^|\/)(?:node_modules|vendor)\//.test(path);
  if (existsSync(join(tree, "objects"))) {
    const git = (...args) =>
      spawnSync("git", ["--git-dir", tree, ...args], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
    const files = git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0").filter(isManifest);
    const likely = new Set(
      git(
        "grep",
        "-lzE",
        'kind"?: *"?(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout|List)',
        "HEAD",
        "--",
        "*.yaml",
        "*.yml",
        "*.json",
      )
        .split("\0")
        .map((line) => line.replace(/^HEAD:/, "")),
    );
    for (const path of files) if (likely.has(path)) yield [path, git("show", `HEAD:${path}`)];
    return;
  }
  for (const path of readdirSync(tree, { recursive: true }).filter(isManifest)) {
    const file = join(tree, path);
    if (statSync(file).isFile()) yield [path, readFileSync(file, "utf8")];
  }
}

async function check(where, text) {
  if (text.length > 500_000 || !looksLikeKubernetes(text)) return;
  let read;
  let before;
  try {
    read = readKubernetes(where, text);
    before = objectsOf(text);
  } catch {
    return; // a template, or no YAML
  }
  const pods = read.workloads.filter(
    ({ containers }) => containers.length > 0 && containers.every(({ image }) => image !== null),
  );
  if (pods.length === 0) return;
  totals.files++;
  for (const workload of pods) {
    totals.pods++;
    const security = {
      uid: 10001,
      gid: 10001,
      capabilities: [],
      fsGroup: true,
      writable: options.harden ? ["/tmp"] : null,
    };
    const change = new KubernetesEditor(where, text).secure(workload, workload.containers, security);
    if ("obstacle" in change) {
      totals[/not written out|anchor/.test(change.obstacle) ? "not written out" : "told"]++;
      count(change.obstacle.replace(/capability .*/, "capability"));
      continue;
    }
    const after = objectsOf(applied(text, change.edits));
    const at = read.workloads.indexOf(workload);
    const object = podsOf(after)[at];
    if (after.length !== before.length || !object)
      problem(where, workload, "it does not read to as many objects");
    else {
      const broken = await brokenRules([object]);
      const schema = schemaProblem(podsOf(before)[at]) === "" ? schemaProblem(object) : "";
      if (schema !== "") problem(where, workload, schema);
      if (broken.length > 0 && change.left.length === 0)
        problem(where, workload, `breaks ${broken.join(", ")}`);
      else if (change.left.length > 0) {
        totals.told++;
        for (const { says } of change.left) count(says.replace(/\d+$|(?<=sysctl ).*/, ""));
      } else totals.passing++;
    }
  }
}

/** Objects that start containers, in the order in which they are read. */
function podsOf(objects) {
  return objects.filter(
    ({ kind, spec }) =>
      KINDS.test(kind) &&
      spec !== undefined &&
      spec !== null &&
      (kind === "Pod" || podSpec({ kind, spec }) !== undefined),
  );
}

function podSpec({ kind, spec }) {
  return kind === "CronJob" ? spec.jobTemplate?.spec?.template?.spec : spec.template?.spec;
}

function applied(text, edits) {
  let result = text;
  for (const { start, end, text: put } of edits.toSorted((a, b) => b.start - a.start || b.end - a.end))
    result = result.slice(0, start) + put + result.slice(end);
  return result;
}

function count(what) {
  rules.set(what, (rules.get(what) ?? 0) + 1);
}

function problem(where, { kind, name, line }, says) {
  totals.problems++;
  console.log(`PROBLEM ${where}:${line} ${kind} ${name}: ${says}`);
}
