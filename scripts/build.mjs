// Builds dist/: the command line and the library, bundled so that they start fast.
//   node scripts/build.mjs [--types]
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { buildPage } from "./build-page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const images = join(root, "scripts/build-images.mjs");
if (existsSync(images)) await (await import(pathToFileURL(images).href)).buildImages();

const entryPoints = Object.fromEntries(
  Object.entries({ deroot: "src/cli/main.ts", index: "src/index.ts" }).filter(([, file]) =>
    existsSync(join(root, file)),
  ),
);
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: dist,
  // Beside the entries, so that data files are found from every part in the same way.
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // Machine code cannot be bundled, nor modules that call `require` when they run; what only `org --queue` needs stays
  // where it is installed.
  external: [
    "@ast-grep/*",
    "@gitbeaker/*",
    "better-sqlite3",
    "bullmq",
    "ioredis",
    "pg",
    "rate-limiter-flexible",
  ],
  alias: {
    // The same code as modules, so that what is not used is left out.
    yaml: join(root, "node_modules/yaml/browser/dist/index.js"),
  },
  plugins: [plainHelp()],
  format: "esm",
  platform: "node",
  target: "node20",
  define: { DEROOT_VERSION: JSON.stringify(version), DEROOT_NAME: JSON.stringify(name) },
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
});
// What earlier builds left goes only now, so that a deroot that is running keeps its parts a little longer.
const page = (await buildPage(dist)).map((file) => join(dist, file));
const built = new Set([...Object.keys(metafile.outputs).map((file) => join(root, file)), ...page]);
for (const file of readdirSync(dist)) {
  if (file.endsWith(".js") && !built.has(join(dist, file))) rmSync(join(dist, file));
}
if (built.has(join(dist, "deroot.js"))) chmodSync(join(dist, "deroot.js"), 0o755);

if (process.argv.includes("--types")) emitTypes();

/** The help of yargs is ASCII, and the real `string-width` would load Unicode tables at every start. */
function plainHelp() {
  return {
    name: "plain-help",
    setup({ onResolve }) {
      onResolve({ filter: /^string-width$/ }, ({ importer }) =>
        /[/\\](?:yargs|cliui)[/\\]/.test(importer)
          ? { path: join(root, "scripts/plain-width.mjs") }
          : undefined,
      );
    },
  };
}

/** Declarations of the library and of what it refers to. */
function emitTypes() {
  const project = join(dist, "tsconfig.types.json");
  const compilerOptions = { emitDeclarationOnly: true, rootDir: root, outDir: join(dist, "types") };
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions,
    include: [],
    files: [join(root, "src/index.ts")],
  };
  writeFileSync(project, JSON.stringify(config));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", project], {
    stdio: "inherit",
  });
  rmSync(project);
}
