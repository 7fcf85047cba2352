// Compiles src/images/profiles and src/images/tags into one file that is read when the program starts.
import { Buffer } from "node:buffer";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const sources = new URL("../src/images/", import.meta.url);

/** Writes `images.jsonl` into the folder of the built program and returns its size in bytes. */
export async function buildImages(outDir = new URL("../dist/", import.meta.url)) {
  const { readSources } = await importTypeScript(new URL("load.ts", sources));
  const { packKnowledge } = await importTypeScript(new URL("knowledge.ts", sources));
  const text = packKnowledge(readSources(sources));
  await mkdir(outDir, { recursive: true });
  await writeFile(new URL("images.jsonl", outDir), text);
  return Buffer.byteLength(text);
}

async function importTypeScript(file) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "warning",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
