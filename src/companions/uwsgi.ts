import { ConfigFacts } from "./config-reader.ts";
import { parseIni, unquoted } from "./ini.ts";
import { portNumber } from "./source-text.ts";
import type { ConfigWrite, ServerConfig } from "./types.ts";

export function readUwsgi(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "uwsgi");
  for (const entry of parseIni(text)) {
    if (entry.section !== "uwsgi") continue;
    const { value, ...span } = unquoted(entry);
    const key = entry.key.replaceAll("_", "-");
    const says = `${entry.key} = ${value}`;
    if (SOCKETS.has(key)) {
      const match = /^(?<host>[^/]*?):(?<port>\d{1,5})(?:,|$)/.exec(value);
      const port = match && portNumber(match.groups!.port!);
      if (port) {
        const start = span.start + match.groups!.host!.length + 1;
        facts.listen({ start, end: start + match.groups!.port!.length }, port, says);
      } else if (/^\/|\.sock$/.test(value)) facts.write("socket", value, span, null);
      else facts.unknown(span.start, says);
    } else if (key === "uid" || key === "chown-socket") facts.user(value, span, entry);
    else if (key in WRITING) facts.write(WRITING[key]!, value, span, null);
  }
  return facts.result();
}

export function looksLikeUwsgi(text: string): boolean {
  return /^\[uwsgi\]/m.test(text);
}

const SOCKETS = new Set([
  "http",
  "https",
  "http-socket",
  "socket",
  "uwsgi-socket",
  "http11-socket",
  "fastcgi-socket",
]);
const WRITING: Readonly<Record<string, ConfigWrite["what"]>> = {
  pidfile: "pid",
  pidfile2: "pid",
  "safe-pidfile": "pid",
  logto: "log",
  logto2: "log",
  daemonize: "log",
  stats: "socket",
  "master-fifo": "socket",
  spooler: "data",
};
