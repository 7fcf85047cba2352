/** The budget of writes of workers that share a store. */
import { RateLimiterRes } from "rate-limiter-flexible";
import type { Budget, Wait } from "../limits.ts";
import type { Store } from "./store.ts";

/**
 * The budget comes in portions of five minutes, so that no hour, wherever it begins, sees more than one portion above
 * it. All workers of a queue have to be told the same budget.
 */
export async function sharedBudget(store: Store, name: string, writesPerHour: number): Promise<Budget> {
  const portion =
    writesPerHour === 0 ? Number.MAX_SAFE_INTEGER : Math.max(1, Math.floor(writesPerHour / PORTIONS));
  const writes = await store.limiter(`${name}-writes`, portion, SECONDS / PORTIONS);
  const pauses = await store.limiter(`${name}-pauses`, 1, 1);
  return {
    async take(count, now) {
      const paused = await pauses.get(KEY);
      if (paused !== null && paused.msBeforeNext > 0) return wait(now, paused, "asked-to-wait");
      try {
        await writes.consume(KEY, Math.min(count, portion));
        return null;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return wait(now, refusal, "budget");
        throw refusal;
      }
    },
    async pause(until) {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      const paused = await pauses.get(KEY);
      if (seconds * 1000 > (paused?.msBeforeNext ?? 0)) await pauses.block(KEY, seconds);
    },
  };
}

function wait(now: number, { msBeforeNext }: RateLimiterRes, why: Wait["why"]): Wait {
  return { until: now + Math.max(msBeforeNext, 50), why };
}

const KEY = "all";
const SECONDS = 60 * 60;
const PORTIONS = 12;
