import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";

/** Moves what the app keeps in /root to the account's home: nobody but root can enter /root. */
export const home: Pass = {
  name: "home",
  summary: "moves the app's files out of /root to the account's home, and sets HOME",
  run({ plan, layout }) {
    const { account, home: move, positions } = plan;
    if (!account || !move || !positions) return [];
    const env =
      move.env.length > 0
        ? [insert(layout, positions.head, [`${layout.keyword("ENV")} ${move.env.join(" ")}`])]
        : [];
    const change: Change = {
      id: "home",
      pass: "home",
      title: `Move /root to ${move.to}`,
      reason: "Only root can enter /root, so the app could not read what stands there.",
      applicability: "likely",
      dependsOn: ["user"],
      evidence: move.evidence,
      edits: [...env, ...move.edits],
    };
    return [change];
  },
};
