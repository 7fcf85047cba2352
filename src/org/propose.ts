/**
 * One branch of ours brought to where it should be. Each step follows from what the forge shows, never from what was
 * done before: so it can be killed anywhere and run again, and a lost answer costs one more look.
 */
import { digestOf, digestOfComparison } from "./digest.ts";
import {
  isPassing,
  type Commit,
  type CommitFile,
  type Decoration,
  type Forge,
  type PullRequest,
  type Standing,
} from "./forge.ts";
import type { Deed, Task } from "./job.ts";
import type { ProposalRecord, ProposalState } from "./ledger.ts";
import { commitMessage, digestIn, markedBody, readMarker, remark, replaceBody } from "./marker.ts";
import { wasMerged } from "./standing.ts";

/** What a pull request should bring. */
export interface Proposal {
  readonly branch: string;
  /** The commit that was looked at. */
  readonly base: Commit;
  /** None when there is nothing to propose any more. */
  readonly files: readonly CommitFile[];
  readonly title: string;
  readonly body: string;
  readonly commitText: string;
  readonly draft: boolean;
  readonly decoration: Decoration;
}

export interface Mandate {
  readonly task: Exclude<Task, "plan">;
  readonly mayOpen: boolean;
  readonly login: string;
  /** Labels and people were given to this pull request before; what people have changed since stays. */
  readonly decorated: number | null;
}

export interface Settled {
  readonly record: ProposalRecord;
  readonly did: readonly Deed[];
}

/** The default branch has moved since it was looked at. */
export class StaleError extends Error {
  override readonly name = "StaleError";
  readonly head: Commit;
  constructor(head: Commit) {
    super("the default branch has moved");
    this.head = head;
  }
}

/** Rejects with a `StaleError`, or with the forge's error when that does not pass. */
export async function propose(
  forge: Forge,
  repository: string,
  proposal: Proposal,
  mandate: Mandate,
): Promise<Settled> {
  const did: Deed[] = [];
  for (let attempt = 1; ; attempt++) {
    try {
      const standing = await forge.lookUp(repository, proposal.branch);
      if (standing.head.tree !== proposal.base.tree) throw new StaleError(standing.head);
      const record = await new Step(forge, repository, proposal, mandate, standing, did).take();
      return { record, did };
    } catch (error) {
      // What became of the write is seen at the next look.
      if (!isPassing(error) || attempt >= MOST_ATTEMPTS) throw error;
    }
  }
}

class Step {
  readonly #forge: Forge;
  readonly #repository: string;
  readonly #proposal: Proposal;
  readonly #mandate: Mandate;
  readonly #standing: Standing;
  readonly #did: Deed[];
  readonly #digest: string;

  constructor(
    forge: Forge,
    repository: string,
    proposal: Proposal,
    mandate: Mandate,
    standing: Standing,
    did: Deed[],
  ) {
    this.#forge = forge;
    this.#repository = repository;
    this.#proposal = proposal;
    this.#mandate = mandate;
    this.#standing = standing;
    this.#did = did;
    this.#digest = digestOf(proposal.files, proposal.base);
  }

