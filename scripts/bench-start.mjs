// How long deroot takes to start, against `node -e 0` in the same run: medians of interleaved runs.
//   node scripts/bench-start.mjs [rounds]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 40);
const deroot = fileURLToPath(new URL("../dist/deroot.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deroot-bench-"));
writeFileSync(
  join(folder, "Dockerfile"),
  'FROM node:20-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nEXPOSE 80\nCMD ["node", "server.js"]\n',
);

const cases = [
  { name: "node -e 0", args: ["-e", "0"], budget: null },
  { name: "deroot --version", args: [deroot, "--version"], budget: 15 },
  { name: "deroot migrate Dockerfile", args: [deroot, "migrate", "Dockerfile"], budget: 120 },
  { name: "deroot --help", args: [deroot, "--help"], budget: null },
].map((each) => ({ ...each, times: [] }));

for (let round = -2; round < rounds; round++) {
  for (const { args, times } of cases) {
    const start = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: "ignore" });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
    // The first rounds warm the caches.
    if (round >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
}
rmSync(folder, { recursive: true });

const base = median(cases[0].times);
for (const { name, times, budget } of cases) {
  const time = median(times);
  const limit = budget === null ? "" : `  (budget +${budget} ms${time - base > budget ? ", EXCEEDED" : ""})`;
  console.log(
    `${name.padEnd(26)} ${time.toFixed(1).padStart(6)} ms  ${(time / base).toFixed(2).padStart(5)} x  +${(time - base).toFixed(1)} ms${limit}`,
  );
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
