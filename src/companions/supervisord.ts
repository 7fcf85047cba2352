import { type Listen, type ShellCommand, effectsOf, parseShell } from "../shell/index.ts";
import { ConfigFacts } from "./config-reader.ts";
import { parseIni, unquoted, type IniEntry } from "./ini.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";

export function readSupervisord(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "supervisord");
  const entries = parseIni(text);
  for (const entry of entries) readEntry(facts, entry);
  for (const section of new Set(entries.map((entry) => entry.section))) {
    const name = /^(?:program|fcgi-program|eventlistener):(?<name>.+)$/.exec(section)?.groups?.name;
    if (name === undefined) continue;
    const own = entries.filter((entry) => entry.section === section);
    const find = (key: string): IniEntry | undefined => own.find((entry) => entry.key === key);
    const command = find("command");
    const commands = command ? commandsOf(command) : [];
    facts.programs.push({
      name,
      command: command?.value ?? "",
      commands,
      user: find("user")?.value ?? null,
      line: facts.source.lineAt(own[0]!.start),
    });
    for (const { port, start, end } of commands.flatMap(listens)) {
      // Where a variable was put in, the digits stand elsewhere.
      if (text.slice(start, end) === String(port))
        facts.listen({ start, end }, port, `[${section}] command listens on ${port}`);
    }
  }
  return facts.result();
}

/** It is split like a shell would, and run without one. */
function commandsOf({ value, valueStart }: IniEntry): readonly ShellCommand[] {
  return parseShell({ text: value, toSource: (offset) => valueStart + offset }, {}).commands;
}

function listens(command: ShellCommand): readonly Listen[] {
  return effectsOf(command, { user: "root", home: null }).listens;
}

export function looksLikeSupervisord(text: string): boolean {
  return /^\[(?:supervisord|program:[^\]]+|supervisorctl|inet_http_server)\]/m.test(text);
}

function readEntry(facts: ConfigFacts, entry: IniEntry): void {
  const { section, key } = entry;
  const { value, ...span } = unquoted(entry);
  const says = `[${section}] ${key}=${value}`;
  if (key === "user") facts.user(value, span, entry);
  else if (section === "inet_http_server" && key === "port") {
    const digits = /(?:^|:)(\d{1,5})$/.exec(value)?.[1];
    const port = digits === undefined ? null : portNumber(digits);
    if (port !== null) facts.listen({ start: span.end - digits!.length, end: span.end }, port, says);
    else facts.unknown(span.start, says);
  } else if (section === "unix_http_server" && key === "file") facts.write("socket", value, span, "/");
  else if (section === "include" && key === "files") facts.includes.push(...value.split(/\s+/));
  else if (/_?logfile$/.test(key) && !/^(?:NONE|AUTO|syslog)$/i.test(value))
    facts.write("log", value, span, "/");
  else if (key === "pidfile") facts.write("pid", value, span, "/");
  else if (key === "childlogdir") facts.write("log", value, span, "/");
}
