import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CompanionError } from "../../src/companions/index.ts";
import {
  mergeRunEvidence,
  readRunEvidence,
  writeRunEvidence,
  type DockerfileRuns,
} from "../../src/companions/run-evidence.ts";
import { saveEvidence } from "../../src/verify/index.ts";

const runs: DockerfileRuns = {
  dockerfile: "b/Dockerfile",
  written: [
    { path: "/b", kind: "changed", directory: false },
    { path: "/a", kind: "created", directory: true },
  ],
  ports: [{ port: 80, protocol: "tcp" }],
  users: [{ process: "nginx", uid: 101, gid: 101 }],
  capabilities: ["CHOWN"],
  notExecutable: [],
  needsHome: false,
};

it("is written in a stable order and read back", () => {
  const text = writeRunEvidence({ dockerfiles: [runs, { ...runs, dockerfile: "a/Dockerfile" }] });
  const read = readRunEvidence(text);
  expect(read.dockerfiles.map(({ dockerfile }) => dockerfile)).toEqual(["a/Dockerfile", "b/Dockerfile"]);
  expect(read.dockerfiles[0]!.written.map(({ path }) => path)).toEqual(["/a", "/b"]);
  expect(writeRunEvidence(read)).toBe(text);
});

it("keeps what was seen before", () => {
  const later: DockerfileRuns = {
    ...runs,
    written: [
      { path: "/a", kind: "refused", directory: true },
      { path: "/c", kind: "created", directory: false },
    ],
    ports: [{ port: 81, protocol: "tcp" }],
    needsHome: true,
  };
  const [merged] = mergeRunEvidence({ dockerfiles: [runs] }, { dockerfiles: [later] }).dockerfiles;
  expect(merged!.written.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
    "changed /b",
    "created /a",
    "created /c",
  ]);
  expect(merged).toMatchObject({ ports: [{ port: 80 }, { port: 81 }], needsHome: true });
});

it.each([
  "",
  "[]",
  '{"schema":2,"dockerfiles":[]}',
  '{"schema":1}',
  '{"schema":1,"dockerfiles":[{}]}',
  '{"schema":1,"dockerfiles":[{"dockerfile":"D","written":[{"path":"../x","kind":"created"}]}]}',
  '{"schema":1,"dockerfiles":[{"dockerfile":"D","written":[{"path":"/a/../../x","kind":"created"}]}]}',
  '{"schema":1,"dockerfiles":[{"dockerfile":"D","written":[{"path":"/x\\n USER 0","kind":"created"}]}]}',
  '{"schema":1,"dockerfiles":[{"dockerfile":"D","ports":[{"port":-1,"protocol":"tcp"}]}]}',
])("refuses %s", (text) => {
  expect(() => readRunEvidence(text)).toThrow(CompanionError);
});

it("is added to what is there, and never overwrites what is not deroot's", () => {
  const root = mkdtempSync(join(tmpdir(), "deroot-evidence-"));
  const file = saveEvidence(root, [runs]);
  saveEvidence(root, [{ ...runs, dockerfile: "a/Dockerfile" }]);
  expect(readRunEvidence(readFileSync(file, "utf8")).dockerfiles).toHaveLength(2);
  writeFileSync(file, "mine");
  expect(() => saveEvidence(root, [runs])).toThrow(CompanionError);
  expect(readFileSync(file, "utf8")).toBe("mine");
  rmSync(root, { recursive: true });
});
