import { describe, expect, it } from "vitest";
import { compare, incomparable, mayBeChance } from "../../src/verify/compare.ts";
import type { Observation } from "../../src/verify/types.ts";
import { answer, observation } from "./observations.ts";

interface Case {
  readonly legacy?: Partial<Observation>;
  readonly now?: Partial<Observation>;
  readonly control?: Partial<Observation>;
  readonly ports?: Readonly<Record<number, number>>;
  readonly present?: readonly string[];
  readonly home?: string;
  readonly stepsDown?: boolean;
}

function kinds({ legacy, now, control, ports = {}, present = [], home, stepsDown = false }: Case): string[] {
  return compare({
    legacy: observation(legacy),
    rewritten: observation(now),
    control: control ? observation(control) : null,
    mapped: (port) => ports[port] ?? port,
    present: new Set(present),
    home: home ?? null,
    stepsDown,
  }).map(({ kind }) => kind);
}

const tcp = (port: number, more = {}) =>
  ({ port, protocol: "tcp", loopback: false, ipv6: false, ...more }) as const;
const process = (uid: number, capabilities: readonly string[] = []) =>
  ({ pid: 1, parent: 0, name: "a", command: "a", uid, gid: uid, capabilities }) as const;

describe("what counts as different", () => {
  it("nothing, where all is as before", () => {
    expect(kinds({})).toEqual([]);
  });

  it.each<[string, Case, string[]]>([
    ["it does not start", { now: { refused: "exec /a: permission denied", running: false } }, ["start"]],
    ["it stops", { now: { running: false, exitCode: 1 } }, ["stopped"]],
    ["a job that does not end", { legacy: { running: false, exitCode: 0 } }, ["stopped"]],
    [
      "a job's exit code",
      { legacy: { running: false, exitCode: 0 }, now: { running: false, exitCode: 3 } },
      ["exit-code"],
    ],
    [
      "a job's output",
      {
        legacy: { running: false, exitCode: 0, stdout: "a" },
        now: { running: false, exitCode: 0, stdout: "b" },
      },
      ["output"],
    ],
    ["root is still root", { now: { processes: [process(0), process(5)] } }, ["root"]],
    ["capabilities", { now: { processes: [process(5, ["NET_RAW"])] } }, ["capabilities"]],
    ["a port is gone", { legacy: { listeners: [tcp(80)] } }, ["port"]],
    [
      "a port did not move along",
      { legacy: { listeners: [tcp(80)] }, now: { listeners: [tcp(80)] }, ports: { 80: 8080 } },
      ["port"],
    ],
    [
      "a port is closed to the outside",
      { legacy: { listeners: [tcp(80)] }, now: { listeners: [tcp(80, { loopback: true })] } },
      ["port"],
    ],
    [
      "IPv6 is gone",
      { legacy: { listeners: [tcp(80, { ipv6: true })] }, now: { listeners: [tcp(80)] } },
      ["port"],
    ],
    [
      "the health check fails",
      { legacy: { health: { code: 0, output: "" } }, now: { health: { code: 1, output: "" } } },
      ["health"],
    ],
    [
      "another status",
      { legacy: { answers: [answer()] }, now: { answers: [answer({ status: 500 })] } },
      ["answer"],
    ],
    [
      "no answer",
      { legacy: { answers: [answer()] }, now: { answers: [answer({ status: null, failure: "refused" })] } },
      ["answer"],
    ],
    [
      "another body",
      { legacy: { answers: [answer()] }, now: { answers: [answer({ body: "bye" })] } },
      ["answer"],
    ],
    ["complaints in the log", { now: { stderr: "open /x: permission denied" } }, ["log"]],
    ["files that are not written", { legacy: { written: [{ path: "/app/x", kind: "created" }] } }, ["files"]],
    [
      "other content in a volume",
      {
        legacy: { written: [{ path: "/data/x", kind: "created", text: "one\n" }] },
        now: { written: [{ path: "/data/x", kind: "created", text: "two\n" }] },
      },
      ["files"],
    ],
    ["files that are not deleted", { legacy: { written: [{ path: "/app/x", kind: "deleted" }] } }, ["files"]],
  ])("%s", (_, each, expected) => {
    expect(kinds(each)).toEqual(expected);
  });

  it.each<[string, Case]>([
    [
      "a port that moved on purpose",
      { legacy: { listeners: [tcp(80)] }, now: { listeners: [tcp(8080)] }, ports: { 80: 8080 } },
    ],
    ["a port that the kernel chose", { legacy: { listeners: [tcp(40000, { loopback: true })] } }],
    [
      "a body that varies",
      { legacy: { answers: [answer({ varies: true })] }, now: { answers: [answer({ body: "x" })] } },
    ],
    [
      "a body with the time, the container's id and the port",
      {
        legacy: { answers: [answer({ body: "up since 10:00:01 on 0123456789ab at :80" })] },
        now: { answers: [answer({ body: "up since 10:00:02 on ba9876543210 at :8080" })] },
        ports: { 80: 8080 },
      },
    ],
    [
      "a port that does not speak HTTP before and after",
      {
        legacy: { answers: [answer({ status: null, failure: "it does not speak HTTP" })] },
        now: { answers: [answer({ status: null, failure: "it does not speak HTTP" })] },
      },
    ],
    [
      "a body that is another one at each start",
      {
        legacy: { answers: [answer()] },
        now: { answers: [answer({ body: "b" })] },
        control: { answers: [answer({ body: "c" })] },
      },
    ],
    [
      "a complaint that root had too",
      { legacy: { stderr: "open /x: permission denied" }, now: { stderr: "open /x: permission denied" } },
    ],
    [
      "a file below the home that moved",
      {
        legacy: { written: [{ path: "/root/.x/a", kind: "created" }] },
        now: { written: [{ path: "/home/app/.x/a", kind: "created" }] },
        home: "/home/app",
      },
    ],
    [
      "a pid file that moved, and names with a time",
      {
        legacy: {
          written: [
            { path: "/run/a.pid", kind: "created" },
            { path: "/l/2024-01-01.log", kind: "created" },
          ],
        },
        now: {
          written: [
            { path: "/tmp/a.pid", kind: "created" },
            { path: "/l/2024-01-02.log", kind: "created" },
          ],
        },
      },
    ],
    [
      "a directory that the image brings now",
      { legacy: { written: [{ path: "/app/tmp", kind: "created" }] }, present: ["/app/tmp"] },
    ],
    [
      "content of a volume in which only times, ports that moved and the home differ",
      {
        legacy: { written: [{ path: "/d/x", kind: "created", text: "2024-01-01 10:00:00 :80 /root/a" }] },
        now: { written: [{ path: "/d/x", kind: "created", text: "2024-01-01 10:00:01 :8080 /home/app/a" }] },
        ports: { 80: 8080 },
        home: "/home/app",
      },
    ],
    ["files in /tmp", { legacy: { written: [{ path: "/tmp/x", kind: "created" }] } }],
    ["a supervisor that steps down", { now: { processes: [process(0), process(5)] }, stepsDown: true }],
  ])("not: %s", (_, each) => {
    expect(kinds(each)).toEqual([]);
  });
});

