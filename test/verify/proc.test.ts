import { describe, expect, it } from "vitest";
import {
  capabilityNames,
  readActivity,
  readIdMap,
  readSockets,
  readStatus,
  unique,
} from "../../src/verify/proc.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

describe("sockets", () => {
  it("finds listening TCP sockets and nothing else", () => {
    const table =
      HEAD +
      "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n" +
      "   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0\n" +
      "   2: 020011AC:1F90 010011AC:D2F4 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0 20 4 30 10 -1\n";
    expect(readSockets(table, "tcp")).toEqual([
      { port: 3306, protocol: "tcp", loopback: true, ipv6: false },
      { port: 8080, protocol: "tcp", loopback: false, ipv6: false },
    ]);
  });

  it("reads IPv6 addresses", () => {
    const row = (address: string): string =>
      `   0: ${address}:0050 ${"0".repeat(32)}:0000 0A 0:0 00:0 0 0 0 1\n`;
    const read = (address: string): unknown => readSockets(HEAD + row(address), "tcp")[0];
    expect(read("0".repeat(32))).toEqual({ port: 80, protocol: "tcp", loopback: false, ipv6: true });
    expect(read(`${"0".repeat(24)}01000000`)).toMatchObject({ loopback: true });
    expect(read("0000000000000000FFFF00000100007F")).toMatchObject({ loopback: true });
  });

  it("leaves out the engine's own name server and the ports of clients", () => {
    const row = (address: string, state: string): string =>
      `   0: ${address} 00000000:0000 ${state} 0:0 00:0 0 0 0 1\n`;
    expect(readSockets(HEAD + row("0B00007F:9C41", "0A"), "tcp")).toEqual([]);
    expect(readSockets(HEAD + row("00000000:0035", "07"), "udp")).toMatchObject([
      { port: 53, protocol: "udp" },
    ]);
    expect(readSockets(HEAD + row("00000000:E000", "07"), "udp")).toEqual([]);
  });

  it("takes a port that is open on any address for open", () => {
    const at = (loopback: boolean, ipv6: boolean) => ({ port: 80, protocol: "tcp", loopback, ipv6 }) as const;
    expect(unique([at(true, false), at(false, true)])).toEqual([at(false, true)]);
  });

  it.each(["", "garbage", HEAD, "0: zz:1F90"])("takes %j for nothing", (text) => {
    expect(readSockets(text, "tcp")).toEqual([]);
  });
});

describe("status", () => {
  const STATUS = [
    "Name:\tnginx",
    "State:\tS (sleeping)",
    "Pid:\t4711",
    "PPid:\t4700",
    "Uid:\t0\t101\t101\t101",
    "Gid:\t0\t101\t101\t101",
    "NSpid:\t4711\t7",
    "CapEff:\t0000000000000400",
  ].join("\n");

  it("tells the effective ids and capabilities, and the pid inside the container", () => {
    expect(readStatus(STATUS, "nginx: worker\0process\0")).toEqual({
      pid: 7,
      parent: 4700,
      name: "nginx",
      command: "nginx: worker process",
      uid: 101,
      gid: 101,
      capabilities: ["NET_BIND_SERVICE"],
    });
  });

  it("does not know processes that have ended", () => {
    expect(readStatus("", "")).toBeNull();
    expect(readStatus(STATUS.replace("S (sleeping)", "Z (zombie)"), "")).toBeNull();
  });

  it("names capabilities, also those that are newer than deroot", () => {
    expect(capabilityNames("00000000a80425fb")).toHaveLength(14);
    expect(capabilityNames("0000000000000000")).toEqual([]);
    expect(capabilityNames("8000000000000000")).toEqual(["CAPABILITY_63"]);
    expect(capabilityNames("none")).toEqual([]);
  });
});

describe("ids in a user namespace", () => {
  it("are those inside, as a rootless engine maps them", () => {
    const inside = readIdMap("         0       1000          1\n         1     100000      65536\n");
    expect([1000, 100000, 110000, 0].map(inside)).toEqual([0, 1, 10001, 65534]);
  });

  it("are the same where nothing is mapped, or the map cannot be read", () => {
    for (const map of ["         0          0 4294967295\n", ""]) {
      expect([0, 10001].map(readIdMap(map))).toEqual([0, 10001]);
    }
  });
});

it("counts switches and ticks, whatever a process is called", () => {
  const stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 1 0 100 1000 10";
  const status = "Name:\ta\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t2\n";
  expect(readActivity(status, stat)).toBe(49);
  expect(readActivity("", "")).toBe(0);
});
