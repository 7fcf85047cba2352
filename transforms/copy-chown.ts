import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";
import { accountChanges, copyChownIds, ownerSpec } from "./names.ts";

/** COPY and ADD make files that belong to root, whatever USER says: `--chown` gives them to the account. */
export const copyChown: Pass = {
  name: "copy-chown",
  summary: "adds --chown to the COPY and ADD that bring files the account owns",
  run({ plan, layout }) {
    const { account } = plan;
    if (!account) return [];
    const ids = copyChownIds(plan);
    return plan.handover.copies.map(({ step, evidence }): Change => {
      const owner = ownerSpec(plan, account, step);
      const { instruction } = step;
      return {
        id: ids.get(step)!,
        pass: "copy-chown",
        title: `Give what line ${instruction.line} copies to ${owner}`,
        reason: `${instruction.keyword} makes files that belong to root, even after USER.`,
        applicability: "safe",
        dependsOn: ["user", ...(/^\d+:\d+$/.test(owner) ? [] : accountChanges(account))],
        evidence,
        edits: [layout.flag(instruction, `--chown=${owner}`)],
      };
    });
  },
};