describe("what is no measure", () => {
  it.each<[string, Partial<Observation>, RegExp]>([
    ["does not start", { refused: "no such file" }, /does not start/],
    [
      "stops with an error",
      { running: false, exitCode: 1, stderr: "no database" },
      /exit code 1: no database/,
    ],
    [
      "stops and says why before it prints more",
      {
        running: false,
        exitCode: 1,
        stderr: "Error: no DATABASE_URL\n    at Object.error (/a.js:3)\n}\nNode.js v20.0.0\n",
      },
      /exit code 1: Error: no DATABASE_URL$/,
    ],
    [
      "fails its own probe",
      {
        answers: [
          answer({ probe: { kind: "http", method: "GET", port: 80, path: "/", status: 200 }, status: 404 }),
        ],
      },
      /itself does not answer/,
    ],
  ])("a legacy image that %s", (_, legacy, reason) => {
    expect(incomparable(observation(legacy))).toMatch(reason);
  });

  it("but a job that ends well, or a port that does not speak HTTP, is", () => {
    expect(incomparable(observation({ running: false, exitCode: 0 }))).toBeNull();
    expect(
      incomparable(observation({ answers: [answer({ status: null, failure: "it does not speak HTTP" })] })),
    ).toBeNull();
  });
});

it("tries chance only where it can be the reason", () => {
  expect(mayBeChance({ kind: "output" })).toBe(true);
  expect(mayBeChance({ kind: "root" })).toBe(false);
});
