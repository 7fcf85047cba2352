/**
 * What is remembered between runs, so that a run of days can be stopped and resumed without asking everything again.
 * The forge is the truth: what is lost here is found there again, at the price of some requests.
 */
import type { PullRequest } from "./forge.ts";

export interface Ledger {
  get(repository: string): Promise<RepositoryRecord | null>;
  /** Replaces what was known. */
  put(record: RepositoryRecord): Promise<void>;
  /** Sorted by name. */
  all(): AsyncIterable<RepositoryRecord>;

  /** Writes sent to the forge, for the budget of an hour, which holds over restarts. */
  addWrites(at: number, count: number): Promise<void>;
  /** Times (milliseconds since the epoch) and counts, oldest first. */
  writesSince(time: number): Promise<readonly { readonly at: number; readonly count: number }[]>;

  close(): Promise<void>;
}

export interface RepositoryRecord {
  /** `owner/name`. */
  readonly repository: string;
  readonly url: string;
  /** What was looked at; null when it was skipped, or failed before. */
  readonly tree: string | null;
  /** Stands for the version of deroot and the options under which `tree` was looked at. */
  readonly settings: string;
  readonly outcome: Outcome;
  /** Why it was skipped or has failed: a code and a sentence. */
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly dockerfiles: DockerfileCounts;
  /** One per branch of ours. */
  readonly proposals: readonly ProposalRecord[];
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** `rewritten`: there is something to propose. `failed`: to be tried again. */
export type Outcome = "rewritten" | "unchanged" | "declined" | "skipped" | "failed";

export interface DockerfileCounts {
  readonly total: number;
  /** End as root as they stand on the default branch. */
  readonly root: number;
  readonly rewritten: number;
  readonly declined: number;
  readonly failed: number;
}

export interface ProposalRecord {
  readonly branch: string;
  /** Of the files that would be committed. */
  readonly digest: string;
  readonly state: ProposalState;
  readonly pullRequest: Pick<
    PullRequest,
    "number" | "url" | "head" | "createdAt" | "checks" | "review" | "conflicts"
  > | null;
  readonly note: string | null;
}

/**
 * `none`: not opened yet. `open`. `merged`. `refused`: a person closed it, and that is a no. `withdrawn`: deroot closed it.
 * `theirs`: people have committed to the branch, so it is left to them. `conflicts`: open, and does not merge.
 */
export type ProposalState = "none" | "open" | "merged" | "refused" | "withdrawn" | "theirs" | "conflicts";
