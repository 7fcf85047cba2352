import type { Observation, Verification, Verdict } from "./types.ts";

/** One row of the comparison, as people want to see it. */
export interface Fact {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What the two images are and do, side by side. */
export function factsOf({ legacy, rewritten }: Verification): Fact[] {
  const now = rewritten[0];
  if (!legacy || !now) return [];
  const row = (name: string, tell: (seen: Observation) => string): Fact => ({
    name,
    before: tell(legacy),
    after: tell(now),
  });
  return [
    row("size", ({ image }) => megabytes(image.size)),
    row("layers", ({ image }) => String(image.layers)),
    row("state", ({ refused, running, exitCode }) =>
      refused !== null ? "did not start" : running ? "running" : `ended with ${exitCode}`,
    ),
    row("runs as", ({ processes }) => (processes ? users(processes) : UNSEEN)),
    row("capabilities", ({ processes }) => (processes ? capabilities(processes) : UNSEEN)),
    row("listens on", ({ listeners }) =>
      listeners
        ? listeners.map(({ port, protocol }) => `${port}/${protocol}`).join(", ") || "nothing"
        : "unknown",
    ),
    ...(legacy.health || now.health
      ? [
          row("health check", ({ health }) =>
            health ? (health.code === 0 ? "passes" : `fails (${health.code})`) : "-",
          ),
        ]
      : []),
    row(
      "probes",
      ({ answers }) =>
        `${answers.filter(({ failure }) => failure === null).length} of ${answers.length} answered`,
    ),
    row("up after", ({ readyAfter }) => `${(readyAfter / 1000).toFixed(1)} s`),
  ];
}

export function countVerdicts(verifications: readonly Verification[]): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const count = verifications.filter((each) => each.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const { length } = verifications;
  return `${length} Dockerfile${length === 1 ? "" : "s"}: ${parts.join(", ") || "nothing to verify"}`;
}

/** It ended before anybody could look, or there is no way to. */
const UNSEEN = "not seen";
const VERDICTS: readonly Verdict[] = ["same", "different", "not comparable", "skipped"];

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function users(processes: NonNullable<Observation["processes"]>): string {
  const ids = [...new Set(processes.map(({ uid }) => uid))].sort((a, b) => a - b);
  return ids.map((uid) => (uid === 0 ? "root" : `uid ${uid}`)).join(", ") || "nobody";
}

function capabilities(processes: NonNullable<Observation["processes"]>): string {
  const most = Math.max(0, ...processes.map((each) => each.capabilities.length));
  return most === 0 ? "none" : String(most);
}
