import type { Layout } from "../src/rewrite/layout.ts";
import type { Anchor } from "../src/rewrite/plan/positions.ts";
import type { Edit } from "../src/rewrite/types.ts";

/** New lines at an anchor of the plan. */
export function insert(layout: Layout, anchor: Anchor, lines: readonly string[], blankAfter = false): Edit {
  return anchor.at === "before"
    ? layout.before(anchor.instruction, lines, { blankAfter })
    : layout.after(anchor.instruction, lines);
}
