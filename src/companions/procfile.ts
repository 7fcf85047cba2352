import { effectsOf, parseShell } from "../shell/index.ts";
import { ConfigFacts } from "./config-reader.ts";
import type { ServerConfig } from "./types.ts";

/**
 * `web: gunicorn --bind :80 app`: what foreman, honcho and their like start.
 * Source: https://ddollar.github.io/foreman/#PROCFILE
 */
export function readProcfile(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "procfile");
  for (const match of text.matchAll(PROCESS)) {
    const { name, command } = match.groups!;
    const start = match.index + match[0].length - command!.length;
    const { commands } = parseShell({ text: command!, toSource: (offset) => start + offset }, {});
    facts.programs.push({
      name: name!,
      command: command!,
      commands,
      user: null,
      line: facts.source.lineAt(match.index),
    });
    for (const listen of commands.flatMap((one) => effectsOf(one, { user: "root", home: null }).listens)) {
      // Where a variable was put in, the digits stand elsewhere.
      if (text.slice(listen.start, listen.end) === String(listen.port))
        facts.listen(listen, listen.port, `${name} listens on ${listen.port}`);
    }
  }
  return facts.result();
}

export function looksLikeProcfile(text: string): boolean {
  return (
    text.trim() !== "" &&
    text.split(/\r?\n/).every((line) => /^(?:[\w-]+:[ \t]*\S.*|[ \t]*(?:#.*)?)$/.test(line))
  );
}

const PROCESS = /^(?<name>[\w-]+):[ \t]*(?<command>\S[^\r\n]*)$/gm;
