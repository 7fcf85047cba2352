// Compares what profiles say of official images with the Dockerfiles that these are built from.
//   node scripts/check-official.mjs --official CLONE --at 'FOLDER/{owner}/{name}' [IMAGE...]
// --official: a clone of docker-library/official-images, which says which Dockerfile makes which tags.
// --at: where the clones of the repositories that it names stand; images whose repository is not there are left out.
// What differs is for a person to read: the newest Dockerfile may be newer than the image, or the model may be wrong.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { fromSource } from "./from-source.mjs";

const string = { type: "string" };
const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { official: string, at: string },
});
if (!options.official || !options.at) {
  console.error("needs --official and --at");
  process.exit(2);
}
const { modelImage, readDockerfile, resolveImage } = await fromSource(`
  export { modelImage } from "./src/analysis/index.ts";
  export { readDockerfile } from "./src/dockerfile/index.ts";
  export { resolveImage } from "./src/images/index.ts";`);

/** What differs -> the tags where it does. */
const differences = new Map();
const missing = new Set();
let checked = 0;
const names = git(options.official, "ls-tree", "--name-only", "HEAD", "library/").trim().split("\n");
for (const path of names) {
  const name = path.replace("library/", "");
  if (asked.length === 0 || asked.includes(name)) check(name, git(options.official, "show", `HEAD:${path}`));
}
for (const [difference, tags] of differences) {
  console.log(`${difference}  (${tags.length}: ${tags.slice(0, 4).join(" ")})`);
}
console.log(`${checked} Dockerfiles compared. No clone: ${[...missing].sort().join(" ")}`);

function check(name, library) {
  const entries = library.split(/\n\s*\n/).map(fieldsOf);
  const repository = entries.find(({ GitRepo }) => GitRepo)?.GitRepo;
  for (const entry of entries) {
    if (!entry.Tags) continue;
    const tags = entry.Tags.split(",").map((tag) => tag.trim());
    const clone = cloneOf(entry.GitRepo ?? repository);
    if (clone === null) missing.add(name);
    else if (!/windows|nanoserver/.test(entry.Tags)) {
      compare(name, tags.find((tag) => /\d/.test(tag)) ?? tags[0], dockerfileOf(clone, entry));
    }
  }
}

/** `Tags: 1, latest`, continued on indented lines. */
function fieldsOf(block) {
  const lines = block.replaceAll(/\n[ \t]+/g, " ").matchAll(/^([\w-]+):[ \t]*(.*)$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, value.trim()]));
}

function cloneOf(url) {
  const [, owner, name] = /github\.com\/([\w.-]+)\/([\w.-]+?)(?:\.git)?$/.exec(url ?? "") ?? [];
  if (name === undefined) return null;
  const folder = options.at.replace("{owner}", owner).replace("{name}", name);
  return existsSync(folder) ? folder : null;
}

function dockerfileOf(clone, { Directory = ".", File = "Dockerfile" }) {
  try {
    return git(clone, "show", `HEAD:${Directory === "." ? "" : `${Directory}/`}${File}`);
  } catch {
    return null;
  }
}

function compare(name, tag, text) {
  if (text === null) return;
  checked++;
  const image = resolveImage(`${name}:${tag}`);
  const told = image === null ? ["is not known"] : differing(modelImage(readDockerfile(text), {}), image);
  for (const one of told) {
    const key = `${name}: ${one}`;
    differences.set(key, [...(differences.get(key) ?? []), tag]);
  }
}

function differing({ base: { image: base }, final, steps }, image) {
  const start = (one) => (one?.instruction ? (one.argv ?? null) : undefined);
  const tcp = final.exposed.filter(({ protocol }) => protocol === "tcp").map(({ port }) => port);
  const user = final.userStep === null ? base?.user.name : final.user;
  const changes = steps.flatMap(({ effects }) => effects.flatMap(({ accounts }) => accounts));
  const rows = [
    ["user", userName(user), [userName(image.user.name), image.user.name.split(":")[0]]],
    ["distro", base?.distro ?? undefined, [image.distro]],
    ["suite", (image.suite && base?.suite) ?? undefined, [image.suite]],
    ["ports", tcp.length > 0 ? ascending(tcp) : undefined, [ascending(image.ports)]],
    ["entrypoint", start(final.entrypoint), [image.entrypoint?.exec ?? null]],
    ["command", start(final.cmd), [image.cmd]],
    ["workdir", final.workdir ?? undefined, [image.workdir ?? "/"]],
    ["volumes", final.volumes.map(({ path }) => path).sort(), [[...image.volumes].sort()]],
    ...changes.filter(({ kind }) => kind === "user").map((change) => accountRow(change, image)),
    ...changes
      .filter(({ kind, id }) => kind === "group" && id !== null)
      .map(({ name, id }) => [`gid of ${name}`, id, image.takenIds.gids.includes(id) ? [id] : ["free"]]),
  ];
  return rows.flatMap(([what, read, said]) => {
    const known = said.some((one) => JSON.stringify(one) === JSON.stringify(read));
    return read === undefined || known
      ? []
      : [`${what} ${JSON.stringify(read)}, not ${JSON.stringify(said[0])}`];
  });
}

function accountRow({ name, id }, { users }) {
  const account = users.find((user) => user.name === name);
  return [
    `uid of ${name}`,
    id ?? account?.uid ?? null,
    [account === undefined ? "no such account" : account.uid],
  ];
}

function userName(user) {
  return user === undefined || /^0(?::0)?$/.test(user) ? "root" : user;
}

function ascending(numbers) {
  return [...numbers].sort((a, b) => a - b);
}

function git(repository, ...args) {
  const stdio = ["ignore", "pipe", "ignore"];
  return execFileSync("git", ["-C", repository, ...args], { encoding: "utf8", maxBuffer: 2 ** 28, stdio });
}
