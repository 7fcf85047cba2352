// How many FROM lines of real Dockerfiles deroot knows the image of.
//   node scripts/measure-images.mjs [--official FOLDER] [--skip PATTERN] [--misses N] [--profiles N] REPOSITORY...
// A REPOSITORY is a git repository, bare or not; its HEAD is read. Each distinct Dockerfile counts once.
// --skip: a regular expression of paths that are left out, such as copies made by a tool.
// --profiles: how often the N most used profiles are.
// --official: a clone of docker-library/official-images, which tells the one-word names that are public.
import { execFileSync, spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import { fromSource } from "./from-source.mjs";

const { values: options, positionals: repositories } = parseArgs({
  allowPositionals: true,
  options: {
    official: { type: "string" },
    skip: { type: "string", default: "$^" },
    misses: { type: "string", default: "40" },
    profiles: { type: "string", default: "0" },
  },
});

const skipped = new RegExp(options.skip);
const deroot = await fromSource(
  `
      export { modelImage, parentStage } from "./src/analysis/index.ts";
      export { decodeDockerfile, readDockerfile } from "./src/dockerfile/index.ts";
      export { resolveImage } from "./src/images/index.ts";
      export { loadKnowledge } from "./src/images/load.ts";
      export { parseReference } from "./src/images/reference.ts";`,
);

/** Registries that anybody can pull from. */
const PUBLIC =
  /^(?:docker\.io|quay\.io|(?:[a-z]+\.)?gcr\.io|ghcr\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.k8s\.io|nvcr\.io|cgr\.dev|dhi\.io|registry\.(?:access|connect)\.redhat\.com|registry\.redhat\.io|registry\.fedoraproject\.org|registry\.(?:opensuse|suse)\.(?:org|com)|registry\.centos\.org|registry\.gitlab\.com|docker\.elastic\.co|container-registry\.oracle\.com|docker\.pkg\.github\.com|lscr\.io|icr\.io|registry\.hub\.docker\.com|index\.docker\.io)\//;
const official = new Set(
  options.official === undefined
    ? []
    : git(options.official, "ls-tree", "-r", "--name-only", "HEAD", "library/")
        .toString()
        .trim()
        .split("\n")
        .map((path) => path.replace("library/", "")),
);
for (const name of deroot.loadKnowledge().names()) if (!name.includes("/")) official.add(name);

const seen = new Set();
const counts = { files: 0, unread: 0, stages: 0, unresolved: 0, scratch: 0, private: 0, public: 0 };
const known = { profile: 0, words: 0 };
const misses = new Map();
const profiles = new Map();
for (const repository of repositories) for (const text of dockerfiles(repository)) measure(text, repository);

const share = (part) => `${((100 * part) / counts.public).toFixed(1)} %`;
console.log(
  `${counts.files} Dockerfiles, ${counts.unread} not read. FROM lines: ${counts.stages} name a stage, ` +
    `${counts.scratch} scratch, ${counts.unresolved} need an argument, ${counts.private} no public image, ` +
    `${counts.public} a public image.`,
);
console.log(`By profile ${share(known.profile)} (${known.profile}).`);
console.log(`With the words of tags and names ${share(known.profile + known.words)}.`);
const worst = [...misses].sort(([, a], [, b]) => b.count - a.count).slice(0, Number(options.misses));
for (const [name, { count, words, where, tags }] of worst) {
  console.log(
    `${String(count).padStart(5)} ${name}${words ? " (words)" : ""}  ${[...tags].slice(0, 4).join(" ")}  ${[...where].slice(0, 2).join(" ")}`,
  );
}
const used = [...profiles].sort(([, a], [, b]) => b - a).slice(0, Number(options.profiles));
for (const [id, count] of used) console.log(`${String(count).padStart(5)} ${id}`);

function measure(bytes, repository) {
  let dockerfile;
  try {
    dockerfile = deroot.readDockerfile(deroot.decodeDockerfile(bytes));
  } catch {
    counts.unread++;
    return;
  }
  counts.files++;
  for (const stage of dockerfile.stages) {
    if (deroot.parentStage(dockerfile, stage)) {
      counts.stages++;
      continue;
    }
    const { reference } = deroot.modelImage(dockerfile, { target: stage.index, light: true }).base;
    const parsed = reference === null ? null : deroot.parseReference(reference);
    if (parsed === null || /[<>{}]/.test(reference)) counts.unresolved++;
    else if (parsed.name === "scratch") counts.scratch++;
    else if (!isPublic(parsed)) counts.private++;
    else answer(reference, parsed, repository);
  }
}

function answer(reference, { name, tag }, repository) {
  counts.public++;
  const image = deroot.resolveImage(reference);
  const words = image?.id.startsWith("tag/") === true;
  if (image !== null) profiles.set(image.id, (profiles.get(image.id) ?? 0) + 1);
  if (isKnown(image)) {
    if (!words) {
      known.profile++;
      return;
    }
    known.words++;
  }
  const miss = misses.get(name) ?? { count: 0, words, where: new Set(), tags: new Set() };
  misses.set(name, miss);
  miss.count++;
  miss.where.add(repository.replace(/\/repo$/, "").replace(/^.*\//, ""));
  miss.tags.add(tag);
}

/** Distro, user and tools. */
function isKnown(image) {
  if (image === null || image.distro === null) return false;
  const { useradd, adduser } = image.userTools;
  return image.os === "windows" || image.shell === false || useradd !== null || adduser !== null;
}

function isPublic({ written, name }) {
  if (name === "" || name.startsWith("-")) return false;
  if (!name.includes("/")) return official.has(name);
  const first = written.split("/")[0];
  return !/[.:]|^localhost$/.test(first) || PUBLIC.test(written.toLowerCase());
}

/** Contents of a repository's Dockerfiles that no earlier one had. */
function* dockerfiles(repository) {
  if (spawnSync("git", ["-C", repository, "rev-parse", "-q", "--verify", "HEAD"]).status !== 0) return;
  const ids = [];
  for (const line of git(repository, "ls-tree", "-r", "-z", "HEAD").toString().split("\0")) {
    const [, id, path] = /^100\d+ blob (\w+)\t(.*)$/s.exec(line) ?? [];
    if (id === undefined || seen.has(id) || !isDockerfile(path) || skipped.test(path)) continue;
    seen.add(id);
    ids.push(id);
  }
  const answer = git(repository, "cat-file", "--batch", { input: ids.join("\n") });
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf(10, at);
    const [, kind, size] = answer.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (kind !== "blob") continue;
    yield Buffer.from(answer.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
}

function isDockerfile(path) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /^(?:Docker|Container)file(?:[._-].*)?$|\.(?:docker|container)file$/i.test(name);
}

function git(repository, ...rest) {
  const input = typeof rest.at(-1) === "object" ? rest.pop() : {};
  return execFileSync("git", ["-C", repository, ...rest], { maxBuffer: 2 ** 30, ...input });
}
