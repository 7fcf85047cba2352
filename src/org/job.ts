/**
 * The job of a campaign: one repository, from what the forge listed of it to a record of what was done. Plain data goes
 * in and comes out, so that it can be run in another process; what it does follows from the forge, the repository and
 * the settings alone.
 */
import type { Repository } from "./forge.ts";
import type { RepositoryRecord } from "./ledger.ts";
import type { ProposalOptions } from "./options.ts";

export interface Job {
  readonly task: Task;
  readonly repository: Repository;
  /** What is remembered of it. */
  readonly record: RepositoryRecord | null;
  readonly settings: JobSettings;
  /** How many pull requests that are not there yet may be opened. */
  readonly mayOpen: number;
  /** Branch to digest of what was approved; null when all is. */
  readonly approved: Readonly<Record<string, string>> | null;
  /** Markdown of `deroot verify`, where somebody has run it. */
  readonly verification: string | null;
}

/** `plan` only looks, `open` proposes, `sync` refreshes and withdraws what is open, `close` withdraws all of it. */
export type Task = "plan" | "open" | "sync" | "close";

export interface JobSettings {
  /** The fixed name of our branch; with a pull request per directory the beginning of the names. */
  readonly branch: string;
  /** From the command line. */
  readonly given: Partial<ProposalOptions>;
  readonly organisation: Partial<ProposalOptions>;
  /** Who we are in the forge: commits of others on our branch are people's. */
  readonly login: string;
  readonly forks: boolean;
  readonly templates: boolean;
  /** Of deroot. */
  readonly version: string;
}

export interface JobResult {
  readonly record: RepositoryRecord;
  readonly did: readonly Deed[];
}

/** What was done to one pull request. */
export interface Deed {
  readonly kind: "opened" | "updated" | "closed";
  readonly url: string;
  /** Labels and people that the forge did not take. */
  readonly leftOut: readonly string[];
}
