import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chownSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileSink, removeStale, writeCopies, writeInPlace, WriteError } from "../../src/report/write.ts";
import type { FileChange, RewriteResult } from "../../src/rewrite/types.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deroot-write-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (path: string, content: string): void => writeFileSync(join(folder, path), content);
const get = (path: string): string => readFileSync(join(folder, path), "utf8");

function result(...files: (Omit<FileChange, "diff" | "mode"> & { mode?: string })[]): RewriteResult {
  return {
    dockerfile: "Dockerfile",
    status: "rewritten",
    reason: null,
    account: null,
    runsAsRoot: { before: true, after: false },
    ports: [],
    writable: [],
    changes: [],
    advice: [],
    files: files.map((file) => ({ mode: null, diff: "", ...file })),
  };
}

describe("writeInPlace", () => {
  it("keeps mode and owner, sets the x bit where asked, and makes new files", () => {
    put("Dockerfile", "\ufeffa\r\n");
    chmodSync(join(folder, "Dockerfile"), 0o640);
    put("start.sh", "x");
    chmodSync(join(folder, "start.sh"), 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(join(folder, "Dockerfile"), 1234, 5678);
    writeInPlace(
      folder,
      result(
        { path: "Dockerfile", before: "\ufeffa\r\n", after: "\ufeffb\r\n" },
        { path: "start.sh", before: "x", after: "x", mode: "100755" },
        { path: "conf/new.conf", before: null, after: "new" },
      ),
    );
    expect([get("Dockerfile"), get("conf/new.conf")]).toEqual(["\ufeffb\r\n", "new"]);
    const stats = statSync(join(folder, "Dockerfile"));
    expect(stats.mode & 0o777).toBe(0o640);
    if (isRoot) expect([stats.uid, stats.gid]).toEqual([1234, 5678]);
    expect(statSync(join(folder, "start.sh")).mode & 0o777).toBe(0o750);
    expect(readdirSync(folder).sort()).toEqual(["Dockerfile", "conf", "start.sh"]);
  });

  it.each([
    ["changed", () => put("compose.yaml", "somebody was here")],
    ["gone", () => rmSync(join(folder, "compose.yaml"))],
    ["no UTF-8", () => writeFileSync(join(folder, "compose.yaml"), new Uint8Array([0xff, 0x61]))],
  ])("writes nothing at all when one of the files is %s meanwhile", (_, meddle) => {
    put("Dockerfile", "a");
    put("compose.yaml", "\ufffda");
    meddle();
    const files = [
      { path: "Dockerfile", before: "a", after: "b" },
      { path: "compose.yaml", before: "\ufffda", after: "c" },
    ];
    expect(() => writeInPlace(folder, result(...files))).toThrow(/changed by somebody else/);
    expect(get("Dockerfile")).toBe("a");
    expect(readdirSync(folder).filter((name) => name.startsWith(".deroot"))).toEqual([]);
  });

  it("does not replace a file that appeared meanwhile", () => {
    put("new.conf", "mine");
    expect(() => writeInPlace(folder, result({ path: "new.conf", before: null, after: "x" }))).toThrow(
      WriteError,
    );
    expect(get("new.conf")).toBe("mine");
  });

  it("never leaves the folder, by name or by link", () => {
    const outside = mkdtempSync(join(tmpdir(), "deroot-outside-"));
    writeFileSync(join(outside, "x"), "a");
    symlinkSync(outside, join(folder, "linked"));
    symlinkSync(join(outside, "x"), join(folder, "x"));
    for (const path of ["x", "linked/x", "linked/new/y", "../y"]) {
      const before = path.endsWith("x") ? "a" : null;
      expect(() => writeInPlace(folder, result({ path, before, after: "b" })), path).toThrow(/leads outside/);
    }
    expect(readdirSync(outside)).toEqual(["x"]);
    expect(readFileSync(join(outside, "x"), "utf8")).toBe("a");
    rmSync(outside, { recursive: true });
  });

  it("follows a link inside the folder and leaves the link", () => {
    mkdirSync(join(folder, "docker"));
    put("docker/Dockerfile", "a");
    symlinkSync("docker/Dockerfile", join(folder, "Dockerfile"));
    writeInPlace(folder, result({ path: "Dockerfile", before: "a", after: "b" }));
    expect(get("docker/Dockerfile")).toBe("b");
    expect(
      readdirSync(folder, { withFileTypes: true })
        .find(({ name }) => name === "Dockerfile")
        ?.isSymbolicLink(),
    ).toBe(true);
  });
});

describe("writeCopies", () => {
  it("writes below the other folder, again if need be, with the mode of the original", () => {
    put("Dockerfile", "a");
    chmodSync(join(folder, "Dockerfile"), 0o600);
    const out = join(folder, "out");
    for (const after of ["b", "c"])
      writeCopies(folder, out, result({ path: "Dockerfile", before: "a", after }));
    expect([get("Dockerfile"), get("out/Dockerfile")]).toEqual(["a", "c"]);
    expect(statSync(join(out, "Dockerfile")).mode & 0o777).toBe(0o600);
  });
});

describe("removeStale", () => {
  it("removes what dead runs left, and nothing else", () => {
    const dead = ".deroot-tmp-4194305-0123456789ab";
    const names = [dead, `.deroot-tmp-${process.pid}-0123456789ab`, ".deroot-tmp-x", "Dockerfile"];
    for (const name of names) put(name, "");
    expect(removeStale(folder, names)).toEqual([dead]);
    expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort());
  });
});

describe("FileSink", () => {
  it("shows nothing until it is finished, and nothing at all when abandoned", () => {
    const file = join(folder, "deep/report.html");
    const sink = new FileSink(file);
    sink.write("a");
    sink.write("é");
    expect(readdirSync(join(folder, "deep"))).not.toContain("report.html");
    sink.commit();
    expect(get("deep/report.html")).toBe("aé");
    const other = new FileSink(file);
    other.write("half");
    other.abandon();
    expect(readdirSync(join(folder, "deep"))).toEqual(["report.html"]);
    expect(get("deep/report.html")).toBe("aé");
  });
});
