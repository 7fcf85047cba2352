import { isInside } from "../src/analysis/index.ts";
import type { Dockerfile } from "../src/dockerfile/index.ts";
import type { Pass, PassContext } from "../src/rewrite/pass.ts";
import { canRun } from "../src/rewrite/plan/account.ts";
import { insert } from "./insert.ts";
import { freshId } from "./names.ts";
import type { Change } from "../src/rewrite/types.ts";

/** A start script that only root may read or run keeps the container from starting. */
export const entrypointMode: Pass = {
  name: "entrypoint-mode",
  summary: "opens start scripts that only their owner may run",
  run(context) {
    const { plan } = context;
    const { account, model } = plan;
    if (!account) return [];
    const changes: Change[] = [];
    const ids = new Set<string>();
    for (const step of model.steps) {
      step.effects.forEach((effects, index) => {
        const command = step.commands[index]!;
        if (command.name !== "chmod") return;
        const mode = effects.modes[0]?.mode;
        const wider = mode === undefined ? null : widened(mode);
        const word = command.argv.find((w) => w.value === mode);
        if (wider === null || !word || word.raw !== mode) return;
        changes.push({
          id: freshId(`entrypoint-mode:${effects.modes[0]!.path}`, ids),
          pass: "entrypoint-mode",
          title: `chmod ${wider} instead of ${mode}`,
          reason: `Mode ${mode} is for the owner alone; the account could not run or read the file.`,
          applicability: "safe",
          dependsOn: [],
          evidence: [
            { source: "dockerfile", where: plan.path, line: step.instruction.line, says: `chmod ${mode}` },
          ],
          edits: [{ path: plan.path, start: word.start, end: word.end, text: wider }],
        });
      });
    }
    for (const step of model.steps) {
      const flag = step.instruction.flags.find((f) => f.name === "chmod");
      const wider = flag?.value ? widened(flag.value) : null;
      if (!flag?.valueRange || wider === null) continue;
      changes.push({
        id: freshId(`entrypoint-mode:${step.copy?.destination ?? ""}`, ids),
        pass: "entrypoint-mode",
        title: `--chmod=${wider} instead of ${flag.value}`,
        reason: `Mode ${flag.value} is for the owner alone; the account could not run or read the file.`,
        applicability: "safe",
        dependsOn: [],
        evidence: [
          {
            source: "dockerfile",
            where: plan.path,
            line: step.instruction.line,
            says: `--chmod=${flag.value}`,
          },
        ],
        edits: [{ path: plan.path, start: flag.valueRange.start, end: flag.valueRange.end, text: wider }],
      });
    }
    return [...changes, ...notExecutable(context)];
  },
};

/** Scripts that are started by name, but that git holds without an x bit and no step makes executable. */
function notExecutable({ plan, layout }: PassContext): Change[] {
  const { model, positions } = plan;
  if (!positions) return [];
  return plan.around.scripts.flatMap((script): Change[] => {
    if (script.interpreted || script.mode === "executable") return [];
    const made = model.steps.some((step) =>
      step.effects.some((effects) =>
        effects.modes.some((mode) => isInside(script.path, mode.path) || mode.path.includes("*")),
      ),
    );
    const copy = model.steps.findLast(
      (step) =>
        step.copy?.destination && isInside(script.path, step.copy.destination) && step.copy.from === null,
    );
    if (made || !copy || copy.copy!.chmod !== null || !script.startedByImage) return [];
    const lone =
      copy.copy!.sources.length === 1 && script.file.endsWith(copy.copy!.sources[0]!.replace(/^\.\//, ""));
    const edit =
      lone && hasBuildKit(model.dockerfile)
        ? layout.flag(copy.instruction, "--chmod=755")
        : canRun(model)
          ? insert(layout, positions.user, [layout.run([`chmod 755 ${script.path}`])])
          : null;
    if (edit === null) return [];
    return [
      {
        id: `entrypoint-mode:${script.path}`,
        pass: "entrypoint-mode",
        title: `Make ${script.path} executable`,
        reason: `${script.file} has no x bit, so the container could not start it.`,
        applicability: "safe",
        dependsOn: [],
        evidence: [{ source: "companion", where: script.file, line: null, says: "is not executable" }],
        edits: [edit],
      },
    ];
  });
}

/** What only BuildKit understands tells that it is the builder. */
function hasBuildKit(dockerfile: Dockerfile): boolean {
  return (
    dockerfile.directives.some((directive) => directive.name === "syntax") ||
    dockerfile.instructions.some(
      (i) =>
        i.heredocs.length > 0 ||
        i.flags.some((f) => f.name === "mount" || f.name === "link" || f.name === "chmod"),
    )
  );
}

/** The mode with read and execute for everybody, where it gave them to the owner only; null when it is open. */
function widened(mode: string): string | null {
  if (/^u\+(r?x|rwx)$/.test(mode)) return mode.replace(/^u/, "a").replace("w", "");
  if (/^0?7[0-5]0$/.test(mode) || /^0?7(44|40|00|10|50|11)$/.test(mode)) return "755";
  if (/^0?500$/.test(mode)) return "555";
  return null;
}
