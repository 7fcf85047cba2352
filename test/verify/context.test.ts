import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FileChange } from "../../src/rewrite/types.ts";
import { legacyContext, rewrittenContext } from "../../src/verify/context.ts";

let root: string;
let into: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "deroot-root-"));
  into = mkdtempSync(join(tmpdir(), "deroot-into-"));
});

afterEach(() => {
  for (const folder of [root, into]) rmSync(folder, { recursive: true });
});

function put(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function changed(path: string, after: string, mode: string | null = null): FileChange {
  return { path, before: null, after, diff: "", mode };
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

it("copies the context with the rewritten files and never touches the original", async () => {
  put({ "app/Dockerfile": "FROM a\n", "app/run.sh": "#!/bin/sh\n", "app/src/x": "x", "other/y": "y" });
  symlinkSync("src/x", join(root, "app/link"));
  chmodSync(join(root, "app/src"), 0o750);
  const source = { root, context: "app", dockerfile: "app/Dockerfile" };
  const { folder, dockerfile } = await rewrittenContext(
    source,
    [
      changed("app/Dockerfile", "FROM b\n"),
      changed("app/run.sh", "#!/bin/sh\n", "100755"),
      changed("compose.yaml", "x"),
    ],
    into,
  );
  expect(files(folder)).toEqual(["Dockerfile", "link", "run.sh", "src/x"]);
  expect(readFileSync(dockerfile, "utf8")).toBe("FROM b\n");
  expect(lstatSync(join(folder, "run.sh")).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(folder, "src")).mode & 0o777).toBe(0o750);
  expect(readlinkSync(join(folder, "link"))).toBe("src/x");
  expect(readFileSync(join(root, "app/Dockerfile"), "utf8")).toBe("FROM a\n");
  expect(lstatSync(join(root, "app/run.sh")).mode & 0o111).toBe(0);
  expect(legacyContext(source)).toEqual({
    folder: join(root, "app"),
    dockerfile: join(root, "app/Dockerfile"),
  });
});

it("leaves out what the builder would leave out, but keeps what the build itself reads", async () => {
  put({
    Dockerfile: "FROM a\n",
    ".dockerignore": "**\n!src\n",
    "src/x": "x",
    "node_modules/big/index.js": "",
    secret: "",
  });
  const { folder } = await rewrittenContext({ root, context: "", dockerfile: "Dockerfile" }, [], into);
  expect(files(folder)).toEqual([".dockerignore", "Dockerfile", "src/x"]);
});

it("uses the Dockerfile's own ignore file, wherever it lies", async () => {
  put({
    "docker/web.Dockerfile": "FROM a\n",
    "docker/web.Dockerfile.dockerignore": "b\n",
    ".dockerignore": "a\n",
    a: "",
    b: "",
  });
  const inside = await rewrittenContext({ root, context: "", dockerfile: "docker/web.Dockerfile" }, [], into);
  expect(files(inside.folder)).toContain("a");
  expect(files(inside.folder)).not.toContain("b");
});

it("takes a Dockerfile from outside the context along", async () => {
  put({ "docker/Dockerfile": "FROM a\n", "app/x": "x" });
  const { folder, dockerfile } = await rewrittenContext(
    { root, context: "app", dockerfile: "docker/Dockerfile" },
    [changed("docker/Dockerfile", "FROM b\n")],
    into,
  );
  expect(files(folder)).toEqual(["x"]);
  expect(readFileSync(dockerfile, "utf8")).toBe("FROM b\n");
});
