/** What the listing tells of our pull requests, without another request. */
import type { PullRequest } from "./forge.ts";
import type { Job } from "./job.ts";
import type { Outcome, ProposalRecord, ProposalState } from "./ledger.ts";
import { readMarker } from "./marker.ts";

export const OPEN_STATES: ReadonlySet<ProposalState> = new Set(["open", "conflicts", "theirs"]);

/** What is remembered of our branches, as the listing shows them now. */
export function known({ repository, record, settings }: Job): ProposalRecord[] {
  const listed = repository.pullRequests[0];
  const remembered = record?.proposals ?? [];
  if (listed === undefined) return [...remembered];
  const own = remembered.find(({ branch }) => branch === settings.branch) ?? {
    branch: settings.branch,
    digest: readMarker(listed.body)?.digest ?? "",
    state: "none",
    pullRequest: null,
    note: null,
  };
  return [asListed(own, listed), ...remembered.filter(({ branch }) => branch !== settings.branch)];
}

export function asListed(proposal: ProposalRecord, listed: PullRequest | undefined): ProposalRecord {
  if (listed === undefined) return proposal;
  const { number, url, head, createdAt, checks, review, conflicts } = listed;
  // Nothing has happened on the branch since it was looked at.
  const isSeen =
    OPEN_STATES.has(proposal.state) && proposal.note !== null && proposal.pullRequest?.head === head;
  const state = listedState(listed);
  return {
    ...proposal,
    state: isSeen && listed.state === "open" && !listed.conflicts ? proposal.state : state,
    pullRequest: { number, url, head, createdAt, checks, review, conflicts },
    note: isSeen && listed.state === "open" ? proposal.note : NOTES[state],
  };
}

/** Whether anything has to be asked or written for a repository that has not changed since it was looked at. */
export function needsWork(job: Job, outcome: Outcome): boolean {
  if (job.task === "plan") return false;
  const proposals = known(job);
  return proposals.some((proposal) => wants(job, proposal, outcome));
}

function wants(job: Job, { branch, state, digest, note }: ProposalRecord, outcome: Outcome): boolean {
  const { task, repository, settings, mayOpen } = job;
  if (task === "close") return OPEN_STATES.has(state);
  const listed = branch === settings.branch ? repository.pullRequests[0] : undefined;
  switch (state) {
    case "refused":
      return false;
    case "none":
    case "withdrawn":
    case "merged":
      if (state === "merged" && wasMerged(listed, digest)) return false;
      return task === "open" && mayOpen > 0 && outcome === "rewritten" && isApproved(job, branch, digest);
    case "open":
      if (outcome !== "rewritten") return task === "sync";
      return listed === undefined ? task === "sync" : readMarker(listed.body)?.digest !== digest;
    case "conflicts":
    case "theirs":
      // People's branches are looked at again when they move, to see whether they are still people's.
      return note === null || note === NOTES[state];
  }
}

/** The same changes were merged before: somebody has taken them back, which is a no. */
export function wasMerged(pullRequest: PullRequest | undefined, digest: string): boolean {
  return pullRequest?.state === "merged" && readMarker(pullRequest.body)?.digest === digest;
}

/** Without an approval file everything is. */
export function isApproved({ approved }: Job, branch: string, digest: string): boolean {
  return approved === null || approved[branch] === digest;
}

function listedState(pullRequest: PullRequest): ProposalState {
  const marker = readMarker(pullRequest.body);
  switch (pullRequest.state) {
    case "merged":
      return "merged";
    case "closed":
      return marker?.state === "withdrawn" ? "withdrawn" : "refused";
    case "open":
      if (pullRequest.conflicts) return "conflicts";
      return marker === null || marker.head !== pullRequest.head ? "theirs" : "open";
  }
}

/** What the listing alone tells of a state; whoever has looked closer says more. */
const NOTES: Readonly<Record<ProposalState, string | null>> = {
  refused: "a person closed the pull request",
  conflicts: "it does not merge any more",
  theirs: "its branch is not where deroot left it",
  none: null,
  open: null,
  merged: null,
  withdrawn: null,
};
