// What a campaign costs: requests, bytes and memory, and the hours that the forge's limits make of it.
//   node scripts/bench-org.mjs [repositories] [github|gitlab] [pull requests]     default 1000, github, all that come of it
// 100,000 take about an hour on one core; give Node room for the double: NODE_OPTIONS=--max-old-space-size=12000.
// Run `npm run build` first. The forge is the double of the tests, with real git repositories, on this machine.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setInterval, clearInterval } from "node:timers";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const count = Number(process.argv[2] ?? 1000);
const flavour = process.argv[3] ?? "github";
const most = Number(process.argv[4] ?? count);
/** Of repositories that have settled: what the process holds then. */
const MILESTONES = [1000, 10_000, 50_000, 100_000];
const PROJECTION = 100_000;
/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 5,000 for a person, up to 12,500 for an App. */
const READS_PER_HOUR = 5000;
const WRITES_PER_HOUR = 300;

const { ForgeDouble, populate } = await loadDouble();
const forge = await ForgeDouble.start({ flavour, validate: false });
const folder = mkdtempSync(join(tmpdir(), "deroot-bench-org-"));
try {
  forge.addOrganization("acme");
  const expected = populate(forge, "acme", count);
  const toChange = [...expected.values()].filter((each) => each === "opened").length;
  const opened = Math.min(toChange, most);
  console.log(`${count} repositories on ${flavour}, ${toChange} of them to change\n`);
  console.log(
    "                          requests   per repository   kB per repository    seconds   memory, and at the peak",
  );
  const plan = await measure("plan", "acme");
  row("first look", plan, count);
  const again = await measure("plan", "acme");
  row("nothing has changed", again, count);
  const open = await measure(
    "open",
    "acme",
    "--yes",
    "--max",
    `${most}`,
    "--writes-per-hour",
    "0",
    "--write-gap",
    "0",
  );
  row(`${opened} pull requests`, open, opened);
  if (forge.pulls().length !== opened)
    throw new Error(`${forge.pulls().length} pull requests, not ${opened}`);

  const scale = PROJECTION / count;
  const hours = (requests, limit) => Math.ceil((requests * scale) / limit);
  const per = (requests) => (requests / opened).toFixed(3);
  console.log(`
a pull request is ${per(open.reads)} requests to read and ${per(open.writes)} to write

${PROJECTION.toLocaleString("en")} repositories like these, at ${READS_PER_HOUR} requests and ${WRITES_PER_HOUR} writes an hour:
  first look          ${hours(plan.reads, READS_PER_HOUR)} h
  nothing has changed ${hours(again.reads, READS_PER_HOUR)} h
  pull requests       ${Math.ceil(((open.writes / opened) * toChange * scale) / WRITES_PER_HOUR)} h for ${Math.round(toChange * scale).toLocaleString("en")}`);

  function row(name, { reads, writes, bytes, seconds, memory, peak }, size) {
    const requests = reads + writes;
    const held = [...memory].map(([at, kB]) => `${megabytes(kB)} at ${at}, `).join("");
    console.log(
      `${name.padEnd(26)}${String(requests).padStart(8)}   ${(requests / size).toFixed(3).padStart(14)}   ${(bytes / 1024 / size).toFixed(2).padStart(17)}   ${seconds.toFixed(0).padStart(8)}   ${held}${megabytes(peak)}`,
    );
  }
} finally {
  await forge.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs `deroot org …` as a process of its own. */
async function measure(...words) {
  forge.calls.clear();
  const child = spawn(
    process.execPath,
    [
      join(root, "dist/deroot.js"),
      "org",
      ...words,
      "--forge",
      flavour.replace("ghes", "github"),
      "--api-url",
      forge.apiUrl,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        [flavour === "gitlab" ? "GITLAB_TOKEN" : "GITHUB_TOKEN"]: forge.token,
        XDG_STATE_HOME: folder,
        XDG_CACHE_HOME: folder,
      },
    },
  );
  const began = Date.now();
  let told = "";
  child.stderr.on("data", (text) => (told = (told + text).slice(-2000)));
  let peak = 0;
  const memory = new Map();
  let settled = 0;
  child.stdout.setEncoding("utf8").on("data", (text) => {
    settled += text.split("\n").length - 1;
    for (const at of MILESTONES)
      if (settled >= at && !memory.has(at)) memory.set(at, memoryOf(child.pid, "VmRSS"));
  });
  const watch = setInterval(() => (peak = memoryOf(child.pid, "VmHWM") || peak), 100);
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(watch);
  if (code !== 0) throw new Error(`org ${words.join(" ")} ended with ${code}: ${told}`);
  const { reads, writes, all } = forge.calls;
  const seconds = (Date.now() - began) / 1000;
  return { reads, writes, bytes: all.reduce((sum, call) => sum + call.bytes, 0), seconds, memory, peak };
}

/** In kB; 0 where /proc does not tell. */
function memoryOf(pid, field) {
  try {
    return (
      Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) || 0
    );
  } catch {
    return 0;
  }
}

function megabytes(kB) {
  return kB === 0 ? "?" : `${Math.round(kB / 1024)} MB`;
}

async function loadDouble() {
  const file = join(root, "node_modules/.cache/deroot/double.mjs");
  mkdirSync(dirname(file), { recursive: true });
  await build({
    stdin: {
      contents:
        'export { ForgeDouble } from "./test/org/double/index.ts"; export { populate } from "./test/e2e/org/organisation.ts";',
      resolveDir: root,
      loader: "ts",
    },
    outfile: file,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  return import(pathToFileURL(file).href);
}
