// Prints how long a whole rewrite takes, as ratios against dockerfile-ast's own parse of the same files.
//   node scripts/bench.mjs [FOLDER]     FOLDER: where to find Dockerfiles; the fixtures and examples by default
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DockerfileParser } from "dockerfile-ast";
import { memoryTree, rewrite } from "../dist/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = process.argv[2] ? [process.argv[2]] : [join(root, "test/fixtures"), join(root, "examples")];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /dockerfile/i.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
);

const parse = (texts) => {
  for (const text of texts) DockerfileParser.parse(text).getInstructions();
};
const rewriteAll = async (contents) => {
  for (const Dockerfile of contents) await rewrite(memoryTree({ Dockerfile }), "Dockerfile");
};

async function time(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Medians of runs that take turns, so that both see the same machine. */
async function ratio(contents, rounds) {
  const texts = contents.map((content) => content.toString("utf8"));
  const ast = [];
  const ours = [];
  for (let round = 0; round <= rounds; round++) {
    const parsed = await time(() => parse(texts));
    const rewritten = await time(() => rewriteAll(contents));
    if (round > 0) {
      ast.push(parsed);
      ours.push(rewritten);
    }
  }
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  return { ast: median(ast), ours: median(ours) };
}

const show = (what, { ast, ours }) =>
  console.log(
    `${what}: ${(ours / ast).toFixed(2)} times dockerfile-ast's parse (${ours.toFixed(0)} ms / ${ast.toFixed(0)} ms)`,
  );

show(`rewrite of ${files.length} files`, await ratio(files, 7));
const run = Buffer.from(`FROM debian:12\nRUN true \\\n${"  && true \\\n".repeat(100_000)}  && true\n`);
const env = Buffer.from(
  `FROM debian:12\n${Array.from({ length: 30_000 }, (_, i) => `ENV V${i}=${i}`).join("\n")}\nCMD ["x"]\n`,
);
console.log(`a RUN of 100,000 lines: ${(await time(() => rewriteAll([run]))).toFixed(0)} ms`);
console.log(`30,000 ENV lines: ${(await time(() => rewriteAll([env]))).toFixed(0)} ms`);
