import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { volumeChanges } from "../../src/verify/volume.ts";

/** As `docker cp container:/var/data -` gives it. */
function archive(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "deroot-volume-"));
  try {
    mkdirSync(join(folder, "data"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, "data", path)), { recursive: true });
      writeFileSync(join(folder, "data", path), text);
    }
    return execFileSync("tar", ["-C", folder, "--format=pax", "-c", "data"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("tells what came, went and changed in a volume, and what short texts say", () => {
  const before = archive({ kept: "same", edited: "one", gone: "x" });
  const after = archive({ kept: "same", edited: "two", "sub/new": "fresh", binary: "a\0b" });
  expect(volumeChanges("/var/data", before, after)).toEqual([
    { path: "/var/data/binary", kind: "created", text: null },
    { path: "/var/data/edited", kind: "changed", text: "two" },
    { path: "/var/data/gone", kind: "deleted" },
    { path: "/var/data/sub", kind: "created", text: null },
    { path: "/var/data/sub/new", kind: "created", text: "fresh" },
  ]);
});

it("takes everything for new where the image brings nothing", () => {
  expect(volumeChanges("/var/data", null, archive({ x: "1" }))).toEqual([
    { path: "/var/data/x", kind: "created", text: "1" },
  ]);
});