  async take(): Promise<ProposalRecord> {
    const { pullRequests } = this.#standing;
    const open = pullRequests.find(({ state }) => state === "open");
    if (open) return this.#withOpen(open);
    const last = pullRequests[0];
    if (last?.state === "closed" && readMarker(last.body)?.state !== "withdrawn") {
      return this.#record("refused", last, "a person closed the pull request");
    }
    if (this.#proposal.files.length > 0 && wasMerged(last, this.#digest))
      return this.#record("refused", last!, "the same changes were merged before, and taken back");
    const lastState = last?.state === "merged" ? "merged" : last ? "withdrawn" : "none";
    if (this.#proposal.files.length === 0 || this.#mandate.task !== "open" || !this.#mandate.mayOpen)
      return this.#record(lastState, last ?? null);
    const head = await this.#branchForNew();
    if (head === null) return this.#record("theirs", null, "people have committed to the branch");
    return this.#open(head);
  }

  async #withOpen(open: PullRequest): Promise<ProposalRecord> {
    const branchHead = this.#standing.branchHead;
    if (branchHead === null) return this.#record("theirs", open, "its branch is gone");
    const marker = readMarker(open.body);
    const isOurs = marker?.head === branchHead || (await this.#holdsOnlyOurs(branchHead));
    if (!isOurs) {
      const state = this.#mandate.task === "close" ? "theirs" : open.conflicts ? "conflicts" : "theirs";
      return this.#record(state, open, "people have committed to the branch, so it is left to them");
    }
    if (this.#mandate.task === "close") return this.#withdraw(open, branchHead, WITHDRAWN);
    if (this.#proposal.files.length === 0) {
      if (this.#mandate.task === "sync") return this.#withdraw(open, branchHead, OBSOLETE);
      return this.#record("open", open, "nothing is left to do; sync closes it");
    }
    return this.#refresh(open, branchHead, marker?.digest === this.#digest && marker.head === branchHead);
  }

  /** Makes an open pull request of ours say and hold what it should. */
  async #refresh(open: PullRequest, branchHead: string, isCurrent: boolean): Promise<ProposalRecord> {
    if (isCurrent && open.conflicts !== true) {
      const leftOut = await this.#decorateAfterCrash(open);
      if (leftOut !== null) this.#did.push({ kind: "updated", url: open.url, leftOut });
      return this.#record("open", open);
    }
    // Perhaps the commit was made, and the body not changed any more.
    const isThere = !isCurrent && (await this.#bringsThis(branchHead));
    const head = isThere && open.conflicts !== true ? branchHead : await this.#commit(branchHead);
    const marker = { digest: this.#digest, head, state: "open" } as const;
    const body = replaceBody(open.body, this.#proposal.body, marker);
    await this.#forge.updatePullRequest(this.#repository, open.number, { body });
    this.#did.push({ kind: "updated", url: open.url, leftOut: [] });
    return this.#record("open", { ...open, head, body, conflicts: null });
  }

  async #withdraw(open: PullRequest, branchHead: string, comment: string): Promise<ProposalRecord> {
    const marker = {
      digest: readMarker(open.body)?.digest ?? "",
      head: branchHead,
      state: "withdrawn",
    } as const;
    // Marked and closed in one request: closed without the mark would be a person's no.
    const body = remark(open.body, marker);
    await this.#forge.updatePullRequest(this.#repository, open.number, { body, state: "closed", comment });
    this.#did.push({ kind: "closed", url: open.url, leftOut: [] });
    await this.#forge.deleteBranch(this.#repository, this.#proposal.branch, branchHead);
    return this.#record("withdrawn", { ...open, body, state: "closed" });
  }

  /** The commit for a new pull request; null when the branch holds commits of others. */
  async #branchForNew(): Promise<string | null> {
    const { branchHead } = this.#standing;
    if (branchHead === null) return this.#commit(null);
    // A run was interrupted, or the branch of an earlier pull request is still there.
    if (!(await this.#holdsOnlyOurs(branchHead))) return null;
    return (await this.#bringsThis(branchHead)) ? branchHead : this.#commit(branchHead);
  }

  async #open(head: string): Promise<ProposalRecord> {
    const { branch, title, body, draft, decoration } = this.#proposal;
    const pullRequest = await this.#forge.openPullRequest(this.#repository, {
      branch,
      base: this.#standing.defaultBranch,
      title,
      body: markedBody(body, { digest: this.#digest, head, state: "open" }),
      draft,
      decoration,
    });
    this.#did.push({
      kind: "opened",
      url: pullRequest.url,
      leftOut: await this.#forge.decorate(this.#repository, pullRequest, decoration),
    });
    return this.#record("open", pullRequest);
  }

  /** A run may have been killed between opening and decorating; later on, people decide. */
  async #decorateAfterCrash(open: PullRequest): Promise<readonly string[] | null> {
    const { decoration } = this.#proposal;
    const wants =
      decoration.labels.length + decoration.reviewers.length + decoration.assignees.length > 0 ||
      decoration.milestone !== null;
    if (!wants || open.decorated || this.#mandate.decorated === open.number || this.#mandate.task !== "open")
      return null;
    return this.#forge.decorate(this.#repository, open, decoration);
  }

  #commit(expected: string | null): Promise<string> {
    const { branch, base, files, title, commitText } = this.#proposal;
    return this.#forge.commit(this.#repository, {
      branch,
      base: this.#standing.head.tree === base.tree ? this.#standing.head : base,
      expected,
      message: commitMessage(title, commitText, this.#digest),
      files,
    });
  }

  /** Commits that deroot made with this account, and whose files are still what it wrote; or no commits at all. */
  async #holdsOnlyOurs(branchHead: string): Promise<boolean> {
    const comparison = await this.#compare(branchHead);
    const last = comparison.commits.at(-1);
    if (last === undefined) return true;
    const { login } = this.#mandate;
    const areOurs = comparison.commits.every(
      ({ message, author }) =>
        digestIn(message) !== null && (author === null || account(author) === account(login)),
    );
    return areOurs && !comparison.truncated && digestIn(last.message) === digestOfComparison(comparison);
  }

  /** The branch stands on the default branch as it is, and brings what is proposed. */
  async #bringsThis(branchHead: string): Promise<boolean> {
    const comparison = await this.#compare(branchHead);
    return (
      comparison.mergeBase === this.#standing.head.id &&
      comparison.commits.length === 1 &&
      digestOfComparison(comparison) === this.#digest
    );
  }

  #comparison: ReturnType<Forge["compare"]> | null = null;

  #compare(branchHead: string): ReturnType<Forge["compare"]> {
    return (this.#comparison ??= this.#forge.compare(this.#repository, this.#standing.head.id, branchHead));
  }

  #record(state: ProposalState, pullRequest: PullRequest | null, note: string | null = null): ProposalRecord {
    return {
      branch: this.#proposal.branch,
      digest: this.#digest,
      state: state === "open" && pullRequest?.conflicts ? "conflicts" : state,
      pullRequest: pullRequest && {
        number: pullRequest.number,
        url: pullRequest.url,
        head: pullRequest.head,
        createdAt: pullRequest.createdAt,
        checks: pullRequest.checks,
        review: pullRequest.review,
        conflicts: pullRequest.conflicts,
      },
      note,
    };
  }
}

/** GitHub's two APIs call a bot by different names. */
function account(login: string): string {
  return login.replace(/\[bot\]$/, "");
}

const MOST_ATTEMPTS = 5;
const WITHDRAWN = "deroot has closed this pull request on request. It can be opened again.";
const OBSOLETE =
  "Nothing is left to do here: the default branch runs unprivileged now, or deroot no longer proposes these changes. So deroot closes this pull request.";
