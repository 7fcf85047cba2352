/** The queue of one process. */
import type { OpenQueue } from "./campaign.ts";
import type { Forge } from "./forge.ts";
import { processQueue } from "./queue.ts";
import { runJob } from "./run-job.ts";

export function inProcess(forge: Forge, concurrency: number): OpenQueue {
  return (settled) =>
    Promise.resolve(processQueue(async (job) => settled(job, await runJob(forge, job)), concurrency));
}
