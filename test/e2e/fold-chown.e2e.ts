/** A chown -R that is folded into what COPY brings makes the image smaller, and leaves every file to the same owner. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import type { Engine } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";

const MIB = 1024 * 1024;
const CODE = 4 * MIB;

const cases = [
  {
    name: "the whole command",
    lines: ["COPY --from=build /code /srv/web", "RUN chown -R node:node /srv/web", "WORKDIR /srv/web"],
    where: "/srv/web",
    saved: CODE,
  },
  {
    name: "all but the directory",
    lines: ["WORKDIR /app", "COPY code .", "RUN mkdir logs && chown -R node:node /app"],
    where: "/app",
    saved: CODE,
  },
  {
    name: "into the step that fills it",
    lines: [
      "WORKDIR /app",
      "COPY package.json .",
      "RUN mkdir node_modules && head -c 4194304 /dev/urandom >node_modules/module",
      "COPY code src/",
      "RUN chown -R node:node /app",
    ],
    where: "/app",
    saved: 2 * CODE,
  },
];

withEngine("chown -R folded", (engine) => {
  for (const { name, lines, where, saved } of cases) {
    it(`saves a copy of the files: ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "deroot-fold-"));
      const tag = `deroot-fold-${process.pid}`;
      try {
        mkdirSync(join(folder, "code/lib"), { recursive: true });
        for (const file of ["code/server.js", "code/lib/a.js", "package.json"])
          writeFileSync(join(folder, file), "{}\n");
        writeFileSync(join(folder, "code/lib/large"), randomBytes(CODE));
        const builder = ["FROM node:20-slim AS build", "COPY code /code"];
        const text = [...builder, "FROM node:20-slim", ...lines, 'CMD ["node", "server.js"]', ""].join("\n");
        writeFileSync(join(folder, "Dockerfile"), text);
        await build(engine, folder, `${tag}:before`);
        const { changes, files } = await rewrite(diskTree(folder), "Dockerfile");
        expect(changes.map(({ pass }) => pass)).toContain("fold-chown");
        for (const { path, after } of files) writeFileSync(join(folder, path), after);
        await build(engine, folder, `${tag}:after`);
        const [before, after] = [await sizeOf(engine, `${tag}:before`), await sizeOf(engine, `${tag}:after`)];
        expect(before - after).toBeGreaterThan(saved * 0.95);
        expect(await ownersIn(engine, `${tag}:after`, where)).toEqual(
          await ownersIn(engine, `${tag}:before`, where),
        );
      } finally {
        await engine.call(["image", "rm", "--force", `${tag}:before`, `${tag}:after`]);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

async function build(engine: Engine, folder: string, tag: string): Promise<void> {
  const { code, stderr } = await engine.build(["build", "--tag", tag, folder]);
  expect(code, stderr.toString()).toBe(0);
}

/** In bytes, all layers together. */
async function sizeOf(engine: Engine, tag: string): Promise<number> {
  return Number(await engine.text(["image", "inspect", "--format", "{{.Size}}", tag]));
}

async function ownersIn(engine: Engine, tag: string, where: string): Promise<string[]> {
  const find = ["find", where, "-exec", "stat", "-c", "%n %U:%G %a", "{}", ";"];
  const said = await engine.text([
    "run",
    "--rm",
    "--user",
    "0",
    "--entrypoint",
    find[0]!,
    tag,
    ...find.slice(1),
  ]);
  return said.trim().split("\n").sort();
}
