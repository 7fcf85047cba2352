/** The queue that workers on other machines empty, and what such a worker does. */
import type { OpenQueue } from "./campaign.ts";
import { OrgError } from "./errors.ts";
import { isFatal, type Forge } from "./forge.ts";
import type { Job, JobResult } from "./job.ts";
import { runJob } from "./run-job.ts";
import { sharedQueue, type SharedQueueOptions } from "./shared/queue.ts";
import type { Store } from "./shared/store.ts";
import { startWorker, type SharedWorker } from "./shared/worker.ts";

/** One queue for each owner on each forge: what shares a limit shares a queue. */
export function queueName(host: string, owner: string): string {
  return `${host}/${owner.toLowerCase()}`.replaceAll(":", "_");
}

export function inWorkers(store: Store, name: string, options: Partial<SharedQueueOptions>): OpenQueue {
  return (settled) => sharedQueue<Job, JobResult>(store, name, settled, options);
}

/** What every job of a campaign was made with; a worker has to be the same. */
export interface WorkerIdentity {
  readonly login: string;
  readonly version: string;
}

export function campaignWorker(
  store: Store,
  name: string,
  forge: Forge,
  identity: WorkerIdentity,
  options: { readonly concurrency: number; readonly onDone: (result: JobResult) => void },
): SharedWorker {
  const run = (job: Job): Promise<JobResult> => {
    check(job, identity);
    return runJob(forge, job);
  };
  return startWorker<Job, JobResult>(store, name, run, {
    ...options,
    stalledAfter: STALLED_AFTER,
    isFatal: (error) => isFatal(error) || error instanceof OrgError,
  });
}

/** Commits of another login would count as people's; another version would see other changes. */
function check({ settings }: Job, { login, version }: WorkerIdentity): void {
  if (settings.login !== login)
    throw new OrgError(
      `the campaign runs as ${settings.login}, this worker as ${login}`,
      "Give all of them a token of the same account.",
    );
  if (settings.version !== version)
    throw new OrgError(
      `the campaign runs deroot ${settings.version}, this worker ${version}`,
      "Install the same version everywhere.",
    );
}

const STALLED_AFTER = 15_000;
