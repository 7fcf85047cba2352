/** What changes hands is not stored twice: the rewritten image is hardly larger than the legacy one. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import type { Engine } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { examples, type Example } from "./support/examples.ts";

const MOST = 1.02;

/** One of each family in which files change hands: copied, installed, moved from /root, unpacked. */
const NAMES = ["express-uploads", "python-logs", "node-root-home", "nginx-static", "alpine-script"];

withEngine("sizes", (engine) => {
  for (const example of examples.filter(({ name }) => NAMES.includes(name))) {
    it(`${example.name} grows by 2 % at most`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "deroot-size-"));
      try {
        cpSync(example.folder, folder, { recursive: true });
        const before = await sizeOf(engine, example, folder, "before");
        const { status, files } = await rewrite(diskTree(folder), example.dockerfile);
        expect(status).toBe("rewritten");
        for (const { path, after, mode } of files)
          writeFileSync(join(folder, path), after, mode === null ? {} : { mode: 0o755 });
        const after = await sizeOf(engine, example, folder, "after");
        expect(after / before).toBeLessThanOrEqual(MOST);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

/** In bytes, all layers together. */
async function sizeOf(engine: Engine, example: Example, folder: string, when: string): Promise<number> {
  const tag = `deroot-size-${process.pid}-${example.name}:${when}`;
  const { network } = example.options.build ?? {};
  const { code, stderr } = await engine.build([
    ...["build", "--tag", tag, "--file", join(folder, example.dockerfile)],
    ...(network === undefined ? [] : ["--network", network]),
    join(folder, dirname(example.dockerfile)),
  ]);
  expect(code, stderr.toString()).toBe(0);
  try {
    return Number(await engine.text(["image", "inspect", "--format", "{{.Size}}", tag]));
  } finally {
    await engine.call(["image", "rm", "--force", tag]);
  }
}
