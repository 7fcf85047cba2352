import { type ShellCommand, effectsOf, parseExec, parseShell } from "../shell/index.ts";
import { composeValue, type ComposeValue } from "./compose-value.ts";
import type { PortSite } from "./types.ts";
import { isList, type YamlFile, type YamlNode } from "./yaml.ts";

/** What `command` or `entrypoint` tells a server to listen on. */
export function commandListens(file: YamlFile, node: YamlNode | null): PortSite[] {
  if (!node) return [];
  const readings = (isList(node) ? file.items(node) : [node]).flatMap((item) => {
    const scalar = file.scalar(item);
    return scalar ? [composeValue(scalar)] : [];
  });
  return isList(node) ? listed(file, readings) : readings.flatMap((reading) => written(file, reading));
}

/** A command in one string: split like a shell would, run without one. */
function written(file: YamlFile, reading: ComposeValue): PortSite[] {
  const script = parseShell({ text: reading.value, toSource: (offset) => offset }, {});
  return sites(file, script.commands, (start, end) => reading.locate(start, end));
}

/** Offsets into all the words, one after the other, so that each finds its way back to its own scalar. */
function listed(file: YamlFile, readings: readonly ComposeValue[]): PortSite[] {
  let at = 0;
  const words = readings.map((reading) => {
    const start = at;
    at += reading.value.length + 2;
    // `start` and `end` include the quotes of a JSON element.
    return { value: reading.value, start, end: start + reading.value.length + 2, reading };
  });
  const { commands } = parseExec(words);
  return sites(file, commands, (start, end) => {
    const word = words.find((one) => one.start <= start && end <= one.end);
    return word ? word.reading.locate(start - word.start - 1, end - word.start - 1) : null;
  });
}

function sites(
  file: YamlFile,
  commands: readonly ShellCommand[],
  locate: (start: number, end: number) => { start: number; end: number } | null,
): PortSite[] {
  return commands.flatMap((command) =>
    effectsOf(command, { user: "root", home: null }).listens.flatMap((listen) => {
      const span = listen.variable ? null : locate(listen.start, listen.end);
      if (!span || file.source.text.slice(span.start, span.end) !== String(listen.port)) return [];
      return [
        file.source.site(span, listen.port, {
          role: "listen",
          kind: "compose",
          says: `command listens on ${listen.port}`,
        }),
      ];
    }),
  );
}
