/** How much may be written, and when: a budget of writes per hour, hours of rest, and what the forge asks for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";

/** Stands before every write. Workers that share a forge share a gate. */
export interface WriteGate {
  /** Resolves when so many writes may be sent, and counts them. */
  take(count: number): Promise<void>;
  /** Nobody writes before that time (milliseconds since the epoch). */
  pause(until: number): void;
}

export interface Pace {
  /** 0 for no budget. */
  readonly writesPerHour: number;
  /** Local time, minutes since midnight; may pass midnight. */
  readonly quiet: { readonly from: number; readonly to: number } | null;
}

/** GitHub documents about 80 content-creating requests a minute and 500 an hour; people work beside us. */
export const DEFAULT_PACE: Pace = { writesPerHour: 300, quiet: null };

export interface Wait {
  readonly until: number;
  readonly why: "budget" | "quiet-hours" | "asked-to-wait" | "rate-limit";
}

export interface Clock {
  now(): number;
  /** Rejects when the signal says so. */
  sleepUntil(time: number, signal: AbortSignal): Promise<void>;
}

export const CLOCK: Clock = {
  now: () => Date.now(),
  async sleepUntil(time, signal) {
    // Timers hold 2^31 ms at most, and a laptop sleeps in between.
    for (let left = time - Date.now(); left > 0; left = time - Date.now())
      await sleep(Math.min(left, MINUTE), undefined, { signal });
  },
};

/** The writes of an hour, counted where all who write can see it. */
export interface Budget {
  /** Takes so many writes and resolves with null, or with what to wait for before asking again. */
  take(count: number, now: number): Promise<Wait | null>;
  /** Gives nothing before that time. */
  pause(until: number): Promise<void>;
}

export function writeGate(
  budget: Budget,
  quiet: Pace["quiet"],
  onWait: (wait: Wait) => void,
  signal: AbortSignal,
  clock: Clock = CLOCK,
): WriteGate {
  let last: Promise<unknown> = Promise.resolve();
  const pass = async (count: number): Promise<void> => {
    for (;;) {
      const now = clock.now();
      const rest = quiet === null ? now : endOfQuiet(quiet, now);
      const wait: Wait | null =
        rest > now ? { until: rest, why: "quiet-hours" } : await budget.take(count, now);
      if (wait === null) return;
      onWait(wait);
      await clock.sleepUntil(wait.until, signal);
    }
  };
  return {
    take(count) {
      // One after the other, so that two never take the last write of the hour.
      const turn = last.then(() => pass(count));
      last = turn.catch(() => undefined);
      return turn;
    },
    pause(until) {
      last = Promise.all([last, budget.pause(until).catch(() => undefined)]);
    },
  };
}

/** The budget of one process; the ledger keeps count over restarts. */
export function ledgerBudget(
  ledger: Pick<Ledger, "addWrites" | "writesSince">,
  writesPerHour: number,
): Budget {
  let pausedUntil = 0;
  return {
    async take(count, now) {
      if (pausedUntil > now) return { until: pausedUntil, why: "asked-to-wait" };
      const free = writesPerHour === 0 ? now : await budgetFree(ledger, writesPerHour, count, now);
      if (free > now) return { until: free, why: "budget" };
      await ledger.addWrites(now, count);
      return null;
    },
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until);
      return Promise.resolve();
    },
  };
}

/** When so many writes fit into the hour that ends then. */
async function budgetFree(
  ledger: Pick<Ledger, "writesSince">,
  writesPerHour: number,
  count: number,
  now: number,
): Promise<number> {
  const recent = await ledger.writesSince(now - HOUR);
  let total = recent.reduce((sum, write) => sum + write.count, 0);
  let free = now;
  for (const write of recent) {
    if (total + count <= writesPerHour) break;
    total -= write.count;
    free = write.at + HOUR + 1;
  }
  return free;
}

/** `now` outside quiet hours, else their end. */
export function endOfQuiet(quiet: NonNullable<Pace["quiet"]>, now: number): number {
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  const { from, to } = quiet;
  const isQuiet = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return now;
  date.setHours(Math.floor(to / 60), to % 60, 0, 0);
  if (date.getTime() <= now) date.setDate(date.getDate() + 1);
  return date.getTime();
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
