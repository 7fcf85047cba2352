import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ConfigWrite, ServerConfig } from "./types.ts";

/** lighttpd's assignments and the addresses in its conditions. */
export function readLighttpd(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "lighttpd");
  const variables = new Map<string, string>();
  let hasPort = false;
  for (const match of text.matchAll(STATEMENT)) {
    const { name, string, number, socket, include } = match.groups!;
    const span = (value: string): { start: number; end: number } => {
      const start = match.index + match[0].lastIndexOf(value);
      return { start, end: start + value.length };
    };
    const says = match[0];
    if (include !== undefined) facts.includes.push(include);
    else if (socket !== undefined) {
      const digits = /:(\d{1,5})$/.exec(socket)?.[1];
      const port = digits === undefined ? null : portNumber(digits);
      if (port !== null) facts.listen(span(digits!), port, says);
    } else if (name === "server.port" && number !== undefined) {
      const port = portNumber(number);
      hasPort = true;
      if (port !== null) facts.listen(span(number), port, says);
    } else if (name !== undefined && string !== undefined) {
      variables.set(name, string);
      const value = string.replace(/\$\{?([\w.]+)\}?/g, (whole, key: string) => variables.get(key) ?? whole);
      if (name === "server.username")
        facts.user(value, span(string), { start: match.index, end: match.index + match[0].length });
      else if (name in WRITING && !value.startsWith("|"))
        facts.write(WRITING[name]!, value, span(string), null);
    } else if (name === "server.port") {
      hasPort = true;
      facts.unknown(match.index, says);
    }
  }
  const documentRoot = /^[ \t]*server\.document-root\b/m.exec(text);
  if (!hasPort && documentRoot) {
    const start = documentRoot.index;
    facts.listen({ start, end: start }, 80, "server.port is 80 where it is not set", {
      implied: { before: "server.port = ", after: "\n" },
    });
  }
  return facts.result();
}

export function looksLikeLighttpd(text: string): boolean {
  return /^\s*(?:server\.(?:port|document-root|modules|username|pid-file)|url\.rewrite|mimetype\.assign)\b/m.test(
    text,
  );
}

const STATEMENT =
  /^[ \t]*(?:(?:var\.)?(?<name>[\w.-]+)[ \t]*:?=[ \t]*(?:"(?<string>[^"\n]*)"|(?<number>\d+)|[^\s("][^\n]*)|\$SERVER\["socket"\][ \t]*==[ \t]*"(?<socket>[^"\n]*)"|include[ \t]+"(?<include>[^"\n]*)")/gm;
const WRITING: Readonly<Record<string, ConfigWrite["what"]>> = {
  "server.pid-file": "pid",
  "server.errorlog": "log",
  "accesslog.filename": "log",
  "server.breakagelog": "log",
  "compress.cache-dir": "cache",
  "deflate.cache-dir": "cache",
};
