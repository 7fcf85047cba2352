import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";

/** gunicorn.conf.py, as far as its settings are plain strings; what is computed stays open. */
export function readGunicorn(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "gunicorn");
  for (const match of text.matchAll(SETTING)) {
    const { name, value, code } = match.groups!;
    const says = match[0];
    if (value === undefined) {
      if (name === "bind" && code) readComputedBind(facts, match.index, says);
      continue;
    }
    const start = match.index + match[0].lastIndexOf(value);
    const span = { start, end: start + value.length };
    if (name === "bind") {
      const digits = /:(\d{1,5})$/.exec(value)?.[1];
      const port = digits === undefined ? null : portNumber(digits);
      if (port !== null) facts.listen({ start: span.end - digits!.length, end: span.end }, port, says);
      else if (value.startsWith("unix:")) facts.write("socket", value.slice(5), span, "");
      else facts.unknown(start, says);
    } else if (name === "user")
      facts.user(value, span, { start: match.index, end: match.index + match[0].length });
    else if (name === "pidfile") facts.write("pid", value, span, "");
    else if (name === "worker_tmp_dir") facts.write("temp", value, span, "");
    else if (value !== "-") facts.write("log", value, span, "");
  }
  return facts.result();
}

/** `bind = f"0.0.0.0:{os.getenv('PORT', '80')}"`: the default is a number in the text. */
function readComputedBind(facts: ConfigFacts, offset: number, says: string): void {
  const fallback =
    /(?:environ\.get|getenv)\(\s*["'](?<name>\w+)["']\s*,\s*["']?(?<digits>\d{1,5})["']?\s*\)/.exec(says);
  const port = fallback && portNumber(fallback.groups!.digits!);
  if (!port) {
    facts.unknown(offset, says);
    return;
  }
  const start = offset + fallback.index + fallback[0].lastIndexOf(fallback.groups!.digits!);
  facts.listen({ start, end: start + fallback.groups!.digits!.length }, port, says, {
    variable: fallback.groups!.name!,
  });
}

const SETTING =
  /^(?<name>bind|user|pidfile|accesslog|errorlog|worker_tmp_dir)[ \t]*=[ \t]*(?:\[?[ \t]*(["'])(?<value>[^"'\r\n]*)\2[ \t]*\]?[ \t]*(?:#.*)?$|(?<code>[^\r\n]+))/gm;
