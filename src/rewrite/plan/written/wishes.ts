import { posix } from "node:path";
import {
  type ImageFiles,
  type ImageModel,
  type Step,
  isInside,
  isSystemDirectory,
} from "../../../analysis/index.ts";
import type { Advice, Evidence } from "../../types.ts";
import type { PlannedAccount } from "../account.ts";

/**
 * What a piece of evidence says of a path: that it is written; that it may be; that a program writes it unless told
 * otherwise; that it is a cache, that a step fills it, that the build mounts one in it.
 */
export type Sign = "written" | "maybe" | "default" | "cache" | "filled" | "mounted";

/** A path that the app writes, and how that is known. */
export interface Wanted {
  /** A file to be made empty, in a directory that stays the system's. */
  readonly file: boolean;
  readonly evidence: readonly Evidence[];
  readonly signs: ReadonlySet<Sign>;
}

/** Both at once: what is known of one path under two names. */
export function joined(one: Wanted | undefined, other: Wanted): Wanted {
  if (one === undefined) return other;
  const fresh = other.evidence.filter(
    (each) => !one.evidence.some(({ says, line }) => says === each.says && line === each.line),
  );
  return {
    file: one.file,
    evidence: [...one.evidence, ...fresh],
    signs: new Set([...one.signs, ...other.signs]),
  };
}

export interface WrittenPaths {
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Commands that move a server's files from the system's directories to where the account may write. */
  readonly commands: readonly string[];
  readonly advice: readonly Advice[];
}

export type Policy = "app" | "strict" | "group0";

/** Paths that need nothing: anybody may write there, or the engine makes them. */
const OPEN_TO_ALL = ["/tmp", "/var/tmp", "/dev", "/proc", "/sys"];

/** What was found so far, under the rules that hold for every path. */
export class Wishes {
  readonly model: ImageModel;
  readonly files: ImageFiles;
  readonly account: PlannedAccount;
  /** The Dockerfile. */
  readonly file: string;
  readonly policy: "app" | "strict" | "group0";
  readonly wanted = new Map<string, Wanted>();
  readonly advice: Advice[] = [];
  readonly commands: string[] = [];

  constructor(
    model: ImageModel,
    files: ImageFiles,
    account: PlannedAccount,
    file: string,
    policy: "app" | "strict" | "group0",
  ) {
    this.model = model;
    this.files = files;
    this.account = account;
    this.file = file;
    this.policy = policy;
  }

  want(wanted: string | null, evidence: Evidence, file = false, sign: Sign = "written"): void {
    // /var/run is a link to /run everywhere but in the oldest images.
    const named = wanted?.replace(/^\/var\/run(?=\/|$)/, "/run") ?? null;
    // A link is not what is written: that is where it leads.
    const path = named === null ? null : this.files.real(named);
    if (
      path === null ||
      !path.startsWith("/") ||
      /[*?[\]{}$%<>|"'`\t\r\n]/.test(path) ||
      OPEN_TO_ALL.some((open) => isInside(path, open))
    )
      return;
    if (file && !isSystemDirectory(posix.dirname(path)))
      return this.want(posix.dirname(path), evidence, false, sign);
    if (file && /^\/run\/[^/]+$/.test(path) && evidence.source !== "base" && sign !== "default") {
      // Pid files and sockets are removed and made anew, which takes the directory; nothing else uses it in a container.
      this.put("/run", false, evidence, sign);
      return;
    }
    if (!file && isSystemDirectory(path)) {
      if (path !== "/")
        this.advice.push({
          title: `Not handed over: ${path}`,
          reason: `${evidence.says}, but ${path} belongs to the system. Point it at a directory of the app's own.`,
          path: evidence.where,
          line: evidence.line,
        });
      return;
    }
    if (file && /\.sock$/.test(path)) return;
    this.put(path, file, evidence, sign);
  }

  put(path: string, file: boolean, evidence: Evidence, sign: Sign = "written"): void {
    const found: Wanted = { file, evidence: [evidence], signs: new Set([sign]) };
    this.wanted.set(path, joined(this.wanted.get(path), found));
  }

  here(line: number | null, says: string): Evidence {
    return { source: "dockerfile", where: this.file, line, says };
  }
}

/** Some step copies something there, or below. */
export function copiesInto(to: Wishes, path: string): boolean {
  return to.model.steps.some((step: Step) => step.copy?.destination && isInside(step.copy.destination, path));
}

/** A name with an extension, but not a `.d` directory. */
export function looksLikeFile(path: string): boolean {
  return (
    /\.(?:[a-z0-9]{1,5}|sqlite3?|properties|config|template)$/i.test(posix.basename(path)) &&
    !/\.d$/.test(path)
  );
}

/** Where data of services usually stands. */
export const DATA_TREES = [
  "/data",
  "/var/lib",
  "/var/log",
  "/var/run",
  "/run",
  "/var/cache",
  "/var/spool",
  "/var/opt",
  "/var/www",
  "/srv",
  "/config",
  "/logs",
  "/log",
  "/uploads",
  "/storage",
  "/backup",
  "/backups",
  "/db",
  "/mnt",
  "/media",
  "/home",
];
