/**
 * The job of a campaign: one repository, from what the forge listed of it to a record of what was done. Plain data goes
 * in and comes out, so that it can be run in another process.
 */
import type { Config } from "../config/options.ts";
import type { Repository } from "./forge.ts";
import type { RepositoryRecord } from "./ledger.ts";

export interface Job {
  /** `open` proposes what is new, `sync` refreshes and withdraws what is open, `plan` only looks. */
  readonly task: "plan" | "open" | "sync" | "close";
  readonly repository: Repository;
  /** What is remembered of it. */
  readonly record: RepositoryRecord | null;
  readonly settings: JobSettings;
}

/** What the command line and the organisation's configuration ask for; the repository's own comes on top. */
export interface JobSettings {
  readonly branch: string;
  /** One pull request for the repository, or one per directory with Dockerfiles. */
  readonly per: "repository" | "directory";
  readonly rewrite: Config;
  readonly title: string | null;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly reviewers: readonly string[] | "codeowners";
  readonly milestone: string | null;
  /** Stands for the version of deroot and everything above that changes what a look at a tree comes to. */
  readonly key: string;
  /** Who we are in the forge: commits of others on our branch are people's. */
  readonly login: string;
}
