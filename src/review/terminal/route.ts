import type { Change } from "../../rewrite/types.ts";
import type { ReviewChange, ReviewFile } from "../types.ts";
import { dependantsOf } from "../verdicts.ts";

/** One stop of a review: a change to decide, or something to read. */
export type Stop =
  | { readonly kind: "change"; readonly id: string }
  /** Why a Dockerfile is left alone, and advice. */
  | { readonly kind: "notice" };

/**
 * The stops of one Dockerfile: what most rests on comes first, so that what a change needs has been seen before it
 * or comes next; otherwise the order of the passes. Then what there is to know.
 */
export function stopsOf({ changes, advice, offered }: ReviewFile): Stop[] {
  const all = changes.map(({ change }) => change);
  const stops: Stop[] = byWeight(all).map(({ id }) => ({ kind: "change", id }));
  const isLeftAlone = offered.status === "declined" || offered.status === "failed";
  return isLeftAlone || advice.length > 0 ? [...stops, { kind: "notice" }] : stops;
}

function byWeight(changes: readonly Change[]): Change[] {
  const weights = new Map(changes.map(({ id }) => [id, dependantsOf(changes, id).length]));
  return [...changes].sort((a, b) => weights.get(b.id)! - weights.get(a.id)!);
}

/** Where somebody stands in a review; past the last Dockerfile is the summary. */
export interface Place {
  readonly file: number;
  readonly stop: number;
}

/** The next stop of this Dockerfile where something is left to do: further down, else above; -1 for none. */
export function nextOpen(stops: readonly Stop[], from: number, isOpen: (stop: Stop) => boolean): number {
  const order = [...stops.keys()].map((index) => (from + 1 + index) % stops.length);
  return order.find((index) => isOpen(stops[index]!)) ?? -1;
}

export function findChange(file: ReviewFile, id: string): ReviewChange | undefined {
  return file.changes.find(({ change }) => change.id === id);
}
