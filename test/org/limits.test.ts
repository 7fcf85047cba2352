import { describe, expect, test } from "vitest";
import {
  endOfQuiet,
  ledgerBudget,
  writeGate,
  type Clock,
  type Pace,
  type Wait,
} from "../../src/org/limits.ts";
import { sqliteLedger } from "../../src/org/sqlite-ledger.ts";
import { openDatabase } from "../../src/org/sqlite.ts";

const HOUR = 60 * 60 * 1000;
const at = (time: string): number => new Date(`2026-03-02T${time}:00`).getTime();

async function gateWith(pace: Pace, start = 0) {
  const ledger = sqliteLedger(await openDatabase(":memory:"), "h");
  let now = start;
  const clock: Clock = {
    now: () => now,
    sleepUntil(time) {
      now = time;
      return Promise.resolve();
    },
  };
  const waits: Wait[] = [];
  const { signal } = new AbortController();
  const open = () =>
    writeGate(
      ledgerBudget(ledger, pace.writesPerHour),
      pace.quiet,
      (wait) => waits.push(wait),
      signal,
      clock,
    );
  return { gate: open(), open, waits, now: () => now, advance: (ms: number) => (now += ms) };
}

describe("the budget of an hour", () => {
  test("lets so many through, then waits until the oldest is an hour old", async () => {
    const { gate, waits, now, advance } = await gateWith({ writesPerHour: 3, quiet: null }, 1000);
    await gate.take(2);
    advance(10_000);
    await gate.take(1);
    expect(waits).toEqual([]);
    await gate.take(1);
    expect(waits).toEqual([{ until: 1000 + HOUR + 1, why: "budget" }]);
    expect(now()).toBe(1000 + HOUR + 1);
  });

  test("never lets more through in any hour, whoever asks at the same time", async () => {
    const { gate, now } = await gateWith({ writesPerHour: 5, quiet: null }, 1);
    const times: number[] = [];
    await Promise.all(Array.from({ length: 23 }, () => gate.take(1).then(() => times.push(now()))));
    for (const time of times)
      expect(times.filter((each) => each >= time && each < time + HOUR).length).toBeLessThanOrEqual(5);
  });

  test("holds over a restart", async () => {
    const { gate, open, waits } = await gateWith({ writesPerHour: 2, quiet: null }, 5000);
    await gate.take(2);
    await open().take(1);
    expect(waits).toHaveLength(1);
  });

  test("0 is no budget", async () => {
    const { gate, waits } = await gateWith({ writesPerHour: 0, quiet: null });
    for (let i = 0; i < 1000; i++) await gate.take(1);
    expect(waits).toEqual([]);
  });
});

test("what the forge asks for holds for all", async () => {
  const { gate, waits } = await gateWith({ writesPerHour: 0, quiet: null }, 1000);
  gate.pause(61_000);
  await Promise.all([gate.take(1), gate.take(1)]);
  expect(waits).toEqual([{ until: 61_000, why: "asked-to-wait" }]);
});

test.each([
  ["12:00", "22:00", "06:00", "12:00"],
  ["23:30", "22:00", "06:00", "next 06:00"],
  ["05:59", "22:00", "06:00", "06:00"],
  ["06:00", "22:00", "06:00", "06:00"],
  ["12:30", "12:00", "13:15", "13:15"],
  ["13:15", "12:00", "13:15", "13:15"],
])("at %s, with quiet hours from %s to %s, the next write is at %s", (now, from, to, expected) => {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const end = endOfQuiet({ from: minutes(from), to: minutes(to) }, at(now));
  const wanted = expected.startsWith("next ") ? at(expected.slice(5)) + 24 * HOUR : at(expected);
  expect(end).toBe(wanted);
});
