import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What an entry of TypeScript exports, with imports relative to the project's root: sources, without a build before. */
export async function fromSource(contents) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const outfile = join(root, `node_modules/.cache/from-source-${process.pid}.mjs`);
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "src/images/load.ts")).href) },
    logLevel: "error",
  });
  const module = await import(pathToFileURL(outfile));
  rmSync(outfile);
  return module;
}
