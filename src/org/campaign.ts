/** Takes the job to every repository: found, queued, done, remembered. */
import type { Forge, Repository, Where } from "./forge.ts";
import type { Job, JobResult, JobSettings, Task } from "./job.ts";
import type { Ledger, RepositoryRecord } from "./ledger.ts";
import type { Queue } from "./queue.ts";
import { opened } from "./run-job.ts";
import { isWanted, type Filter } from "./select.ts";

export interface CampaignOptions {
  readonly task: Task;
  readonly where: Where;
  readonly filter: Filter;
  readonly settings: JobSettings;
  /** How many pull requests may be opened; null for no bound. */
  readonly max: number | null;
  /** Repository to branch to digest; null when all is approved. */
  readonly approved: Approved | null;
  /** Markdown of `deroot verify` for a repository. */
  readonly verification: (repository: string) => string | null;
}

export type Approved = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What runs the jobs: here, or in workers that share a queue. Each job ends up in `settled`, exactly once. */
export type OpenQueue = (settled: (job: Job, result: JobResult) => Promise<void>) => Promise<Queue<Job>>;

/**
 * @param onResult what became of one repository, as it settles.
 * @returns how many pull requests were opened.
 */
export async function runCampaign(
  forge: Forge,
  ledger: Ledger,
  openQueue: OpenQueue,
  options: CampaignOptions,
  onResult: (repository: Repository, result: JobResult) => void | Promise<void>,
): Promise<number> {
  const allowance = new Allowance(options.max);
  // A shared queue also brings what an earlier run, killed since, had handed out.
  const handedOut = new Set<string>();
  const queue = await openQueue(async (job, result) => {
    if (!isSame(job.record, result.record)) await ledger.put(result.record);
    allowance.settle(result, handedOut.delete(job.repository.name) ? job.mayOpen : 0);
    await onResult(job.repository, result);
  });
  try {
    for await (const repository of forge.find(options.where)) {
      if (!isWanted(repository, options.filter)) continue;
      const mayOpen = options.task === "open" ? await allowance.take() : 0;
      if (options.task === "open" && mayOpen === 0) break;
      const job: Job = {
        task: options.task,
        repository,
        record: await ledger.get(repository.name),
        settings: options.settings,
        mayOpen,
        verification: options.verification(repository.name),
        approved: options.approved === null ? null : (options.approved[repository.name] ?? {}),
      };
      if (mayOpen > 0) handedOut.add(repository.name);
      await queue.add(`${options.task}:${repository.name}`, job);
    }
    await queue.drain();
  } finally {
    await queue.close();
  }
  return allowance.opened;
}

/** A repository takes some of those that may be opened, and gives back what it did not use when it has settled. */
class Allowance {
  readonly #max: number | null;
  #taken = 0;
  #waiting: (() => void)[] = [];
  opened = 0;

  constructor(max: number | null) {
    this.#max = max;
  }

  /** How many one repository may open; 0 when all that may be opened have been. */
  async take(): Promise<number> {
    while (this.#left <= 0) {
      if (this.#taken === 0) return 0;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const count = Math.min(this.#left, MOST_IN_ONE);
    this.#taken += count;
    return count;
  }

  settle({ did }: JobResult, taken: number): void {
    this.opened += opened(did);
    this.#taken -= taken;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get #left(): number {
    return this.#max === null ? Infinity : this.#max - this.opened - this.#taken;
  }
}

/** New pull requests in one repository and one run, with one per directory: its people have other work, too. */
const MOST_IN_ONE = 10;

/** On a second run most records say what they said. */
function isSame(before: RepositoryRecord | null, after: RepositoryRecord): boolean {
  if (before === null) return false;
  return JSON.stringify({ ...before, updatedAt: "" }) === JSON.stringify({ ...after, updatedAt: "" });
}
