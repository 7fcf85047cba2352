/** What a review tells those who show it: plain data. */
import type { Advice, Change, FileChange, RewriteResult } from "../rewrite/types.ts";
import type { EditedText } from "./edited.ts";
import type { Verdict } from "./verdicts.ts";

/** One Dockerfile under review, as it stands now: a snapshot, never changed afterwards. */
export interface ReviewFile {
  readonly dockerfile: string;
  /** `rewrite` with everything. Its `status` and `reason` tell what is declined, unchanged or failed. */
  readonly offered: RewriteResult;
  /**
   * `rewrite` without what is rejected; undecided changes are in. Holds the edited text where there is one. Equal
   * to `offered` while nothing is rejected. Its offsets count in the same texts as those of `offered`.
   */
  readonly chosen: RewriteResult;
  /** What can be decided, in the order of the passes. */
  readonly changes: readonly ReviewChange[];
  /** What a person should know, and changes too uncertain to be made: shown, never decided. */
  readonly advice: readonly Advice[];
  readonly edited: EditedText | null;
}

export interface ReviewChange {
  readonly change: Change;
  readonly verdict: Verdict;
}

/** What came of a verdict. */
export interface Decided {
  /** False where the change rests on changes that are rejected (`needs`): nothing was decided. */
  readonly taken: boolean;
  /** Other changes that got another verdict along with it, and which. */
  readonly along: readonly ReviewChange[];
  /** The changes that it rests on: the rejected ones where it was not taken, else those that are still undecided. */
  readonly needs: readonly Change[];
  /** The edited text is gone: it was made from another choice. `undo` brings it back. */
  readonly lostEdit: boolean;
  readonly file: ReviewFile;
}

/** What was undone, and where to go back to. */
export interface Undone {
  readonly dockerfile: string;
  /** The change whose verdict was taken back; null for a step over several changes. */
  readonly changeId: string | null;
}

/** What was written, or would be. */
export interface Outcome {
  /** Each file once, from what is on disk to what is chosen, in the order of the names. */
  readonly files: readonly FileChange[];
  /** One result for each Dockerfile that changes something. */
  readonly results: readonly RewriteResult[];
  /** Dockerfiles whose choice does not hold together: they stay as they are. */
  readonly failed: readonly RewriteResult[];
}

/** A step that makes no sense: an unknown Dockerfile or change. */
export class ReviewError extends Error {
  override readonly name = "ReviewError";
}
