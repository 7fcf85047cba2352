import { ConfigFacts } from "./config-reader.ts";
import { parseIni, unquoted } from "./ini.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";

export function readPhpFpm(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "php-fpm");
  for (const entry of parseIni(text)) {
    const { value, ...span } = unquoted(entry);
    const says = `${entry.key} = ${value}`;
    if (entry.key === "user" || entry.key === "listen.owner" || entry.key === "listen.group") {
      facts.user(value, span, entry);
    } else if (entry.key === "listen") {
      const digits = /(?:^|:)(\d{1,5})$/.exec(value)?.[1];
      const port = digits === undefined ? null : portNumber(digits);
      if (port !== null) facts.listen({ start: span.end - digits!.length, end: span.end }, port, says);
      else if (value.startsWith("/")) facts.write("socket", value, span, null);
      else facts.unknown(span.start, says);
    } else if (entry.key === "include") facts.includes.push(value);
    else if (entry.key === "pid") facts.write("pid", value, span, PREFIX);
    else if (LOGS.has(entry.key) && value !== "syslog") facts.write("log", value, span, PREFIX);
    else if (/^php_(?:admin_)?value\[(?:session\.save_path|upload_tmp_dir|error_log)\]$/.test(entry.key)) {
      facts.write(entry.key.includes("error_log") ? "log" : "data", value, span, null);
    }
  }
  return facts.result();
}

export function looksLikePhpFpm(text: string): boolean {
  return /^\s*(?:pm(?:\.\w+)?|listen(?:\.\w+)?|daemonize|catch_workers_output|clear_env|php_admin_value\[[^\]]*\])\s*=/m.test(
    text,
  );
}

const LOGS = new Set(["error_log", "access.log", "slowlog"]);
/** Where the official image resolves relative paths. */
const PREFIX = "/usr/local";
