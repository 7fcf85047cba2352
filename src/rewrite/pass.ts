import type { Dockerfile } from "../dockerfile/index.ts";
import type { Plan } from "./plan/plan.ts";
import type { Layout } from "./layout.ts";
import type { Change } from "./types.ts";

/**
 * One transform: what deroot does to a Dockerfile in one respect. A pass reads the plan, parses nothing, and
 * returns its changes as data. Passes run in the order of the list in `transforms/index.ts`; insertions at the
 * same place keep that order.
 */
export interface Pass {
  /** The name in `--only`, `--skip` and `deroot explain`. */
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  run(context: PassContext): readonly Change[];
}

export interface PassContext {
  readonly dockerfile: Dockerfile;
  readonly plan: Plan;
  /** Makes edits that keep the file's line ends, keyword case and continuation style. */
  readonly layout: Layout;
}
