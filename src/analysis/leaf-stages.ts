import type { Dockerfile, Instruction, Stage } from "../dockerfile/index.ts";
import { parentStage } from "./model.ts";

/** The stages that no other one starts from or takes files from: each is there to be an image. */
export function leafStages(dockerfile: Dockerfile): readonly Stage[] {
  const needed = new Set<Stage>();
  for (const stage of dockerfile.stages) {
    const parent = parentStage(dockerfile, stage);
    if (parent) needed.add(parent);
    for (const name of stage.instructions.flatMap(origins)) {
      const other = dockerfile.stages.find(
        (each) => each.name === name.toLowerCase() || String(each.index) === name,
      );
      if (other) needed.add(other);
    }
  }
  return dockerfile.stages.filter((stage) => !needed.has(stage) || stage === dockerfile.stages.at(-1));
}

/** `--from=build`, `--mount=type=cache,from=build`. */
function origins({ flags }: Instruction): string[] {
  return flags.flatMap(({ name, value }) => {
    if (value === null) return [];
    if (name === "from") return [value];
    const [, from] = name === "mount" ? (/(?:^|,)from=([^,]+)/.exec(value) ?? []) : [];
    return from === undefined ? [] : [from];
  });
}
