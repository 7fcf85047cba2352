import { expect, it } from "vitest";
import { isBusy, readScript } from "../../src/verify/look.ts";

const status = (pid: number, parent: number, uid: number): string =>
  `@@ status ${pid}\nName:\tapp\nState:\tS\nPid:\t${pid}\nPPid:\t${parent}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t1\t1\t1\t1\nCapEff:\t0\n`;

it("reads what the script printed, and leaves itself out", () => {
  const output =
    `${status(1, 0, 10001)}@@ cmdline 1\nnode\0app.js\0\n` +
    `${status(20, 0, 0)}@@ cmdline 20\nsh\0-c\0script\0deroot-verify-look\0\n` +
    `${status(21, 20, 0)}@@ cmdline 21\ncat\0/proc/21/status\0\n` +
    "@@ tcp\n  sl\n   0: 00000000:1F90 00000000:0000 0A 0:0 00:0 0 0 0 1\n@@ tcp6\n@@ udp\n@@ udp6\n";
  expect(readScript(output)).toMatchObject({
    processes: [{ pid: 1, uid: 10001, command: "node app.js" }],
    listeners: [{ port: 8080 }],
  });
});

it("does not take anything else for an answer", () => {
  expect(readScript("")).toBeNull();
  expect(readScript("sh: not found\n")).toBeNull();
});

it("tells work from rest", () => {
  const at = (own: number, child = 7, childs = 3) =>
    new Map([
      [1, own],
      [child, childs],
    ]);
  expect(isBusy(at(100), at(105), 1000)).toBe(false);
  expect(isBusy(at(100), at(200), 1000)).toBe(true);
  // A loop around `sleep 1`; and one around something that computes.
  expect(isBusy(at(100), at(106, 8), 1000)).toBe(false);
  expect(isBusy(at(100, 7, 90), at(106, 8, 95), 1000)).toBe(true);
  expect(isBusy(null, at(100), 1000)).toBe(false);
});
