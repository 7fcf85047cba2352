// What the knowledge of images costs: loading it, and resolving references warm and for the first time.
//   node scripts/bench-images.mjs [rounds]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildImages } from "./build-images.mjs";

const BUDGET = { load: 10_000, resolve: 50 };

if (process.argv[2] === "--once") {
  process.stdout.write(JSON.stringify(await once(process.argv[3])));
} else {
  const rounds = Number(process.argv[2] ?? 15);
  const folder = mkdtempSync(join(tmpdir(), "deroot-bench-"));
  const file = join(folder, "images.mjs");
  await build({
    stdin: {
      contents:
        'export * from "./src/images/resolve.ts"; export { loadKnowledge } from "./src/images/load.ts";',
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
      loader: "ts",
    },
    outfile: file,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  const size = await buildImages(pathToFileURL(`${folder}/`));
  const self = fileURLToPath(import.meta.url);
  const runs = Array.from({ length: rounds }, () =>
    JSON.parse(spawnSync(process.execPath, [self, "--once", file], { encoding: "utf8" }).stdout),
  );
  rmSync(folder, { recursive: true });
  console.log(`knowledge  ${(size / 1024).toFixed(0)} KiB`);
  tell("loading it", median(runs.map(({ load }) => load)), BUDGET.load);
  tell("a reference, first time, warm", median(runs.map(({ fresh }) => fresh)), BUDGET.resolve);
  tell("the same reference again", median(runs.map(({ again }) => again)), BUDGET.resolve);
  tell("the first one of a cold start", median(runs.map(({ first }) => first)), null);
}

/** In microseconds, in a process of its own. */
async function once(file) {
  const { loadKnowledge, resolveImage } = await import(pathToFileURL(file).href);
  const load = time(() => loadKnowledge());
  const first = time(() => resolveImage("node:20-alpine"));
  const all = references(loadKnowledge());
  // Warm is the code, not the reference: half of the names run it in, the others are asked for the first time.
  const warmUp = all.filter((_, i) => i % 2 === 0);
  const asked = all.filter((_, i) => i % 2 === 1);
  for (const reference of warmUp) resolveImage(reference);
  // Medians: whatever else the machine does comes between some of them.
  const each = () => median(asked.map((reference) => time(() => resolveImage(reference))));
  const fresh = each();
  const again = each();
  return { load, first, fresh, again };
}

function references(knowledge) {
  return knowledge.names().flatMap((name) => ["", ":1.2", ":3-alpine"].map((tag) => name + tag));
}

function time(action) {
  const start = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - start) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function tell(what, microseconds, budget) {
  const limit = budget === null ? "" : `  (budget ${budget} µs${microseconds > budget ? ", EXCEEDED" : ""})`;
  console.log(`${what.padEnd(30)} ${microseconds.toFixed(1).padStart(9)} µs${limit}`);
}
