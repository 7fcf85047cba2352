// How fast the review page is there: first paint, first Dockerfile shown, all Dockerfiles read, one choice shown.
//   node scripts/bench-review.mjs [number of Dockerfiles] [path of Chromium]
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const count = Number(process.argv[2] ?? 300);
const executablePath = process.argv[3] ?? "/usr/bin/chromium";
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deroot-bench-"));
mkdirSync(join(folder, ".git"));
for (let i = 0; i < count; i++) {
  mkdirSync(join(folder, `service-${i}`));
  writeFileSync(
    join(folder, `service-${i}/Dockerfile`),
    'FROM node:20-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nENV PORT=80\nEXPOSE 80\nCMD ["node", "server.js"]\n',
  );
}

const server = spawn(process.execPath, [join(dist, "deroot.js"), "review", "--web", "--no-open"], {
  cwd: folder,
});
const url = await new Promise((done) => server.stdout.once("data", (chunk) => done(String(chunk).trim())));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  const start = performance.now();
  await page.goto(url);
  await page.locator(".cm-content").first().waitFor();
  const shown = performance.now() - start;
  const paint = await page.evaluate(
    () => globalThis.performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  );
  await page.getByText(/^0 of \d+ decided/).waitFor({ timeout: 120_000 });
  const read = performance.now() - start;
  const before = performance.now();
  await page.keyboard.press("n");
  await page.locator(".card.rejected").first().waitFor();
  const chosen = performance.now() - before;
  tell(`first paint, ${count} Dockerfiles`, paint, 1000);
  tell("first Dockerfile with its diff", shown, null);
  tell("all Dockerfiles read", read, null);
  tell("a choice, rewritten and shown", chosen, null);
  for (const file of ["review.html", "review.css", "review.page.js"])
    console.log(`${file.padEnd(34)} ${(statSync(join(dist, file)).size / 1024).toFixed(0).padStart(7)} KiB`);
} finally {
  await browser.close();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

function tell(what, milliseconds, budget) {
  const limit = budget === null ? "" : `  (budget ${budget} ms${milliseconds > budget ? ", EXCEEDED" : ""})`;
  console.log(`${what.padEnd(34)} ${milliseconds.toFixed(0).padStart(7)} ms${limit}`);
}
