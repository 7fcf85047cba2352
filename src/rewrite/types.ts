/** Edits, changes and results: plain data that crosses rooms and ends up in the JSON report. */
import type { Profile } from "../images/index.ts";
import type { Pass } from "./pass.ts";

/** Replace `[start, end)` (UTF-16 code units into the file as read, BOM included) by `text`. */
export interface Edit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A file whose x bit is set as part of a change. */
export interface ModeEdit {
  readonly path: string;
  readonly mode: "executable";
}

/** `safe`: behaviour kept, known from the file. `likely`: rests on a stated assumption. `manual`: advice only. */
export type Applicability = "safe" | "likely" | "manual";

/** Where a fact comes from. */
export interface Evidence {
  readonly source: "dockerfile" | "base" | "companion" | "code" | "run" | "option";
  /** File (or image reference for `base`), and 1-based line where there is one. */
  readonly where: string;
  readonly line: number | null;
  /** A sentence. */
  readonly says: string;
}

/** What a person accepts or rejects as one. */
export interface Change {
  /** Stable over runs on the same input: `chown:12`. */
  readonly id: string;
  readonly pass: string;
  readonly title: string;
  readonly reason: string;
  readonly applicability: Applicability;
  /** Ids of changes that must be applied with this one. */
  readonly dependsOn: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly edits: readonly Edit[];
  readonly modes?: readonly ModeEdit[];
  /** Each of its edits stands for itself: some can be made without the others. */
  readonly separable?: boolean;
}

/** Something a person should know or do; never applied. */
export interface Advice {
  readonly title: string;
  readonly reason: string;
  readonly path: string;
  readonly line: number | null;
}

export interface Account {
  /** Null for a numeric account without a passwd entry. */
  readonly name: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly home: string | null;
  readonly source: "created" | "reused" | "numeric";
}

export type Status = "rewritten" | "unchanged" | "declined" | "failed";

export interface Reason {
  /** `cron`, `template`, `already-nonroot` …: the topic for `deroot explain`. */
  readonly code: string;
  readonly message: string;
  /** What a person can do. */
  readonly remedy: string | null;
  readonly line: number | null;
}

export interface PortChange {
  readonly from: number;
  readonly to: number;
  readonly protocol: "tcp" | "udp";
}

/** The outcome for one Dockerfile: one element of `results` in the JSON report. */
export interface RewriteResult {
  readonly dockerfile: string;
  readonly status: Status;
  /** Why it is unchanged, declined or failed; null when rewritten. */
  readonly reason: Reason | null;
  readonly account: Account | null;
  readonly runsAsRoot: { readonly before: boolean | null; readonly after: boolean | null };
  readonly ports: readonly PortChange[];
  readonly writable: readonly { readonly path: string; readonly evidence: readonly Evidence[] }[];
  readonly changes: readonly Change[];
  readonly advice: readonly Advice[];
  /** Files that differ afterwards. */
  readonly files: readonly FileChange[];
}

export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  /** Unified diff with git headers; applies with `git apply`. */
  readonly diff: string;
  /** The new mode when it changes, e.g. "100755"; else null. */
  readonly mode: string | null;
}

export interface RewriteOptions {
  readonly user?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** ARG UID / ARG GID, so that a build can match the host. */
  readonly uidArgs?: boolean;
  readonly userStyle?: "numeric" | "name";
  readonly account?: "reuse" | "new";
  readonly ownership?: "app" | "strict" | "group0";
  /** `entrypoint`: start as root, hand over what is mounted, and step down; for mounts of unknown owner. */
  readonly strategy?: "user" | "entrypoint";
  /** Octal, such as "002": what the app masks out of the modes of the files it makes. */
  readonly umask?: string;
  readonly keepPorts?: boolean;
  /** Take away in compose and Kubernetes what the image does not need: capabilities, a writable file system. */
  readonly harden?: boolean;
  /** Low port -> new port. */
  readonly ports?: Readonly<Record<number, number>>;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** The least certain changes that are applied. Default: `likely`. */
  readonly min?: "safe" | "likely";
  /**
   * Ids of changes that are not applied; what depends on them goes too. Of a separable change also `ID#2`: its
   * second edit.
   */
  readonly reject?: readonly string[];
  /** Build target to treat as the image that runs; default: the last stage. */
  readonly target?: string;
  /**
   * Prefixes under which a company serves the images of other registries: with `registry.corp.example/docker-remote`,
   * `FROM registry.corp.example/docker-remote/node:20` is `node:20`.
   */
  readonly mirrors?: readonly string[];
  /** What is known of images beside deroot's own profiles and those that the tree keeps in `.deroot/images`. */
  readonly images?: readonly Profile[];
  /** Passes of one's own, run after deroot's. */
  readonly transforms?: readonly Pass[];
}
