/** What a forge holds besides git: accounts, repositories, pull requests. Both forges' routes work on this. */
import type { GitRepository } from "../git/repository.ts";

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Organization" | "Bot";
  readonly name: string;
  readonly email: string;
  readonly createdAt: Date;
}

export interface Team {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly organization: Account;
  readonly members: Set<Account>;
  readonly repositories: Set<Repository>;
}

export type Permission = "read" | "triage" | "write" | "maintain" | "admin";

export interface Protection {
  /** `main`, `release/*`. */
  readonly pattern: string;
  /** Changes must come through a pull request. */
  readonly requirePullRequest: boolean;
  readonly requireSignatures: boolean;
  readonly allowDeletions: boolean;
  readonly allowForcePushes: boolean;
  readonly requiredApprovals: number;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

export interface Milestone {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  state: "open" | "closed";
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion: "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | null;
  readonly startedAt: Date;
}

export interface Status {
  readonly id: number;
  readonly context: string;
  readonly sha: string;
  readonly state: "success" | "failure" | "error" | "pending";
  readonly createdAt: Date;
  readonly creator: Account;
}

export interface Repository {
  readonly id: number;
  owner: Account;
  name: string;
  readonly git: GitRepository;
  description: string | null;
  private: boolean;
  archived: boolean;
  disabled: boolean;
  fork: boolean;
  template: boolean;
  allowsDrafts: boolean;
  hasIssues: boolean;
  topics: string[];
  language: string | null;
  /** Null: everybody with a token may write. */
  readonly permissions: Map<string, Permission> | null;
  readonly protections: Protection[];
  readonly labels: Map<string, Label>;
  readonly milestones: Milestone[];
  readonly issues: Map<number, Issue>;
  readonly checks: CheckRun[];
  readonly statuses: Status[];
  readonly createdAt: Date;
  updatedAt: Date;
  pushedAt: Date;
  nextNumber: number;
}

export interface Comment {
  readonly id: number;
  readonly author: Account;
  body: string;
  readonly createdAt: Date;
  updatedAt: Date;
}

export interface Review {
  readonly id: number;
  readonly author: Account;
  readonly body: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly sha: string;
  readonly submittedAt: Date;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  title: string;
  body: string;
  state: "open" | "closed";
  locked: boolean;
  readonly labels: Set<Label>;
  readonly assignees: Set<Account>;
  milestone: Milestone | null;
  readonly comments: Comment[];
  readonly createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  closedBy: Account | null;
  /** Null for an issue that is not a pull request. */
  readonly pull: Pull | null;
}

export interface Pull {
  draft: boolean;
  /** Branch names, without `refs/heads/`. */
  base: string;
  readonly head: string;
  /** Null when the fork is gone. */
  readonly headRepository: Repository;
  /** What the branches pointed at last while it was open. */
  headSha: string;
  baseSha: string;
  mergedAt: Date | null;
  mergedBy: Account | null;
  mergeCommit: string | null;
  maintainerCanModify: boolean;
  readonly reviewers: Set<Account>;
  readonly teams: Set<Team>;
  readonly reviews: Review[];
}

export type PullRequest = Issue & { readonly pull: Pull };

/** Why a forge refuses; each surface words it in its own way. */
export type ProblemCode =
  | "not-found"
  | "forbidden"
  | "archived"
  | "exists"
  | "invalid"
  | "missing-object"
  | "stale"
  | "not-fast-forward"
  | "protected"
  | "duplicate-pull"
  | "no-commits"
  | "conflict"
  | "empty"
  | "closed";

export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly field: string | null;
  constructor(code: ProblemCode, message: string, field: string | null = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
