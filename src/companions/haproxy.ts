import { ConfigFacts } from "./config-reader.ts";
import { wordLines, type LineWord } from "./lines.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";

/** Directives that haproxy can only obey as root: it stops at them otherwise. */
const ROOT_ONLY = new Set(["user", "uid", "group", "gid", "chroot"]);

export function readHaproxy(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "haproxy");
  for (const { words } of wordLines(text)) {
    const [name, first, second] = words;
    if (!name || !first) continue;
    const says = words.map(({ value }) => value).join(" ");
    if (name.value === "bind") readBind(facts, first, says);
    // `listen web :80` and `frontend web *:80` are the old way to say it.
    else if ((name.value === "listen" || name.value === "frontend") && second?.value.includes(":"))
      readBind(facts, second, says);
    else if (name.value === "server" && second) facts.reach(second.value, second.start, says);
    else if (ROOT_ONLY.has(name.value)) facts.user(first.value, first, { start: name.start, end: first.end });
    else if (name.value === "pidfile") facts.write("pid", first.value, first, null);
    else if (name.value === "stats" && first.value === "socket" && second?.value.startsWith("/")) {
      facts.write("socket", second.value, second, null);
    }
  }
  return facts.result();
}

export function looksLikeHaproxy(text: string): boolean {
  return (
    /^(?:global|defaults|frontend|backend|listen)\b[^;{]*$/m.test(text) &&
    /^\s+(?:bind|server|mode|timeout|balance|maxconn)\s/m.test(text)
  );
}

/** `*:80`, `:80,:443`, `[::]:80`, `unix@/path`, `/path`, `:8000-8010`. */
function readBind(facts: ConfigFacts, word: LineWord, says: string): void {
  let at = word.start;
  for (const address of word.value.split(",")) {
    const match =
      /^(?<host>(?:ipv[46]@)?(?:\[[^\]]*\]|[0-9a-fA-F:]*:|[^:]*)):(?<port>\d{1,5})(?:-(?<portEnd>\d{1,5}))?$/.exec(
        address,
      );
    const port = match && portNumber(match.groups!.port!);
    if (port) {
      const start = at + match.groups!.host!.length + 1;
      facts.listen({ start, end: start + match.groups!.port!.length }, port, says, {
        ...(match.groups!.host && { host: match.groups!.host }),
        ...(match.groups!.portEnd && { portEnd: Number(match.groups!.portEnd) }),
      });
    } else if (/^(?:unix@)?\//.test(address)) {
      facts.write("socket", address.replace(/^unix@/, ""), { start: at, end: at + address.length }, null);
    } else facts.unknown(at, says);
    at += address.length + 1;
  }
}
