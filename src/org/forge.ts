/**
 * What a campaign needs of GitHub or GitLab. Both implementations keep to the same rules:
 * - a write is sent once. When its answer is lost, it rejects with `lost`, and the caller looks up what became of it;
 * - reads are repeated by themselves until they succeed or nothing more can be hoped for;
 * - every wait for a limit happens inside;
 * - nothing that leaves here (errors, texts) holds a token.
 */
import type { FileMode, FileTree } from "../file-tree.ts";

export interface Forge {
  readonly kind: "github" | "gitlab";
  /** What people call it: `github.com`. Part of every key under which something is remembered. */
  readonly host: string;
  /** Requests sent so far. */
  readonly usage: Usage;

  /**
   * Who the token speaks for. Rejects with `signed-out` when it is refused, with `forbidden` when its scopes do not
   * suffice for `need`.
   */
  identify(need: "read" | "write"): Promise<Identity>;

  /**
   * Repositories, as they come: many per request, so that it costs next to nothing to see that one has not changed.
   * Each is named once. Rejects with `missing` for an owner, a team or a repository that is not there.
   */
  find(where: Where): AsyncIterable<Repository>;

  /** The files of a commit. Symbolic links are listed, submodules are not. Nothing is fetched before it is asked for. */
  tree(repository: string, commit: Commit): Promise<FileTree>;

  /** What stands in the forge now, in one request. Each write of a campaign is preceded by it. */
  lookUp(repository: string, branch: string): Promise<Standing>;

  /** The commits on a branch that are not on the default branch, oldest first, and the files they change. */
  compare(repository: string, base: string, branch: string): Promise<Comparison>;

  /**
   * Makes the branch point to one new commit whose parent is `base`. Rejects with `moved` when the branch is not where
   * it was expected. The branch is made when `expected` is null, and moved in one step otherwise.
   * @returns the id of the commit.
   */
  commit(repository: string, request: CommitRequest): Promise<string>;

  /** Rejects with `exists` when the branch has an open pull request. */
  openPullRequest(repository: string, request: NewPullRequest): Promise<PullRequest>;

  /** Only what is given changes. `comment` is added after it. */
  updatePullRequest(repository: string, number: number, update: PullRequestUpdate): Promise<void>;

  /** Labels, people and milestone. What the forge does not know is left out and comes back, by name. */
  decorate(repository: string, pullRequest: PullRequest, decoration: Decoration): Promise<readonly string[]>;

  /** Does nothing when the branch is gone or points elsewhere. */
  deleteBranch(repository: string, branch: string, expected: string): Promise<void>;

  /** Ends what waits. */
  close(): Promise<void>;
}

export interface Usage {
  reads: number;
  writes: number;
  /** Requests that were sent again, or waited for a limit. */
  retries: number;
}

export interface Identity {
  /** `octocat`, `deroot[bot]`. */
  readonly login: string;
  /** Null where the forge does not tell: fine-grained tokens and Apps. */
  readonly scopes: readonly string[] | null;
  /** The version of an Enterprise Server or a GitLab of one's own. */
  readonly version: string | null;
}

/** Where to look. With `names` only those; else all of the owner's, or of the teams'. */
export interface Where {
  /** Organisation, user or group. */
  readonly owner: string | null;
  /** `owner/name`. */
  readonly names: readonly string[];
  /** Slugs of the owner's teams (GitHub) or subgroups (GitLab). */
  readonly teams: readonly string[];
  /** The branch whose pull requests come along. */
  readonly branch: string;
}

export interface Commit {
  readonly id: string;
  /** Changes exactly when the files do: the id of the tree, or where the forge has no such thing, of the commit. */
  readonly tree: string;
}

