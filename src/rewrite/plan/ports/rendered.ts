import { type ImageModel, starts } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { type ShellCommand, unwrap } from "../../../shell/index.ts";
import { lineAt } from "../line-at.ts";
import type { Place } from "./contract.ts";

/** Programs that make configuration from templates when the container starts: what a server listens on is in these. */
export function renderedAtStart(model: ImageModel, around: Surroundings, path: string): Place[] {
  const found = starts(model).flatMap(({ instruction, commands }) =>
    instruction ? renderers(commands).map((says) => ({ path, line: instruction.line, says })) : [],
  );
  const inScripts = around.scripts.flatMap(({ file, text, script }) =>
    script.commands.flatMap((command) =>
      renderers([command]).map((says) => ({
        path: file,
        line: lineAt(text, command.start),
        says,
      })),
    ),
  );
  return [...found, ...inScripts];
}

function renderers(commands: readonly ShellCommand[]): string[] {
  return commands.flatMap((outer) =>
    unwrap(outer).flatMap(({ command, wrappers }) =>
      [...wrappers.map((name) => ({ name, argv: outer.argv })), command].flatMap(({ name, argv }) => {
        const option = name === null ? undefined : RENDERERS.get(name);
        const renders = option !== undefined && (option === null || argv.some(({ raw }) => option.test(raw)));
        return renders ? [`${name} makes configuration at the start`] : [];
      }),
    ),
  );
}

/** With the option that makes them do so, where they do other things without. */
const RENDERERS: ReadonlyMap<string, RegExp | null> = new Map([
  // Source: https://github.com/jwilder/dockerize
  ["dockerize", /^"?--?template/],
  // Source: https://docs.gomplate.ca/usage/
  ["gomplate", /^(?:-[fo]|--(?:file|out|input-dir|output-dir|exec-pipe))/],
  // Source: https://github.com/hashicorp/consul-template
  ["consul-template", null],
  // Source: https://github.com/HeavyHorst/remco
  ["remco", null],
  // Source: https://github.com/kelseyhightower/confd
  ["confd", null],
  // Source: https://github.com/subfuzion/envtpl
  ["envtpl", null],
]);
