/** What the listing tells of our pull request, without another request. */
import type { PullRequest } from "./forge.ts";
import type { Job } from "./job.ts";
import type { ProposalState, RepositoryRecord } from "./ledger.ts";
import { readMarker } from "./marker.ts";

export function listedState(pullRequest: PullRequest): ProposalState {
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

export function digestFromListing(pullRequest: PullRequest): string {
  return readMarker(pullRequest.body)?.digest ?? "";
}

/**
 * Whether anything has to be asked or written for a repository that has not changed since it was looked at. With a pull
 * request per directory the listing shows none of them, so the record has to do.
 */
export function needsWork(job: Job, record: RepositoryRecord): boolean {
  const { task, repository, settings, mayOpen } = job;
  if (task === "plan") return false;
  const listed = repository.pullRequests[0];
  return (
    record.proposals.some(({ branch, state, digest }) => {
      const isListed = branch === settings.branch && listed !== undefined;
      const now = isListed ? listedState(listed) : state;
      const isOpen = now === "open" || now === "conflicts" || now === "theirs";
      switch (task) {
        case "close":
          return isOpen;
        case "open":
        case "sync": {
          if (isOpen && isListed)
            // People's branches are looked at again when they move, to see whether they are still theirs.
            return now === "conflicts"
              ? !knowsAsTheirs(record, branch, listed)
              : digestFromListing(listed) !== digest && !knowsAsTheirs(record, branch, listed);
          if (isOpen) return task === "sync";
          return (
            task === "open" &&
            mayOpen &&
            (now === "none" || now === "withdrawn") &&
            record.outcome === "rewritten"
          );
        }
      }
    }) ||
    (listed?.state === "open" && !record.proposals.some(({ branch }) => branch === settings.branch))
  );
}

/** Nothing has happened on the branch since it was seen to be people's. */
function knowsAsTheirs(record: RepositoryRecord, branch: string, listed: PullRequest): boolean {
  const before = record.proposals.find((each) => each.branch === branch);
  return before?.note !== null && before?.pullRequest?.head === listed.head;
}
