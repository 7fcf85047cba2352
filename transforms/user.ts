import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";
import { accountChanges, userSpec } from "./names.ts";

/** Ends the image as the account: after the last step that may need root, before ENTRYPOINT and CMD. */
export const user: Pass = {
  name: "user",
  summary: "ends the image with a numeric USER, after the last step that may need root",
  run({ plan, layout }) {
    const { account, positions } = plan;
    if (!account || !positions) return [];
    const spec = userSpec(plan, account);
    const line = `${layout.keyword("USER")} ${spec}`;
    const moves = plan.home ? ["home"] : [];
    const change: Change = {
      id: "user",
      pass: "user",
      title: `Run as ${account.name ?? spec}${account.name && spec !== account.name ? ` (${spec})` : ""}`,
      reason: account.reason,
      applicability: account.applicability,
      dependsOn: [...accountChanges(account), ...moves],
      evidence: account.evidence,
      edits: [
        ...(positions.needless ? [layout.remove(positions.needless)] : []),
        insert(layout, positions.user, [line]),
      ],
    };
    return [change];
  },
};
