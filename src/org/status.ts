/** What a campaign has come to, repository by repository, and in all. */
import type { Repository } from "./forge.ts";
import type { JobResult } from "./job.ts";
import type { DockerfileCounts, ProposalRecord, ProposalState } from "./ledger.ts";

export interface StatusRow {
  readonly repository: string;
  readonly url: string;
  readonly state: RowState;
  /** Why it is as it is. */
  readonly note: string | null;
  readonly dockerfiles: DockerfileCounts;
  readonly proposals: readonly StatusProposal[];
}

/** The most urgent of its pull requests, or what was found where there are none. */
export type RowState =
  Exclude<ProposalState, "none"> | "to-open" | "nothing-to-do" | "declined" | "skipped" | "failed";

export interface StatusProposal {
  readonly url: string;
  readonly number: number;
  readonly branch: string;
  readonly state: ProposalState;
  readonly checks: NonNullable<ProposalRecord["pullRequest"]>["checks"];
  readonly review: NonNullable<ProposalRecord["pullRequest"]>["review"];
  /** Whole days since it was opened. */
  readonly age: number;
}

export interface StatusTotals {
  readonly repositories: number;
  readonly states: Readonly<Partial<Record<RowState, number>>>;
  readonly dockerfiles: DockerfileCounts;
}

export function statusRow(
  repository: Pick<Repository, "name" | "url">,
  result: JobResult,
  now: Date,
): StatusRow {
  const { outcome, reason, dockerfiles, proposals } = result.record;
  const urgent = URGENCY.find((state) => proposals.some((proposal) => proposal.state === state));
  const state: RowState = outcome === "failed" ? "failed" : (urgent ?? WITHOUT[outcome]);
  return {
    repository: repository.name,
    url: repository.url,
    state,
    note: reason?.message ?? proposals.find(({ note }) => note !== null)?.note ?? null,
    dockerfiles,
    proposals: proposals.flatMap(({ branch, state: of, pullRequest }) =>
      pullRequest === null
        ? []
        : [
            {
              url: pullRequest.url,
              number: pullRequest.number,
              branch,
              state: of,
              checks: pullRequest.checks,
              review: pullRequest.review,
              age: Math.max(0, Math.floor((now.getTime() - Date.parse(pullRequest.createdAt)) / DAY)),
            },
          ],
    ),
  };
}

/** Counts rows as they come. */
export class StatusCount {
  #repositories = 0;
  readonly #states: Partial<Record<RowState, number>> = {};
  #dockerfiles: DockerfileCounts = { total: 0, root: 0, rewritten: 0, declined: 0, failed: 0 };

  add({ state, dockerfiles }: StatusRow): void {
    this.#repositories++;
    this.#states[state] = (this.#states[state] ?? 0) + 1;
    const sum = this.#dockerfiles;
    this.#dockerfiles = {
      total: sum.total + dockerfiles.total,
      root: sum.root + dockerfiles.root,
      rewritten: sum.rewritten + dockerfiles.rewritten,
      declined: sum.declined + dockerfiles.declined,
      failed: sum.failed + dockerfiles.failed,
    };
  }

  get totals(): StatusTotals {
    return { repositories: this.#repositories, states: this.#states, dockerfiles: this.#dockerfiles };
  }
}

export const STATE_LABELS: Readonly<Record<RowState, string>> = {
  conflicts: "conflicts",
  theirs: "left to people",
  open: "open",
  merged: "merged",
  refused: "refused",
  withdrawn: "withdrawn",
  "to-open": "to be opened",
  "nothing-to-do": "nothing to do",
  declined: "declined",
  skipped: "skipped",
  failed: "failed",
};

/** `12 of 40 Dockerfiles still run as root`. */
export function progress({ dockerfiles: { root, total } }: StatusTotals): string {
  return `${root} of ${total} Dockerfile${total === 1 ? "" : "s"} still run${root === 1 ? "s" : ""} as root`;
}

const URGENCY = ["conflicts", "theirs", "open", "refused", "withdrawn", "merged"] as const;
const WITHOUT = {
  rewritten: "to-open",
  unchanged: "nothing-to-do",
  declined: "declined",
  skipped: "skipped",
  failed: "failed",
} as const;
const DAY = 24 * 60 * 60 * 1000;
