import { composeChanges } from "../src/rewrite/plan/companions/compose.ts";
import { neighbourChanges } from "../src/rewrite/plan/companions/neighbours.ts";
import type { Pass } from "../src/rewrite/pass.ts";

/** Makes compose files fit an image that runs unprivileged: `user: root`, capabilities, secrets, volumes. */
export const compose: Pass = {
  name: "compose",
  summary: "folds `user: root` away in compose files, and what else root needed there",
  run: ({ plan }) => [...composeChanges(plan), ...neighbourChanges(plan)],
};
