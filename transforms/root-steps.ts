import type { Pass } from "../src/rewrite/pass.ts";
import type { Change, Edit } from "../src/rewrite/types.ts";

/** RUN steps that need root but come after USER fail the build: they go ahead of it, or USER goes below them. */
export const rootSteps: Pass = {
  name: "root-steps",
  summary: "puts steps that need root ahead of USER",
  run({ plan, layout, dockerfile }) {
    const found = plan.rootSteps;
    if (!found) return [];
    const { user, steps, how } = found;
    const text = (start: number, end: number) => dockerfile.text.slice(start, end);
    const lines = steps.map((step) => layout.block(step.instruction));
    const last = steps[steps.length - 1]!.instruction;
    const edits: Edit[] =
      how === "move"
        ? [
            layout.before(user.instruction, lines),
            ...steps.map((step) => layout.remove(step.instruction, { comments: true })),
          ]
        : [
            layout.after(last, [text(user.instruction.start, user.instruction.end)]),
            layout.remove(user.instruction),
          ];
    const change: Change = {
      id: "root-steps",
      pass: "root-steps",
      title:
        how === "move"
          ? `Run line ${steps.map((s) => s.instruction.line).join(", ")} before USER`
          : `Move USER below line ${last.line}`,
      reason: `Line ${steps[0]!.instruction.line} needs root, but runs as ${user.instruction.body.text.trim()}: the build fails there.`,
      applicability: how === "move" ? "safe" : "likely",
      dependsOn: [],
      evidence: steps.map((step) => ({
        source: "dockerfile" as const,
        where: plan.path,
        line: step.instruction.line,
        says: "needs root",
      })),
      edits,
    };
    return [change];
  },
};
