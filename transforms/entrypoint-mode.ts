import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";

/** A start script that only root may read or run keeps the container from starting. */
export const entrypointMode: Pass = {
  name: "entrypoint-mode",
  summary: "opens start scripts that only their owner may run",
  run({ plan }) {
    const { account, model } = plan;
    if (!account) return [];
    const changes: Change[] = [];
    for (const step of model.steps) {
      step.effects.forEach((effects, index) => {
        const command = step.commands[index]!;
        if (command.name !== "chmod") return;
        const mode = effects.modes[0]?.mode;
        const wider = mode === undefined ? null : widened(mode);
        const word = command.argv.find((w) => w.value === mode);
        if (wider === null || !word || word.raw !== mode) return;
        changes.push({
          id: `entrypoint-mode:${effects.modes[0]!.path}`,
          pass: "entrypoint-mode",
          title: `chmod ${wider} instead of ${mode}`,
          reason: `Mode ${mode} is for the owner alone; the account could not run or read the file.`,
          applicability: "safe",
          dependsOn: [],
          evidence: [{ source: "dockerfile", where: plan.path, line: step.instruction.line, says: `chmod ${mode}` }],
          edits: [{ path: plan.path, start: word.start, end: word.end, text: wider }],
        });
      });
    }
    return changes;
  },
};

/** The mode with read and execute for everybody, where it gave them to the owner only; null when it is open. */
function widened(mode: string): string | null {
  if (/^u\+(r?x|rwx)$/.test(mode)) return mode.replace(/^u/, "a").replace("w", "");
  if (/^0?7[0-5]0$/.test(mode) || /^0?7(44|40|00|10|50|11)$/.test(mode)) return "755";
  if (/^0?500$/.test(mode)) return "555";
  return null;
}
