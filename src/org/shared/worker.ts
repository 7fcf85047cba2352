/** Jobs that workers on several machines do: the side that does them. */
import type { Store } from "./store.ts";

export interface WorkerOptions<Result> {
  readonly concurrency: number;
  /** Milliseconds after which a job whose worker is gone is given to another one. */
  readonly stalledAfter: number;
  /** True for an error after which this worker can do nothing more: its token is no longer good, say. */
  readonly isFatal: (error: unknown) => boolean;
  readonly onDone?: (result: Result) => void;
}

export interface SharedWorker {
  /** Rejects when this worker can do nothing more; resolves after `close`. */
  readonly ended: Promise<void>;
  /** Takes no further job, and waits for those that it does. */
  close(): Promise<void>;
}

/** Does the jobs of the queue `name`. A job that rejects goes back to the queue, until its attempts are used up. */
export function startWorker<Job, Result>(
  store: Store,
  name: string,
  run: (job: Job) => Promise<Result>,
  { concurrency, stalledAfter, isFatal, onDone }: WorkerOptions<Result>,
): SharedWorker {
  const { promise: ended, resolve, reject } = deferred();
  const worker = store.worker<Job, Result>(
    name,
    async (job) => {
      try {
        const result = await run(job.data);
        onDone?.(result);
        return result;
      } catch (error) {
        if (isFatal(error)) void worker.close().then(() => reject(error));
        throw error;
      }
    },
    {
      concurrency,
      lockDuration: stalledAfter,
      stalledInterval: stalledAfter,
      // A worker may be killed over and over without any fault of the job.
      maxStalledCount: 100,
    },
  );
  worker.on("error", () => undefined);
  return {
    ended,
    async close() {
      await worker.close();
      resolve();
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