export interface Repository {
  /** `owner/name`. */
  readonly name: string;
  readonly url: string;
  /** Null when it is empty. */
  readonly defaultBranch: string | null;
  readonly head: Commit | null;
  readonly archived: boolean;
  readonly disabled: boolean;
  readonly fork: boolean;
  readonly template: boolean;
  readonly topics: readonly string[];
  readonly language: string | null;
  /** ISO 8601. */
  readonly pushedAt: string | null;
  /** Null where the forge does not tell. */
  readonly canPush: boolean | null;
  /** From the branch that was asked for, newest first. */
  readonly pullRequests: readonly PullRequest[];
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  readonly author: string | null;
  /** Where its branch stands, or stood. */
  readonly head: string;
  readonly base: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly conflicts: boolean | null;
  readonly checks: "passed" | "failed" | "pending" | "none";
  readonly review: "approved" | "changes-requested" | "required" | "none";
  readonly labels: readonly string[];
  /** Somebody gave it labels, reviewers, assignees or a milestone. */
  readonly decorated: boolean;
}

/** What the forge says of one branch of ours. */
export interface Standing {
  readonly defaultBranch: string;
  readonly head: Commit;
  /** Null when there is no such branch. */
  readonly branchHead: string | null;
  /** From that branch of this repository (not of a fork), newest first. */
  readonly pullRequests: readonly PullRequest[];
}

export interface Comparison {
  readonly commits: readonly {
    readonly id: string;
    readonly message: string;
    /** Logins, where the forge knows them. */
    readonly author: string | null;
    readonly committer: string | null;
  }[];
  /** `blob` is null for a file that is gone. */
  readonly files: readonly { readonly path: string; readonly blob: string | null }[];
  /** Where the branch left the default branch. */
  readonly mergeBase: string;
  /** There is more than the forge tells. */
  readonly truncated: boolean;
}

export interface CommitRequest {
  readonly branch: string;
  readonly base: Commit;
  /** Where the branch stands; null when it is not there. */
  readonly expected: string | null;
  readonly message: string;
  readonly files: readonly CommitFile[];
}

export interface CommitFile {
  readonly path: string;
  /** It is not there at the base of the commit. */
  readonly isNew: boolean;
  readonly content: string;
  readonly mode: Exclude<FileMode, "symlink">;
  /** The x bit is set by this commit. */
  readonly modeChanges: boolean;
}

export interface NewPullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  /** What it will be given afterwards: the forge can look that up on the way. */
  readonly decoration: Decoration;
}

export interface PullRequestUpdate {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
  readonly comment?: string;
}

export interface Decoration {
  readonly labels: readonly string[];
  /** Logins, and `owner/team` for teams. */
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
  readonly milestone: string | null;
}

/**
 * `signed-out`: the token is missing, wrong or expired. `forbidden`: it may not do that. `missing`: not there, or not
 * for this token. `moved`: the branch is not where it was expected. `exists`: there is one already. `refused`: a rule of
 * the repository forbids it (protected branches, required signatures …). `too-large`: more than the forge or deroot
 * takes. `limited`: the forge wants us to wait longer than we are willing to. `lost`: a write was sent, and what became
 * of it is not known. `unavailable`: no answer, after all retries. `invalid`: the forge does not understand us, which is
 * a defect.
 */
export type ForgeErrorCode =
  | "signed-out"
  | "forbidden"
  | "missing"
  | "moved"
  | "exists"
  | "refused"
  | "too-large"
  | "limited"
  | "lost"
  | "unavailable"
  | "invalid";

export class ForgeError extends Error {
  override readonly name = "ForgeError";
  readonly code: ForgeErrorCode;
  /** What a person can do. */
  readonly hint: string | null;
  /** Milliseconds since the epoch, where the forge says when to come back. */
  readonly retryAt: number | null;

  constructor(
    code: ForgeErrorCode,
    message: string,
    hint: string | null = null,
    options: ErrorOptions & { readonly retryAt?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = hint;
    this.retryAt = options.retryAt ?? null;
  }
}

/** It may work when it is looked up and tried again. */
export function isPassing(error: unknown): boolean {
  return error instanceof ForgeError && PASSING.has(error.code);
}

/** Nothing will work any more: to go on with the next repository would fail in the same way. */
export function isFatal(error: unknown): boolean {
  return error instanceof ForgeError && (error.code === "signed-out" || error.code === "limited");
}

const PASSING: ReadonlySet<ForgeErrorCode> = new Set(["moved", "exists", "lost", "unavailable"]);
