import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fileText, listTar, sameFile } from "../../src/verify/tar.ts";

const folder = mkdtempSync(join(tmpdir(), "deroot-tar-"));
afterAll(() => rmSync(folder, { recursive: true }));

function tar(...args: string[]): Buffer {
  return execFileSync("tar", ["-C", folder, "-cf", "-", ...args]);
}

it("lists files and directories, long names too", () => {
  const long = `${"long/".repeat(30)}name`;
  mkdirSync(join(folder, long), { recursive: true });
  writeFileSync(join(folder, long, "file"), "x".repeat(1000));
  for (const format of ["gnu", "pax", "ustar"]) {
    const entries = listTar(tar(`--format=${format}`, "long"));
    expect(entries.at(-1), format).toMatchObject({ path: `${long}/file`, directory: false });
    expect(entries[0]).toMatchObject({ path: "long", directory: true });
  }
});

it("tells a change of content or mode from one of time", () => {
  const file = join(folder, "file");
  writeFileSync(file, "one");
  const before = tar("file");
  utimesSync(file, 1, 1);
  expect(sameFile(before, tar("file"))).toBe(true);
  chmodSync(file, 0o600);
  expect(sameFile(before, tar("file"))).toBe(false);
  chmodSync(file, 0o644);
  writeFileSync(file, "two");
  expect(sameFile(before, tar("file"))).toBe(false);
  expect(fileText(tar("file"))).toBe("two");
});

it("takes what is no archive for an empty one", () => {
  expect(listTar(Buffer.from("no tar ".repeat(200)))).toEqual([]);
  expect(listTar(Buffer.alloc(0))).toEqual([]);
  expect(fileText(Buffer.alloc(1024))).toBeNull();
});
