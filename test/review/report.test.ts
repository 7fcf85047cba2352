import { createHash } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { noTotals } from "../../src/report/report.ts";
import type { Detail, Item, Page } from "../../src/review/web/protocol.ts";
import { htmlReport } from "../../src/review/web/report.ts";
import { rewrite } from "../../src/rewrite/index.ts";

const EVIL = "</script><script>alert(1)</script><!--<script>\"'\u2028";
const NAME = `a/${EVIL.replaceAll("/", "")}\n/Dockerfile`;
const folder = mkdtempSync(join(tmpdir(), "deroot-report-"));
afterAll(() => rmSync(folder, { recursive: true }));
const page = join(folder, "user.md");
writeFileSync(page, `# user ${EVIL}`);

async function report(files: Record<string, string>): Promise<string> {
  const tree = memoryTree(files);
  const made = htmlReport({
    tool: { name: "deroot", version: "1" },
    project: EVIL,
    tree,
    files: { html: "", script: 'run("</" + "x")', style: "p { color: red }" },
    pages: new Map([["user", page]]),
  });
  const totals = noTotals();
  let html = made.begin();
  for (const path of Object.keys(files)) {
    const result = await rewrite(tree, path);
    totals[result.status]++;
    html += await made.add(result);
  }
  return html + (await made.end(totals));
}

function blocks<T>(html: string, kind: string): T[] {
  const found = html.matchAll(
    new RegExp(`<script type="application/json" data-deroot="${kind}">(.*?)</script>`, "gs"),
  );
  return [...found].map((match) => JSON.parse(match[1]!) as T);
}

const DOCKERFILE = `# ${EVIL}\nFROM node:20\nWORKDIR /app\nCOPY . .\nEXPOSE 80\nENV PORT=80\nCMD ["node", "${"x<b>"}.js"]\n`;

test("only its own script can run, whatever the files hold", async () => {
  const html = await report({ [NAME]: DOCKERFILE, Dockerfile: "FROM alpine\nCMD crond -f\n" });
  const scripts = [...html.matchAll(/<script(.*?)>(.*?)<\/script>/gs)];
  const own = scripts.filter(([, attributes]) => attributes === "");
  expect(own.map(([, , text]) => text)).toEqual(['run("</" + "x")']);
  for (const [, attributes] of scripts.filter((each) => !own.includes(each)))
    expect(attributes).toMatch(/^ type="application\/json" data-deroot="(item|detail|overview|pages)"$/);
  const hash = createHash("sha256").update('run("</" + "x")').digest("base64");
  expect(html).toContain(`script-src 'sha256-${hash}';`);
  expect(html).not.toMatch(/unsafe-inline|unsafe-eval/);
  expect(html).not.toContain("<!--");
  expect(html.match(/\bsrc=|https?:\/\/(?!x)/g)).toBeNull();
});

test("it holds what the page shows: texts, pictures and the pages of the passes", async () => {
  const html = await report({ [NAME]: DOCKERFILE });
  const [item] = blocks<Item>(html, "item");
  expect(item).toMatchObject({ dockerfile: NAME, status: "rewritten" });
  const [detail] = blocks<Detail>(html, "detail");
  const own = detail!.files.find(({ path }) => path === NAME)!;
  expect(own.before).toBe(DOCKERFILE);
  expect(own.after).toContain("USER 1000");
  expect(detail!.picture.before!.runsAs).toEqual({ user: "root", root: true });
  expect(detail!.picture.after!.runsAs).toEqual({ user: "1000", root: false });
  expect(blocks<Page[]>(html, "pages")).toEqual([[{ topic: "user", markdown: `# user ${EVIL}` }]]);
});

test("a declined Dockerfile is shown as it is", async () => {
  const text = "FROM alpine\nCMD crond -f\n";
  const [detail] = blocks<Detail>(await report({ Dockerfile: text }), "detail");
  expect(detail).toMatchObject({ item: { status: "declined" }, reason: { code: "cron" }, changes: [] });
  expect(detail!.files).toEqual([{ path: "Dockerfile", before: text, after: text, mode: null }]);
});

test("without scripts there are at least the outcomes", async () => {
  const html = await report({ Dockerfile: "FROM alpine\nCMD crond -f\n" });
  expect(html).toMatch(/<noscript><p><code>Dockerfile<\/code>: declined, /);
  expect(html).toMatch(/<noscript><p>1 Dockerfile: 1 declined<\/p>/);
});
