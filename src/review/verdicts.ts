import { partId } from "../rewrite/index.ts";
import type { Change } from "../rewrite/types.ts";

/** What a person says of a change. */
export type Verdict = "undecided" | "accepted" | "rejected";

/** The changes of one Dockerfile and what was said of each: id to verdict; what is missing is undecided. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** What follows from one verdict. */
export interface Consequence {
  /** False where the change rests on changes that are rejected: then nothing was decided. */
  readonly taken: boolean;
  readonly verdicts: Verdicts;
  /** Ids of the other changes that got another verdict along with it, in the order of the changes. */
  readonly along: readonly string[];
  /** Ids of the changes that it rests on: the rejected ones where it was not taken, else those still undecided. */
  readonly needs: readonly string[];
}

/** The changes that can be decided: `manual` ones are advice, and are never made. */
export function decidable(changes: readonly Change[]): readonly Change[] {
  return changes.filter((change) => change.applicability !== "manual");
}

/**
 * The changes as they are decided: those whose id is in `split` edit by edit, each with an id of its own. What
 * rested on the whole rests on every part.
 */
export function withParts(changes: readonly Change[], split: ReadonlySet<string>): readonly Change[] {
  if (split.size === 0) return changes;
  const parts = new Map(
    changes.filter(({ id }) => split.has(id)).map((change) => [change.id, partsOf(change)]),
  );
  return changes.flatMap(
    (change) =>
      parts.get(change.id) ?? {
        ...change,
        dependsOn: change.dependsOn.flatMap((id) => parts.get(id)?.map((part) => part.id) ?? id),
      },
  );
}

function partsOf(change: Change): Change[] {
  const { edits, title } = change;
  return edits.map((edit, index) => ({
    ...change,
    id: partId(change.id, index),
    title: `${title} (${index + 1} of ${edits.length})`,
    edits: [edit],
    modes: index === 0 ? (change.modes ?? []) : [],
    separable: false,
  }));
}

/** Everything that `id` rests on, directly or not. It can be part of a circle; it is not in its own answer. */
export function neededBy(changes: readonly Change[], id: string): string[] {
  const known = new Map(changes.map((change) => [change.id, change]));
  return reach(id, (each) => known.get(each)?.dependsOn.filter((other) => known.has(other)) ?? []);
}

/** Everything that rests on `id`, directly or not. */
export function dependantsOf(changes: readonly Change[], id: string): string[] {
  const dependants = new Map<string, string[]>();
  for (const change of changes) {
    for (const other of change.dependsOn)
      dependants.set(other, [...(dependants.get(other) ?? []), change.id]);
  }
  return reach(id, (each) => dependants.get(each) ?? []);
}

function reach(start: string, next: (id: string) => readonly string[]): string[] {
  const seen = new Set([start]);
  for (const id of seen) for (const other of next(id)) seen.add(other);
  seen.delete(start);
  return [...seen];
}

/**
 * One verdict and all that follows: rejecting a change takes back what rests on it. Accepting one that rests on
 * rejected changes decides nothing, unless `withNeeded`, which accepts all that it rests on as well.
 */
export function decide(
  changes: readonly Change[],
  verdicts: Verdicts,
  id: string,
  verdict: Verdict,
  options: { readonly withNeeded?: boolean } = {},
): Consequence {
  const verdictOf = (each: string): Verdict => verdicts.get(each) ?? "undecided";
  const next = new Map(verdicts);
  let needs: string[] = [];
  if (verdict === "accepted") {
    needs = neededBy(changes, id).filter((each) => verdictOf(each) !== "accepted");
    if (options.withNeeded === true) {
      for (const each of needs) next.set(each, "accepted");
      needs = [];
    } else {
      const rejected = needs.filter((each) => verdictOf(each) === "rejected");
      if (rejected.length > 0) return { taken: false, verdicts, along: [], needs: rejected };
    }
  } else if (verdict === "rejected") {
    for (const each of dependantsOf(changes, id)) next.set(each, "rejected");
  }
  next.set(id, verdict);
  return {
    taken: true,
    verdicts: next,
    along: changes
      .map((change) => change.id)
      .filter((each) => each !== id && next.get(each) !== verdicts.get(each)),
    needs,
  };
}

/** Accepts what is undecided. What rests on something rejected is rejected already. */
export function acceptRest(changes: readonly Change[], verdicts: Verdicts): Verdicts {
  return new Map(changes.map(({ id }) => [id, verdicts.get(id) === "rejected" ? "rejected" : "accepted"]));
}

/** Rejects what is undecided, and with it what rests on that. */
export function rejectRest(changes: readonly Change[], verdicts: Verdicts): Verdicts {
  let next = verdicts;
  for (const { id } of changes) {
    if ((next.get(id) ?? "undecided") === "undecided") next = decide(changes, next, id, "rejected").verdicts;
  }
  return next;
}
