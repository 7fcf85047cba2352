// Drafts the profile of an image from its own Dockerfile, for a person to correct.
//   node scripts/draft-profile.mjs --repo acme/runner --path Dockerfile [--ref COMMIT] --name acme/runner[,…] [--write] < Dockerfile
// --write puts it under src/images/profiles/, where it is not to be redirected: the profiles are read first.
// What only its scripts know (does it drop root? which paths are written?) is not in a Dockerfile: read them, too.
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fromSource } from "./from-source.mjs";

const string = { type: "string" };
const { values: options } = parseArgs({
  options: {
    repo: string,
    path: string,
    ref: string,
    name: string,
    id: string,
    target: string,
    write: { type: "boolean" },
  },
});
if (!options.repo || !options.path || !options.name) {
  console.error("needs --repo, --path and --name, and the Dockerfile on stdin");
  process.exit(2);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const { modelImage, readDockerfile } = await fromSource(
  'export { modelImage } from "./src/analysis/index.ts"; export { readDockerfile } from "./src/dockerfile/index.ts";',
);

const model = modelImage(readDockerfile(await text(process.stdin)), { target: options.target });
const names = options.name.split(",");
const profile = {
  id: options.id ?? basename(names[0]),
  match: { names },
  from: model.base.reference ?? model.base.raw,
  facts: facts(model),
  confidence: "source",
  sources: [{ repo: options.repo, path: options.path, ...(options.ref && { ref: options.ref }) }],
};
const json = `${JSON.stringify(profile, null, 2)}\n`;
if (options.write) {
  const file = join(root, "src/images/profiles", `${profile.id}.json`);
  writeFileSync(file, json, { flag: "wx" });
  console.log(file);
} else {
  process.stdout.write(json);
}

function facts({ final, steps, base }) {
  const users = accounts(steps);
  const start = (one) => (one?.instruction ? one.argv : undefined);
  const shipped = base.image?.user;
  const user = final.user === "root" || final.user === "0" ? undefined : (final.user ?? "?");
  const entrypoint = start(final.entrypoint);
  return {
    user: final.userStep === null ? (shipped?.isRoot === false ? shipped.name : undefined) : user,
    users: users.length > 0 ? users : undefined,
    ports: final.exposed.length > 0 ? final.exposed.filter(isTcp).map(({ port }) => port) : undefined,
    entrypoint: entrypoint && { exec: entrypoint },
    cmd: start(final.cmd),
    workdir: final.workdir === (base.image?.workdir ?? "/") ? undefined : (final.workdir ?? "?"),
    volumes: final.volumes.length > 0 ? final.volumes.map(({ path }) => path) : undefined,
    strategy:
      user === undefined ? (base.image?.shell === false ? "numeric-user" : "create-user") : "already-nonroot",
  };
}

function isTcp({ protocol }) {
  return protocol === "tcp";
}

/** The accounts that its steps make, with the ids of groups that they make. */
function accounts(steps) {
  const changes = steps.flatMap(({ effects }) => effects.flatMap((effect) => effect.accounts));
  const groups = new Map(changes.filter(({ kind }) => kind === "group").map(({ name, id }) => [name, id]));
  return changes
    .filter(({ kind }) => kind === "user")
    .map(({ name, id, group, home, createsHome }) => {
      const gid = /^\d+$/.test(group ?? "") ? Number(group) : (groups.get(group ?? name) ?? undefined);
      return {
        name,
        uid: id ?? undefined,
        gid,
        group: group === null || /^\d+$/.test(group) ? undefined : group,
        home: home ?? (createsHome ? `/home/${name}` : undefined),
      };
    });
}
