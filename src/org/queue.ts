/** Where jobs wait for their turn. In one process it is memory; beyond that, something that workers share. */
import PQueue from "p-queue";

export interface Queue<Job> {
  /**
   * Takes a job that is not there yet by its id, and resolves as soon as there is room for the next one: whoever adds
   * 100,000 jobs never has more than a few in memory.
   */
  add(id: string, job: Job): Promise<void>;
  /** Resolves when every job is settled; rejects with the first error of a handler. */
  drain(): Promise<void>;
  /** Starts no further job, and waits for those that run. */
  close(): Promise<void>;
}

/**
 * Runs one job. It can be run again after a crash, anywhere, so it starts by looking at what is there. A job that
 * rejects ends the run: what is wrong with one repository is a result, not an error.
 */
export type Handler<Job> = (job: Job) => Promise<void>;

export function processQueue<Job>(handle: Handler<Job>, concurrency: number): Queue<Job> {
  const queue = new PQueue({ concurrency });
  const known = new Set<string>();
  let failure: { readonly error: unknown } | null = null;
  const check = (): void => {
    if (failure !== null) throw failure.error;
  };
  return {
    async add(id, job) {
      check();
      if (known.has(id)) return;
      known.add(id);
      void queue.add(async () => {
        if (failure !== null) return;
        try {
          await handle(job);
        } catch (error) {
          failure ??= { error };
        }
      });
      await queue.onSizeLessThan(concurrency * 2);
    },
    async drain() {
      await queue.onIdle();
      check();
    },
    async close() {
      queue.clear();
      await queue.onIdle();
    },
  };
}
