import type { DockerfileRuns } from "../companions/run-evidence.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import type { Answer } from "./ask.ts";
import type { Image } from "./build.ts";
import type { LogSign } from "./log-phrases.ts";
import type { Listener, ProcessFacts } from "./proc.ts";
import type { Written } from "./written.ts";

/** What was seen of one container from its start to its end. */
export interface Observation {
  /** As told on the command line of the engine: `the image's user`, `1000690000:0`. */
  readonly user: string;
  readonly image: Image;
  /** Why the engine could not start it. */
  readonly refused: string | null;
  readonly running: boolean;
  readonly exitCode: number | null;
  /** Null where /proc of the container cannot be read by any means. */
  readonly processes: readonly ProcessFacts[] | null;
  readonly listeners: readonly Listener[] | null;
  readonly health: { readonly code: number; readonly output: string } | null;
  readonly answers: readonly Answer[];
  readonly stdout: string;
  readonly stderr: string;
  readonly signs: readonly LogSign[];
  /** Files and directories, in volumes too. */
  readonly written: readonly Written[];
  /** Volumes that hold too much to be looked through. */
  readonly unseen: readonly string[];
  /** Milliseconds until it listened, or was taken to be up. */
  readonly readyAfter: number;
}

/** In what the rewritten image differs from the legacy one. */
export interface Finding {
  readonly kind:
    | "build"
    | "start"
    | "stopped"
    | "exit-code"
    | "output"
    | "root"
    | "capabilities"
    | "port"
    | "health"
    | "answer"
    | "log"
    | "files";
  /** A sentence. */
  readonly says: string;
  /** Log lines, answers. */
  readonly details: readonly string[];
  /** In which run of the rewritten image: null for the build. */
  readonly run: string | null;
}

/** `skipped`: there is nothing to compare, because deroot leaves the Dockerfile as it is. */
export type Verdict = "same" | "different" | "not comparable" | "skipped";

export interface Verification {
  readonly dockerfile: string;
  readonly verdict: Verdict;
  /** Why it is not comparable, or was skipped. */
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly findings: readonly Finding[];
  /** What a reviewer should know; no difference. */
  readonly notes: readonly string[];
  readonly engine: string;
  readonly legacy: Observation | null;
  /** As the image's account, and for `group0` as an arbitrary user too. */
  readonly rewritten: readonly Observation[];
  readonly rewrite: RewriteResult;
  /** From the run as root, where it was asked for. */
  readonly learned: DockerfileRuns | null;
  readonly repair: Repair | null;
  readonly seconds: number;
}

/** What `--repair` did. */
export interface Repair {
  readonly rounds: readonly { readonly learned: readonly string[]; readonly verdict: Verdict }[];
  /** Failures that no evidence can mend, and why. */
  readonly obstacles: readonly string[];
}

/** Told while it goes on. */
export type Progress = (event: {
  readonly dockerfile: string;
  readonly stage: string;
  readonly line: string;
}) => void;
