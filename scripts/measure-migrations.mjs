// How deroot compares with people: over commits in which somebody moved a Dockerfile away from root, the share of the
// directories they handed over that deroot hands over too; and of the later commits that had to mend the move, those
// that deroot's version would have spared.
// Run `npm run build` first.
//   node scripts/measure-migrations.mjs LIST --git TEMPLATE [--days 365] [--fixes] [--show]
//   node scripts/measure-migrations.mjs --find NAMES --git TEMPLATE     prints such a list
// LIST has lines `owner/name commit path`, NAMES lines `owner/name`; TEMPLATE says where the git directories are, such
// as '/mirrors/{owner}/{name}.git'. --fixes leaves out the moves that nobody had to mend. --show prints what was missed,
// and each later commit with its verdict.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    git: { type: "string" },
    days: { type: "string", default: "365" },
    show: { type: "boolean" },
    fixes: { type: "boolean" },
    find: { type: "string" },
  },
});
if (options.git === undefined || (positionals.length !== 1 && options.find === undefined)) {
  console.error(
    "usage: measure-migrations LIST --git TEMPLATE [--days N] [--show] | --find NAMES --git TEMPLATE",
  );
  process.exit(2);
}
const { TreeError, rewrite, modelImage, readDockerfile, decodeDockerfile, isRootUser } = await ownRooms();

/** Commits after which a Dockerfile ends with a user that is not root, and before which it did not. */
function find(names) {
  for (const name of names) {
    const dir = gitDirectory(name);
    const log = tryGit(
      dir,
      "log",
      "--all",
      "--no-merges",
      "-G^ *USER ",
      "--format=%x00%H",
      "--name-only",
      "--",
      "*Dockerfile*",
    );
    for (const entry of (log ?? "").split("\0").slice(1)) {
      const [commit, ...paths] = entry.split("\n").filter((line) => line !== "");
      for (const path of paths) {
        const [before, after] = [`${commit}^`, commit].map((at) =>
          factsOf(tryGit(dir, "show", `${at}:${path}`)),
        );
        if (before?.root === true && after?.root === false) console.log(name, commit, path);
      }
    }
  }
}

async function measure(moves) {
  const share = { moves: 0, rewritten: 0, handed: 0, too: 0 };
  const later = new Map();
  const statuses = {};
  for (const [name, commit, path] of moves) {
    const dir = gitDirectory(name);
    const before = tryGit(dir, "show", `${commit}^:${path}`);
    const theirs = factsOf(tryGit(dir, "show", `${commit}:${path}`));
    const old = factsOf(before);
    if (!old || !theirs) continue;
    const followed = fixUps(dir, commit, path, before, old);
    if (options.fixes && followed.length === 0) continue;
    share.moves++;
    if (options.show) console.error(share.moves, name);
    const tree = new GitTree(dir, `${commit}^`);
    const result = await rewrite(tree, path);
    tree.close();
    const status = result.status === "rewritten" ? result.status : `${result.status}: ${result.reason?.code}`;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (result.status !== "rewritten") continue;
    share.rewritten++;
    const ours = { ...factsOf(result.files.find((file) => file.path === path)?.after ?? before), result };
    const missed = [...theirs.handed.keys()].filter(
      (place) => !old.handed.has(place) && !covers(ours, place, theirs),
    );
    const count = [...theirs.handed.keys()].filter((place) => !old.handed.has(place)).length;
    share.handed += count;
    share.too += count - missed.length;
    if (options.show && missed.length > 0)
      console.log(`not handed over: ${name} ${commit.slice(0, 10)} ${path}: ${missed.join(", ")}`);
    for (const fix of followed) {
      // What was rebased, picked or made for several Dockerfiles is one piece of work.
      const key = `${name} ${fix.subject.replace(/ \(#\d+\)$/, "")}`;
      const needed = fix.items.filter((item) => !item.done(ours)).map((item) => item.says);
      const known = later.get(key) ?? {
        at: `${name} ${fix.commit.slice(0, 10)} ${path}`,
        subject: fix.subject,
        needed: new Set(),
        items: new Set(),
      };
      for (const says of needed) known.needed.add(says);
      for (const { says } of fix.items) known.items.add(says);
      later.set(key, known);
    }
  }
  const fixes = [...later.values()];
  if (options.show)
    for (const { at, subject, needed, items } of fixes)
      console.log(
        `${needed.size > 0 ? "needed" : "spared"}: ${at}: ${[...(needed.size > 0 ? needed : items)].join(", ")} (${subject})`,
      );
  const spared = fixes.filter(({ needed }) => needed.size === 0).length;
  console.log(JSON.stringify({ ...share, fixes: fixes.length, spared, statuses }, null, 2));
}

