// Builds the review page into dist/: one HTML, one script, one style sheet, nothing loaded from elsewhere.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const sources = fileURLToPath(new URL("../src/review/web/page/", import.meta.url));

/** Returns the names of the files it wrote. */
export async function buildPage(outDir = fileURLToPath(new URL("../dist/", import.meta.url))) {
  await build({
    entryPoints: [
      { in: join(sources, "main.tsx"), out: "review.page" },
      { in: join(sources, "style/index.css"), out: "review" },
    ],
    outdir: outDir,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome120", "firefox121", "safari17.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  writeFileSync(join(outDir, "review.html"), readFileSync(join(sources, "index.html")));
  return ["review.page.js", "review.css", "review.html"];
}
