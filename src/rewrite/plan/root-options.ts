import { type ImageModel, starts } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Start } from "../../analysis/index.ts";
import { type ShellCommand, unwrap } from "../../shell/index.ts";
import { lineAt } from "./line-at.ts";

/** An option of a command line that only root can obey: it names who the program is to run as. */
export interface RootOption {
  /** In the tree: the Dockerfile or a start script. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** With its value and what separates it from the word before. */
  readonly start: number;
  readonly end: number;
  readonly program: string;
  readonly says: string;
}

/**
 * Programs that stop when they cannot change to the user. Others pass over it, as nginx, uwsgi, memcached and mysqld do.
 * Sources: https://docs.gunicorn.org/en/stable/settings.html#user,
 * https://docs.celeryq.dev/en/stable/reference/cli.html, http://supervisord.org/running.html
 */
const OPTIONS: readonly { readonly program: RegExp; readonly names: RegExp }[] = [
  { program: /^gunicorn$/, names: /^(?:-u|-g|--user|--group)(?:=|$)/ },
  { program: /^celery$/, names: /^(?:--uid|--gid)(?:=|$)/ },
  { program: /^supervisord$/, names: /^(?:-u|--user)(?:=|$)/ },
];

/** Such options of what ENTRYPOINT, CMD and the start scripts run. */
export function findRootOptions(dockerfile: string, model: ImageModel, around: Surroundings): RootOption[] {
  const { text } = model.dockerfile;
  return [
    ...starts(model).flatMap((start) =>
      start.instruction === null
        ? []
        : start.commands.flatMap((command) => inCommand(dockerfile, text, command, elements(start))),
    ),
    ...around.scripts.flatMap(({ file, text: script, script: { commands } }) =>
      commands.flatMap((command) => inCommand(file, script, command, [])),
    ),
  ];
}

type Spans = readonly { readonly start: number; readonly end: number }[];

/** The words of the exec form, with their quotes. */
function elements(start: Start): Spans {
  return start.instruction?.json ?? [];
}

function inCommand(path: string, text: string, command: ShellCommand, quoted: Spans): RootOption[] {
  return unwrap(command).flatMap(({ command: { name, argv } }) => {
    const option = OPTIONS.find(({ program }) => name !== null && program.test(name));
    if (!option) return [];
    const spans = argv.map((word) => spanOf(word, argv, quoted));
    return argv.flatMap((word, index) => {
      if (index === 0 || !option.names.test(word.raw)) return [];
      const last = word.raw.includes("=") ? index : index + 1;
      if (last >= argv.length) return [];
      const line = lineAt(text, word.start);
      const says = argv
        .slice(index, last + 1)
        .map(({ raw }) => raw)
        .join(" ");
      return [{ path, line, start: spans[index - 1]!.end, end: spans[last]!.end, program: name!, says }];
    });
  });
}

/** Of the exec form an element goes with its quotes; of a script in an element, the word. */
function spanOf(
  word: ShellCommand["argv"][number],
  argv: ShellCommand["argv"],
  quoted: Spans,
): { readonly start: number; readonly end: number } {
  const inside = quoted.find(({ start, end }) => start <= word.start && word.end <= end);
  const alone =
    inside !== undefined &&
    argv.filter(({ start, end }) => inside.start <= start && end <= inside.end).length === 1;
  return alone ? inside : word;
}
