/** Jobs that workers on several machines do: the side that hands them out and collects what comes of them. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job as BullJob, Queue as BullQueue } from "bullmq";
import type { Queue } from "../queue.ts";
import { StoreError, type Store } from "./store.ts";

export interface SharedQueueOptions {
  /** At most so many jobs wait for a worker. */
  readonly room: number;
  /** How often a job that rejects is tried in all, by whichever worker. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubles each time. */
  readonly backOff: number;
  /** Milliseconds between two looks at what has been done. */
  readonly interval: number;
  /** Ends the waiting; what waits for a worker is taken away by `close`. */
  readonly signal: AbortSignal | null;
  /** Called once when jobs wait and no worker is there. */
  readonly onNoWorker: () => void;
}

/**
 * The queue `name` in a store. `settle` is called with each job and its result, at least once: a result stays in the store
 * until `settle` has returned, so that none is lost when this process is killed.
 *
 * What an earlier run left waiting is taken away, since this one adds it again if it is still wanted; what a worker has
 * begun ends, and is settled here.
 */
export async function sharedQueue<Job, Result>(
  store: Store,
  name: string,
  settle: (job: Job, result: Result) => Promise<void>,
  options: Partial<SharedQueueOptions> = {},
): Promise<Queue<Job>> {
  const { room, attempts, backOff, interval, signal, onNoWorker } = { ...DEFAULTS, ...options };
  const queue = store.queue<Job, Result>(name);
  await queue.waitUntilReady();
  await queue.drain(true);

  const pending = new Set<string>();
  let failure: { readonly error: unknown } | null = null;
  let lastProgress = Date.now();
  let hasTold = false;
  const check = (): void => {
    if (failure !== null) throw failure.error;
  };

  async function collect(): Promise<void> {
    for (const job of await queue.getJobs(["completed", "failed"], 0, 199)) {
      if (job?.id === undefined) continue;
      if (await job.isFailed()) failure ??= { error: new Error(job.failedReason) };
      else await settle(job.data, job.returnvalue);
      await removed(job);
      pending.delete(job.id);
      lastProgress = Date.now();
    }
    if (pending.size > 0 && Date.now() - lastProgress > interval * STALE) await findOutWhy();
  }

  /** Nobody does the jobs; or a second campaign on the same queue has taken them away, and we would wait for ever. */
  async function findOutWhy(): Promise<void> {
    lastProgress = Date.now();
    if (!hasTold && (await queue.getWorkersCount()) === 0) {
      hasTold = true;
      onNoWorker();
    }
    for (const id of [...pending].slice(0, 10)) {
      if ((await queue.getJob(id)) !== undefined || !pending.has(id)) continue;
      throw new StoreError(
        "taken",
        `another campaign has taken over the queue ${name}`,
        "Let it finish, or end it, and run this again.",
      );
    }
  }

  async function collectUntil(done: () => boolean): Promise<void> {
    for (;;) {
      await collect();
      check();
      if (done()) return;
      await sleep(interval, undefined, signal === null ? {} : { signal });
    }
  }

  await collectUntil(() => true);
  return {
    async add(id, data) {
      const jobId = createHash("sha256").update(id).digest("hex");
      if (pending.has(jobId)) return;
      pending.add(jobId);
      await (queue as Untyped).add("repository", data, {
        jobId,
        attempts,
        backoff: { type: "exponential", delay: backOff, jitter: 0.5 },
      });
      if (pending.size >= room) await collectUntil(() => pending.size < room);
      else check();
    },
    async drain() {
      await collectUntil(() => pending.size === 0);
    },
    async close() {
      await queue.drain(true);
      await queue.close();
    },
  };
}

/** The library works out names and data from a generic type, and cannot for one that is not known yet. */
type Untyped = BullQueue<unknown>;

/** Another look may have removed it meanwhile. */
async function removed(job: BullJob): Promise<void> {
  await job.remove().catch(() => undefined);
}

const DEFAULTS: SharedQueueOptions = {
  room: 1000,
  attempts: 5,
  backOff: 2000,
  interval: 250,
  signal: null,
  onNoWorker: () => undefined,
};
/** So many looks without any progress: time to see whether the jobs are there at all. */
const STALE = 40;
