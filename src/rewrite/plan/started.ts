import { type ImageModel, startCommands } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import { type ShellCommand, unwrap } from "../../shell/index.ts";

/** All that starts with the container, wrappers seen through: its command, scripts that it runs, programs of a supervisor. */
export function startedCommands(model: ImageModel, around: Surroundings): ShellCommand[] {
  return [
    ...startCommands(model),
    ...around.scripts.flatMap(({ script }) => script.commands),
    ...around.configs.flatMap(({ programs }) => programs.flatMap(({ commands }) => commands)),
  ].flatMap((command) => unwrap(command).map((inner) => inner.command));
}
