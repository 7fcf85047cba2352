import { ConfigFacts } from "./config-reader.ts";
import { wordLines, type LineWord } from "./lines.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";

/** A Caddyfile: addresses before a `{` at the top, directives inside. */
export function readCaddy(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "caddy");
  let depth = 0;
  for (const { words } of wordLines(text)) {
    const first = words[0]!;
    const opens = words.at(-1)!.value === "{";
    const content = opens ? words.slice(0, -1) : words;
    const says = content.map(({ value }) => value).join(" ");
    if (depth === 0 && first.value !== "}" && first.value !== "import") {
      for (const word of content) readAddress(facts, word, says);
    } else if (content.length > 1) readDirective(facts, content, says);
    if (first.value === "import" && words[1]) facts.includes.push(words[1].value);
    if (opens) depth++;
    if (first.value === "}") depth = Math.max(0, depth - 1);
  }
  return facts.result();
}

export function looksLikeCaddy(text: string): boolean {
  return /^\s*(?:[^\s{}#]+(?:,?[ \t]+[^\s{}#]+)*[ \t]*)?\{[ \t]*$|^:\d+|^\s*(?:reverse_proxy|file_server|root \*|encode|respond|proxy)\b/m.test(
    text,
  );
}

/** `:80`, `http://example.com`, `example.com:443`, `0.0.0.0:80,`; a name alone means 443 and 80. */
function readAddress(facts: ConfigFacts, word: LineWord, says: string): void {
  const written = word.value.replace(/,$/, "");
  if (/^[({@&]/.test(written)) return; // snippets and matchers
  const match =
    /^(?:(?<scheme>https?):\/\/)?(?<host>\[[^\]]*\]|[^:/{}]*|\{[^}]*\})(?::(?<port>[^/]+))?(?:\/.*)?$/.exec(
      written,
    );
  if (!match) return;
  const { scheme, host, port } = match.groups!;
  if (port !== undefined) {
    const number = portNumber(port);
    const start = word.start + written.lastIndexOf(`:${port}`) + 1;
    const fallback = /^\{\$(?<name>\w+):(?<digits>\d{1,5})\}$/.exec(port)?.groups;
    if (number !== null)
      facts.listen({ start, end: start + port.length }, number, says, host ? { host } : {});
    else if (fallback) {
      const digits = start + port.length - 1 - fallback.digits!.length;
      facts.listen({ start: digits, end: digits + fallback.digits!.length }, Number(fallback.digits), says, {
        variable: fallback.name!,
      });
    } else facts.unknown(word.start, says);
    return;
  }
  const end = word.start + written.length;
  if (scheme !== undefined && host !== "" && !written.slice(scheme.length + 3).includes("/")) {
    facts.listen({ start: end, end }, scheme === "http" ? 80 : 443, says, {
      host: host!,
      implied: { before: ":", after: "" },
    });
  } else if (/^[\w*-]+(?:\.[\w-]+)+$|^localhost$/.test(written)) {
    facts.listen({ start: end, end }, 443, says, { host: host!, implied: { before: ":", after: "" } });
  }
}

function readDirective(facts: ConfigFacts, words: readonly LineWord[], says: string): void {
  const [name, ...args] = words;
  const first = args[0]!;
  if (name!.value === "http_port" || name!.value === "https_port") {
    const port = portNumber(first.value);
    if (port !== null) facts.listen(first, port, says);
  } else if (["reverse_proxy", "proxy", "php_fastcgi", "to", "forward_auth"].includes(name!.value)) {
    for (const word of args) facts.reach(word.value, word.start, says);
  } else if (name!.value === "output" && first.value === "file" && args[1]) {
    facts.write("log", args[1].value, args[1], "/");
  } else if (name!.value === "tls" && args.length === 2) facts.reads.push(...args.map(({ value }) => value));
  else if (name!.value === "storage" && first.value === "file_system" && args[1]) {
    facts.write("data", args[1].value, args[1], "/");
  }
}
