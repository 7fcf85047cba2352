import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";

/** Makes the account, or gives one that the Dockerfile makes a fixed uid. Reused accounts need nothing. */
export const account: Pass = {
  name: "account",
  summary: "makes the unprivileged account in the distro's own way, or reuses one that is there",
  run({ plan, layout }) {
    if (!plan.account || !plan.positions) return [];
    const { args, lines, fixedId, title, reason, applicability, evidence } = plan.account;
    const edits = fixedId
      ? [fixedId]
      : lines.length > 0
        ? [
            insert(
              layout,
              plan.positions.account,
              [...args.map((line) => layout.line(line)), layout.runLines(lines)],
              true,
            ),
          ]
        : [];
    if (edits.length === 0) return [];
    const change: Change = {
      id: "account",
      pass: "account",
      title,
      reason,
      applicability,
      dependsOn: ["user"],
      evidence,
      edits,
    };
    return [change];
  },
};