/** Later commits that gave the account what the move had forgotten; what is new since does not count. */
function fixUps(dir, commit, path, original, old) {
  const log = tryGit(
    dir,
    "log",
    "--all",
    "--no-merges",
    "--reverse",
    "--ancestry-path",
    "--format=%H%x09%ct%x09%s",
    `${commit}..`,
    "--",
    path,
  );
  const moved = Number(tryGit(dir, "show", "-s", "--format=%ct", commit));
  const subjects = new Set();
  return (log ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [at, time, subject] = line.split("\t");
      // A change that was rebased or picked again is one change.
      if (Number(time) - moved > options.days * 86_400 || subjects.has(subject)) return [];
      const [before, after] = [`${at}^`, at].map((each) => factsOf(tryGit(dir, "show", `${each}:${path}`)));
      if (!before || !after || before.root !== false || after.root !== false) return [];
      const items = [];
      for (const place of after.handed.keys()) {
        const known = original.includes(place) || after.sameBase(old) || inside(place, old.workdir ?? "-");
        const made =
          [...after.made].some((each) => inside(each, place)) &&
          ![...before.made].some((each) => inside(each, place));
        if (
          !before.handed.has(place) &&
          !inside(place, "/tmp") &&
          known &&
          !(made && !original.includes(place))
        )
          items.push({ says: place, done: (ours) => covers(ours, place, after) });
      }
      for (const port of before.ports)
        if (port < 1024 && !after.ports.has(port) && old.ports.has(port))
          items.push({
            says: `port ${port}`,
            done: ({ result }) => result.ports.some(({ from }) => from === port),
          });
      if (after.home !== before.home && after.home !== null)
        items.push({
          says: "a home",
          done: ({ result }) => result.account?.home != null && result.account.home !== "/nonexistent",
        });
      if (/^\d+/.test(after.user) && !/^\d+/.test(before.user))
        items.push({ says: "a numeric USER", done: (ours) => /^\d+/.test(ours.user) });
      if (items.length > 0) subjects.add(subject);
      return items.length > 0 ? [{ commit: at, subject, items }] : [];
    });
}

/** Whether our version hands over a place, in it, or the same place under another working directory or home. */
function covers(ours, place, theirs) {
  const { account } = ours.result;
  if (theirs.homes.has(place) && account?.home != null && account.home !== "/nonexistent") return true;
  if (inside(place, "/tmp")) return true;
  const names = [place.replace(/^\/var\/run(?=\/|$)/, "/run")];
  if (theirs.workdir && ours.workdir && inside(place, theirs.workdir))
    names.push(ours.workdir + place.slice(theirs.workdir.length));
  for (const home of theirs.homes)
    if (inside(place, home) && account?.home) names.push(account.home + place.slice(home.length));
  return [...ours.handed].some(([own, deep]) =>
    names.some((name) => name === own || (deep && inside(name, own)) || inside(own, name)),
  );
}

