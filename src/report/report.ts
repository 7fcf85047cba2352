import type { RewriteResult, Status } from "../rewrite/types.ts";

/**
 * A report that is made piece by piece, so that a long run need not hold its results. `Text` is a promise where
 * making it takes reading.
 */
export interface Report<Text = string> {
  begin(): string;
  add(result: RewriteResult): Text;
  end(totals: Totals): Text;
}

export type AnyReport = Report | Report<Promise<string>>;

export const STATUSES = ["rewritten", "unchanged", "declined", "failed"] as const satisfies readonly Status[];

export type Totals = Readonly<Record<Status, number>>;

/** What outcomes are called. */
export type Labels = Readonly<Record<Status, string>>;

export const STATUS_LABELS: Labels = {
  rewritten: "rewritten",
  unchanged: "unchanged",
  declined: "declined",
  failed: "failed",
};

/** What made the report. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

export function noTotals(): Record<Status, number> {
  return { rewritten: 0, unchanged: 0, declined: 0, failed: 0 };
}

/** The patch: one unified diff after another. */
export function patchReport(): Report {
  return {
    begin: () => "",
    add: (result) => result.files.map((file) => file.diff).join(""),
    end: () => "",
  };
}

/** `12 Dockerfiles: 9 rewritten, 2 unchanged, 1 declined`. */
export function describeTotals(totals: Totals, labels: Labels = STATUS_LABELS): string {
  const all = totals.rewritten + totals.unchanged + totals.declined + totals.failed;
  const parts = STATUSES.filter((status) => totals[status] > 0).map(
    (status) => `${totals[status]} ${labels[status]}`,
  );
  return `${all} Dockerfile${all === 1 ? "" : "s"}: ${parts.join(", ") || "nothing to do"}`;
}

/** `app (10001)`, `65532`, `app (1000:50)`. */
export function describeAccount(account: NonNullable<RewriteResult["account"]>): string {
  const { name, uid, gid } = account;
  const ids = uid === null ? "" : gid === null || gid === uid ? String(uid) : `${uid}:${gid}`;
  if (name === null) return ids === "" ? "an unprivileged user" : ids;
  return ids === "" ? name : `${name} (${ids})`;
}

/** What became of one Dockerfile, in part of a sentence. */
export function describeOutcome(result: RewriteResult): string {
  if (result.status !== "rewritten") {
    const { message, line } = result.reason ?? { message: "no reason given", line: null };
    return line === null ? message : `${message.replace(/\.$/, "")} (line ${line})`;
  }
  const applied = result.changes.filter((change) => change.applicability !== "manual").length;
  return [
    result.account === null
      ? null
      : `${result.runsAsRoot.after ? "steps down to" : "as"} ${describeAccount(result.account)}`,
    ...result.ports.map((port) => `port ${port.from} -> ${port.to}${port.protocol === "udp" ? "/udp" : ""}`),
    `${applied} change${applied === 1 ? "" : "s"}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

/** Advice, and changes that are too uncertain to be made, as one list. */
export function adviceOf(result: RewriteResult): RewriteResult["advice"] {
  const manual = result.changes.filter((change) => change.applicability === "manual");
  return [
    ...manual.map(({ title, reason, edits, evidence }) => {
      const place = evidence.find(({ source }) => source === "dockerfile" || source === "companion");
      const path = place?.where ?? edits[0]?.path ?? result.dockerfile;
      return { title, reason, path, line: place?.line ?? null };
    }),
    ...result.advice,
  ];
}
