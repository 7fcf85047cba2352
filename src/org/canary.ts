/** The first pull requests go ahead; the others wait until people and their checks have had a look at them. */
import type { Forge, PullRequest, Where } from "./forge.ts";
import type { Ledger, ProposalRecord } from "./ledger.ts";
import { CLOCK, type Clock } from "./limits.ts";
import { readMarker } from "./marker.ts";

export interface Canary {
  readonly repository: string;
  readonly branch: string;
  readonly number: number;
  readonly url: string;
}

export type Verdict = "good" | "bad" | "waiting";

/** The pull requests of a campaign that were opened first, in the order in which they were. */
export async function findCanaries(
  ledger: Ledger,
  { owner, names }: Pick<Where, "owner" | "names">,
  count: number,
): Promise<Canary[]> {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  // The ledger holds other campaigns, too.
  const isMeant = (repository: string): boolean =>
    names.length > 0
      ? wanted.has(repository.toLowerCase())
      : repository.toLowerCase().startsWith(`${owner?.toLowerCase()}/`);
  const found: (Canary & { createdAt: string })[] = [];
  for await (const { repository, proposals } of ledger.all()) {
    if (!isMeant(repository)) continue;
    for (const { branch, pullRequest } of proposals.filter(wasOpened)) {
      const { number, url, createdAt } = pullRequest!;
      found.push({ repository, branch, number, url, createdAt });
    }
    // Only the first are wanted: a campaign of thousands is not kept in memory.
    if (found.length > 2 * count + 100) found.sort(byAge).splice(count);
  }
  return found.sort(byAge).slice(0, count);
}

/** Waits until all of them are good, or one is bad. Resolves with those that are bad. */
export async function awaitCanaries(
  forge: Forge,
  canaries: readonly Canary[],
  options: {
    /** Once, with those that are waited for. */
    readonly onWaiting: (canaries: readonly Canary[]) => void;
    readonly signal: AbortSignal;
    readonly clock?: Clock;
  },
): Promise<readonly Canary[]> {
  const { onWaiting, signal, clock = CLOCK } = options;
  let waiting = canaries;
  for (let isTold = false; ; isTold = true) {
    const verdicts = await Promise.all(waiting.map((canary) => judge(forge, canary)));
    const bad = waiting.filter((_, i) => verdicts[i] === "bad");
    waiting = waiting.filter((_, i) => verdicts[i] === "waiting");
    if (bad.length > 0 || waiting.length === 0) return bad;
    if (!isTold) onWaiting(waiting);
    await clock.sleepUntil(clock.now() + LOOK_AGAIN_MS, signal);
  }
}

export async function judge(forge: Forge, { repository, branch, number }: Canary): Promise<Verdict> {
  const { pullRequests } = await forge.lookUp(repository, branch);
  const pullRequest = pullRequests.find((each) => each.number === number);
  return pullRequest === undefined ? "waiting" : verdictOn(pullRequest);
}

/** Merged, approved, or passed by its checks is good; closed by a person, or failed, is bad. */
export function verdictOn({ state, checks, review, body }: PullRequest): Verdict {
  if (state === "merged") return "good";
  if (state === "closed") return readMarker(body)?.state === "withdrawn" ? "good" : "bad";
  if (checks === "failed" || review === "changes-requested") return "bad";
  if (checks === "pending") return "waiting";
  return checks === "passed" || review === "approved" ? "good" : "waiting";
}

function wasOpened({ pullRequest }: ProposalRecord): boolean {
  return pullRequest !== null;
}

function byAge(a: { readonly createdAt: string }, b: { readonly createdAt: string }): number {
  return a.createdAt < b.createdAt ? -1 : 1;
}

const LOOK_AGAIN_MS = 60_000;