function inside(path, directory) {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** What a Dockerfile says of its last stage; null when it is not read. */
function factsOf(text) {
  if (text === null) return null;
  try {
    const model = modelImage(readDockerfile(decodeDockerfile(Buffer.from(text))));
    const handed = new Map();
    const hand = (path, deep) => handed.set(path, deep || handed.get(path) === true);
    const homes = new Set(["/home/node"]);
    const made = new Set();
    for (const step of model.steps) {
      const { copy } = step;
      if (copy?.destination) made.add(copy.destination);
      if (copy?.destination && copy.chown && !/^(root|0)\b/.test(copy.chown)) hand(copy.destination, true);
      for (const { owners, modes, accounts, writes } of step.effects) {
        for (const write of writes) made.add(write.path);
        for (const { path, user, group, recursive } of owners)
          if (user === null ? group !== null : !isRootUser(user)) hand(path, recursive);
        for (const { path, mode, recursive } of modes)
          if (/^0?[0-7]?[0-7][2367][0-7]$|^0?[0-7]?[0-7][0-7][2367]$|[ago]+[+=][rxXst]*w|g=u/.test(mode))
            hand(path, recursive);
        for (const account of accounts)
          if (account.kind === "user") homes.add(account.home ?? `/home/${account.name}`);
      }
    }
    const base = (model.base.reference ?? "").replace(/[:@].*$/, "");
    const accounts = model.steps.flatMap(({ effects }) => effects.flatMap((each) => each.accounts));
    return {
      root: model.final.user === null ? null : model.final.root,
      user: model.final.user ?? "",
      workdir: model.final.workdir,
      handed,
      homes,
      made,
      ports: new Set(model.final.exposed.map(({ port }) => port)),
      home:
        model.final.env.get("HOME")?.value ??
        (accounts.some(({ createsHome }) => createsHome) ? "made" : null),
      base,
      sameBase: (other) => base !== "" && base === other.base,
    };
  } catch {
    return null;
  }
}

/** A commit as a tree that deroot reads. */
class GitTree {
  #entries;
  #ids;
  #reader;
  #waiting = [];
  #buffer = Buffer.alloc(0);

  constructor(dir, commit) {
    const found = git(dir, "ls-tree", "-r", "-z", "-l", commit)
      .split("\0")
      .filter(Boolean)
      .map((line) => {
        const [head, path] = line.split("\t");
        const [mode, type, id, size] = head.trim().split(/\s+/);
        return {
          path,
          type,
          id,
          size: Number(size),
          mode: mode === "120000" ? "symlink" : mode === "100755" ? "executable" : "file",
        };
      });
    this.#ids = new Map(found.map(({ path, id }) => [path, id]));
    this.#entries = found
      .filter(({ type }) => type === "blob")
      .map(({ path, mode, size }) => ({ path, mode, size }));
    this.#reader = spawn("git", ["--git-dir", dir, "cat-file", "--batch"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#reader.stdout.on("data", (chunk) => this.#take(chunk));
  }

  async list() {
    return this.#entries;
  }

  read(path) {
    return new Promise((resolve, reject) => {
      if (!this.#ids.has(path)) return reject(new TreeError(path, "no such file"));
      this.#waiting.push({ resolve, reject });
      this.#reader.stdin.write(`${this.#ids.get(path)}\n`);
    });
  }

  close() {
    this.#reader.stdin.end();
  }

  #take(chunk) {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf(10);
      if (end < 0) return;
      const size = Number(this.#buffer.subarray(0, end).toString().split(" ")[2]);
      if (Number.isNaN(size)) {
        this.#buffer = this.#buffer.subarray(end + 1);
        this.#waiting.shift().reject(new TreeError("", "missing object"));
      } else {
        if (this.#buffer.length < end + size + 2) return;
        const bytes = Uint8Array.from(this.#buffer.subarray(end + 1, end + 1 + size));
        this.#buffer = this.#buffer.subarray(end + size + 2);
        this.#waiting.shift().resolve(bytes);
      }
    }
  }
}

function lines(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

function gitDirectory(name) {
  const [owner, repository] = name.split("/");
  return options.git.replaceAll("{owner}", owner).replaceAll("{name}", repository);
}

function git(dir, ...args) {
  return execFileSync("git", ["--git-dir", dir, ...args], {
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
}

function tryGit(dir, ...args) {
  try {
    return git(dir, ...args);
  } catch {
    return null;
  }
}

/** Rooms that the package does not show; they find their data beside it. */
async function ownRooms() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const outfile = join(root, "dist", `measure-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `export { TreeError } from "./src/file-tree.ts";
        export { rewrite } from "./src/rewrite/index.ts";
        export { modelImage, isRootUser } from "./src/analysis/index.ts";
        export { readDockerfile, decodeDockerfile } from "./src/dockerfile/index.ts";`,
      resolveDir: root,
      loader: "ts",
    },
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  try {
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(outfile);
  }
}

if (options.find !== undefined) find(lines(options.find));
else await measure(lines(positionals[0]).map((line) => line.split(" ")));
