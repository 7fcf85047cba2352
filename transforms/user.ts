import type { Pass, PassContext } from "../src/rewrite/pass.ts";
import type { StartPrefix } from "../src/rewrite/plan/start-prefix.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";
import { accountChanges, startScriptChanges, userSpec } from "./names.ts";
import { stepDown } from "./step-down.ts";

/** Ends the image as the account: after the last step that may need root, before ENTRYPOINT and CMD. */
export const user: Pass = {
  name: "user",
  summary: "ends the image with a numeric USER, after the last step that may need root",
  run(context) {
    const { plan, layout } = context;
    const { account, positions } = plan;
    if (!account || !positions) return [];
    if (plan.stepDown) return stepDown(context, plan.stepDown);
    const spec = userSpec(plan, account);
    const line = `${layout.keyword("USER")} ${spec}`;
    const moves = plan.home ? ["home"] : [];
    const change: Change = {
      id: "user",
      pass: "user",
      title: `Run as ${account.name ?? spec}${account.name && spec !== account.name ? ` (${spec})` : ""}`,
      reason: account.reason,
      applicability: account.applicability,
      dependsOn: [...accountChanges(account), ...moves, ...startScriptChanges(plan)],
      evidence: account.evidence,
      edits: [
        ...(positions.needless ? [layout.remove(positions.needless)] : []),
        insert(layout, positions.user, [line]),
      ],
    };
    return [change, ...(plan.umask ? [umaskChange(context, plan.umask)] : [])];
  },
};

function umaskChange({ plan, layout }: PassContext, { edits, lines }: StartPrefix): Change {
  return {
    id: "user:umask",
    pass: "user",
    title: `Start with the umask ${plan.options.umask}`,
    reason: "A shell sets it and then becomes the app, which every process of the app inherits it from.",
    applicability: "safe",
    dependsOn: ["user"],
    evidence: [{ source: "option", where: plan.path, line: null, says: `--umask ${plan.options.umask}` }],
    edits: [
      ...(lines.length > 0
        ? [
            insert(
              layout,
              plan.positions!.user,
              lines.map((line) => layout.line(line)),
            ),
          ]
        : []),
      ...edits,
    ],
  };
}
