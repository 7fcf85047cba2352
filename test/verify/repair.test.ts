import { expect, it } from "vitest";
import { learnFromFailure } from "../../src/verify/repair.ts";
import { observation, verification } from "./observations.ts";

function lesson(...log: string[]) {
  return learnFromFailure(
    verification({ verdict: "different", rewritten: [observation({ stderr: log.join("\n") })] }),
  );
}

it("turns refusals into evidence, relative paths by the working directory", () => {
  const { runs, obstacles } = lesson(
    "Error: EACCES: permission denied, mkdir 'tmp'",
    "PermissionError: [Errno 13] Permission denied: '/var/lib/app/db'",
    "exec /start.sh: permission denied",
    "Error: $HOME is not defined",
  );
  expect(runs).toMatchObject({
    written: [
      { path: "/app/tmp", kind: "refused", directory: true },
      { path: "/var/lib/app/db", kind: "refused", directory: false },
    ],
    notExecutable: ["/start.sh"],
    needsHome: true,
  });
  expect(obstacles).toEqual([]);
});

it("never asks for a directory of the system: it says what is in the way", () => {
  const { runs, obstacles } = lesson(
    "mkdir: cannot create directory '/var/lib': Permission denied",
    "touch: cannot touch '/etc': Permission denied",
    "setgid: Operation not permitted",
    "sh: can't create x: Read-only file system",
    "permission denied",
  );
  expect(runs.written).toEqual([]);
  expect(obstacles).toHaveLength(5);
  expect(obstacles[0]).toContain("/var/lib");
});

it("does not learn from what root was refused too", () => {
  const log = "open /x/y: permission denied";
  const same = verification({
    legacy: observation({ stderr: log }),
    rewritten: [observation({ stderr: log })],
  });
  expect(learnFromFailure(same).runs.written).toEqual([]);
});
