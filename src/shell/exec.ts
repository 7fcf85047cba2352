import { commandName, shellArgument } from "./names.ts";
import { parseShell, TOP, type ParseOptions } from "./parse.ts";
import type { ShellCommand, ShellScript } from "./types.ts";
import { ExecWord } from "./word.ts";

/** An exec form (`CMD ["nginx", "-g", "daemon off;"]`); the script inside, for `["sh", "-c", "..."]`. */
export function parseExec(
  argv: readonly { readonly value: string; readonly start: number; readonly end: number }[],
  options: ParseOptions = {},
): ShellScript {
  const words = argv.map((element) => new ExecWord(element));
  const script = shellArgument(words);
  if (script?.script !== undefined) return parseShell(script.script(), options);
  const first = words[0];
  if (first === undefined) return { commands: [], functions: [], errors: [] };
  const command: ShellCommand = {
    ...TOP,
    name: commandName(first),
    argv: words,
    assignments: [],
    redirects: [],
    start: first.start,
    end: words.at(-1)!.end,
    cwd: options.cwd ?? null,
    workdir: options.cwd ?? null,
  };
  return { commands: [command], functions: [], errors: [] };
}
