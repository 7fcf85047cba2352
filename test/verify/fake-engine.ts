import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A `docker` on PATH that answers as told; only for faults that no real engine shows on demand. */
export interface FakeEngine {
  /** The arguments of each call, in order. */
  calls(): string[];
  remove(): void;
}

/** `cases`: lines of a shell `case` on the first argument. */
export function fakeEngine(cases: string, program = "docker"): FakeEngine {
  const folder = mkdtempSync(join(tmpdir(), "deroot-fake-engine-"));
  const log = join(folder, "calls");
  const script = `#!/bin/sh\necho "$*" >> "${log}"\ncase "$1" in\n${cases}\n*) exit 0 ;;\nesac\n`;
  writeFileSync(join(folder, program), script);
  chmodSync(join(folder, program), 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${folder}:/usr/bin:/bin`;
  return {
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    remove() {
      process.env["PATH"] = path;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const ANSWERS = `version) echo 26.1.5 ;;\nbuildx) echo buildx ;;`;

/** What `image inspect` and `container inspect` say in a case. */
export const IMAGE = JSON.stringify([
  { Id: "sha256:1", Size: 1000, RootFS: { Layers: ["a"] }, Config: { ExposedPorts: {} } },
]);
