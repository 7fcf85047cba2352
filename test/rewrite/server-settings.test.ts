import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/rewrite/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

interface Case {
  readonly start: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Configuration that is a program, and the command that reads it. */
const CASES: readonly Case[] = [
  {
    start: "npx vite preview --host",
    file: "vite.config.ts",
    before:
      "export default defineConfig({ server: { port: 5173 }, preview: { port: 80, strictPort: true } });",
    after:
      "export default defineConfig({ server: { port: 5173 }, preview: { port: 8080, strictPort: true } });",
  },
  {
    start: "npx vite --host",
    file: "vite.config.js",
    before: "export default { server: { port: 80, proxy: { '/api': 'http://api:80' } } };",
    after: "export default { server: { port: 8080, proxy: { '/api': 'http://api:80' } } };",
  },
  {
    start: "npx webpack serve",
    file: "webpack.config.js",
    before: "module.exports = { devServer: { host: '0.0.0.0', port: 80 } };",
    after: "module.exports = { devServer: { host: '0.0.0.0', port: 8080 } };",
  },
  {
    start: "npx rspack serve",
    file: "rspack.config.mjs",
    before: "export default defineConfig({ devServer: { port: 80 } });",
    after: "export default defineConfig({ devServer: { port: 8080 } });",
  },
  {
    start: "npx rspack dev",
    file: "rspack.config.ts",
    before: "const config: Configuration = { devServer: { port: 80 } };\nexport default config;",
    after: "const config: Configuration = { devServer: { port: 8080 } };\nexport default config;",
  },
  {
    start: "npx vue-cli-service serve",
    file: "vue.config.js",
    before: "module.exports = defineConfig({ devServer: { port: 80, host: '0.0.0.0' } });",
    after: "module.exports = defineConfig({ devServer: { port: 8080, host: '0.0.0.0' } });",
  },
  {
    start: "npx astro preview --host",
    file: "astro.config.mjs",
    before: "export default defineConfig({ server: { port: 80 } });",
    after: "export default defineConfig({ server: { port: 8080 } });",
  },
  {
    start: "npx nuxt dev",
    file: "nuxt.config.ts",
    before: "export default defineNuxtConfig({ devServer: { port: 80 } });",
    after: "export default defineNuxtConfig({ devServer: { port: 8080 } });",
  },
  {
    start: "gunicorn -c conf/gunicorn.py app:app",
    file: "conf/gunicorn.py",
    before: 'bind = ["0.0.0.0:80", "[::]:80"]\nworkers = 80',
    after: 'bind = ["0.0.0.0:8080", "[::]:8080"]\nworkers = 80',
  },
  {
    start: "bundle exec puma",
    file: "config/puma.rb",
    before: 'bind "tcp://0.0.0.0:80"\nthreads 1, 80',
    after: 'bind "tcp://0.0.0.0:8080"\nthreads 1, 80',
  },
  {
    start: "bundle exec unicorn -c config/unicorn.rb",
    file: "config/unicorn.rb",
    before: 'listen "0.0.0.0:80", backlog: 64\nlisten "/tmp/app.sock"',
    after: 'listen "0.0.0.0:8080", backlog: 64\nlisten "/tmp/app.sock"',
  },
];

async function run(start: string, file: string, text: string) {
  const dockerfile = `FROM debian:12\nWORKDIR /app\nCOPY . .\nEXPOSE 80\nCMD ${start}\n`;
  const { files, changes } = await rewrite(
    memoryTree({ Dockerfile: dockerfile, [file]: text }),
    "Dockerfile",
  );
  return { changes, after: new Map(files.map(({ path, after }) => [path, after])) };
}

describe("a server that a program tells the port", () => {
  test.each(CASES)("$start, $file", async ({ start, file, before, after: expected }) => {
    const { after } = await run(start, file, before);
    expect(after.get(file)).toBe(expected);
    expect(after.get("Dockerfile")).toContain("\nEXPOSE 8080\n");
  });

  test("and the environment before it", async () => {
    const { after } = await run("bundle exec puma", "config/puma.rb", 'port ENV.fetch("PORT") { 80 }');
    expect([...after.keys()]).toEqual(["Dockerfile"]);
    expect(after.get("Dockerfile")).toMatch(/\nENV PORT=8080\n[^]*EXPOSE 8080\n/);
  });

  test("but not where the program computes it", async () => {
    const text = "export default { server: ({ command }) => ({ port: command === 'dev' ? 4321 : 80 }) };";
    const { after, changes } = await run("npx astro preview", "astro.config.mjs", text);
    expect([...after.keys()]).toEqual(["Dockerfile"]);
    expect(changes.find(({ id }) => id === "ports:80")?.applicability).toBe("manual");
  });

  test("nor where another command is started", async () => {
    const text = "export default { server: { port: 80 } };";
    const { after, changes } = await run("node dist/main.js", "vite.config.js", text);
    expect([...after.keys()]).toEqual(["Dockerfile"]);
    expect(changes.find(({ id }) => id === "ports:80")?.applicability).toBe("manual");
  });
});
