// What reading costs beside one parse of dockerfile-ast: `node scripts/bench-reading.mjs [folder of Dockerfiles]`.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DockerfileParser } from "dockerfile-ast";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outfile = join(root, "node_modules", ".cache", "bench-reading.mjs");
const entryPoints = [join(root, "src/dockerfile/index.ts")];
await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
const { readDockerfile } = await import(pathToFileURL(outfile));
rmSync(outfile);

const folder = process.argv[2] ?? join(root, "test/compat/cases");
const files = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .slice(0, 1500)
  .map((entry) => readFileSync(join(folder, entry.name), "utf8"));

function attempt(read) {
  const start = performance.now();
  try {
    read();
  } catch {
    // A refusal takes its time too.
  }
  return performance.now() - start;
}
const library = (text) => attempt(() => DockerfileParser.parse(text).getInstructions());
const ours = (text) => attempt(() => readDockerfile(text));

for (let round = 1; round <= 5; round++) {
  let theirTime = 0;
  let ourTime = 0;
  for (const text of files) {
    theirTime += library(text);
    ourTime += ours(text);
  }
  const perFile = (time) => `${((time * 1000) / files.length).toFixed(0)} µs`;
  console.log(
    `round ${round}: dockerfile-ast ${perFile(theirTime)}, readDockerfile ${perFile(ourTime)} a file, ratio ${(ourTime / theirTime).toFixed(2)}`,
  );
}

const large = {
  "one RUN of 100,000 lines": `FROM a\nRUN x ${"\\\n foo bar ".repeat(100_000)}\n`,
  "30,000 ENV": `FROM a\n${"ENV A=b\n".repeat(30_000)}`,
  "one ENV of 30,000 pairs": `FROM a\nENV X=y ${"\\\n A=b ".repeat(30_000)}\n`,
  "30,000 COPY": `FROM a\n${"COPY --chown=a:b x y /z/\n".repeat(30_000)}`,
};
for (const [name, text] of Object.entries(large)) console.log(`${name}: ${ours(text).toFixed(0)} ms`);
