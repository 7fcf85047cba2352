// What a campaign costs: requests, bytes and memory, and the hours that the forge's limits make of it.
//   node scripts/bench-org.mjs [repositories]     default 1000; 100000 takes its time, and some gigabytes of disk
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
const PROJECTION = 100_000;
/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 5,000 for a person, up to 12,500 for an App. */
const READS_PER_HOUR = 5000;
const WRITES_PER_HOUR = 300;

const { ForgeDouble, populate } = await loadDouble();
const forge = await ForgeDouble.start({ validate: false });
const folder = mkdtempSync(join(tmpdir(), "deroot-bench-org-"));
try {
  forge.addOrganization("acme");
  const expected = populate(forge, "acme", count);
  const opened = [...expected.values()].filter((each) => each === "opened").length;
  const plan = await measure("plan", "acme");
  const again = await measure("plan", "acme");
  const open = await measure("open", "acme", "--yes", "--writes-per-hour", "0", "--write-gap", "0");
  if (forge.pulls().length !== opened)
    throw new Error(`${forge.pulls().length} pull requests, not ${opened}`);

  const per = (figure, size) => (figure / size).toFixed(3);
  console.log(`${count} repositories, ${opened} of them to change\n`);
  console.log("                          requests   per repository   kB per repository   peak memory");
  row("first look", plan, count);
  row("nothing has changed", again, count);
  console.log(
    `pull requests             ${String(open.reads + open.writes).padStart(8)}   ${per(open.reads + open.writes, opened)} each: ${per(open.reads, opened)} to read, ${per(open.writes, opened)} to write`,
  );
  const scale = PROJECTION / count;
  const hours = (requests, limit) => Math.ceil((requests * scale) / limit);
  console.log(`
${PROJECTION.toLocaleString("en")} repositories like these, at GitHub's limit of ${READS_PER_HOUR} requests and ${WRITES_PER_HOUR} writes an hour:
  first look          ${hours(plan.reads, READS_PER_HOUR)} h
  nothing has changed ${hours(again.reads, READS_PER_HOUR)} h
  pull requests       ${hours(open.writes, WRITES_PER_HOUR)} h for ${Math.round(opened * scale).toLocaleString("en")}`);

  function row(name, { reads, bytes, memory }, size) {
    console.log(
      `${name.padEnd(26)}${String(reads).padStart(8)}   ${per(reads, size).padStart(14)}   ${(bytes / 1024 / size).toFixed(2).padStart(17)}   ${memory === null ? "?" : `${Math.round(memory / 1024)} MB`}`,
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
    [join(root, "dist/deroot.js"), "org", ...words, "--api-url", forge.apiUrl, "--quiet"],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, GITHUB_TOKEN: forge.token, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder },
    },
  );
  let told = "";
  child.stderr.on("data", (text) => (told += text));
  let memory = null;
  const watch = setInterval(() => (memory = peakOf(child.pid) ?? memory), 100);
  const code = await new Promise((done) => child.once("exit", done));
  clearInterval(watch);
  if (code !== 0) throw new Error(`org ${words.join(" ")} ended with ${code}: ${told}`);
  const { reads, writes, all } = forge.calls;
  return { reads, writes, bytes: all.reduce((sum, call) => sum + call.bytes, 0), memory };
}

/** In kB; null where /proc does not tell. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) || null;
  } catch {
    return null;
  }
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
