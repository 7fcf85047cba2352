import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { TomlValue } from "./toml.ts";
import type { ServerConfig, Span } from "./types.ts";
import { YamlFile } from "./yaml.ts";

export function looksLikeTraefik(text: string): boolean {
  return (
    /^(?:entryPoints|providers|http|tcp|udp):/m.test(text) &&
    /\b(?:address|url|filename|directory):/.test(text)
  );
}

/** Traefik's static configuration (entry points) and its dynamic one (servers of services), in YAML. */
export function readTraefik(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "traefik");
  const file = new YamlFile(path, text);
  for (const document of file.documents) {
    for (const [name, { value }] of file.entries(file.get(document, "entryPoints"))) {
      const address = file.scalar(file.get(value, "address"));
      if (address?.span) entryPoint(facts, name, address.value, address.span);
    }
    for (const protocol of ["http", "tcp"]) {
      for (const [name, { value }] of file.entries(file.get(document, protocol, "services"))) {
        for (const server of file.items(file.get(value, "loadBalancer", "servers"))) {
          const target = file.scalar(file.get(server, "url") ?? file.get(server, "address"));
          if (target?.span) facts.reach(target.value, target.span.start, `service ${name}: ${target.value}`);
        }
      }
    }
    for (const key of ["accessLog", "log"]) {
      const log = file.scalar(file.get(document, key, "filePath"));
      if (log?.span) facts.write("log", log.value, log.span, "");
    }
  }
  return facts.result();
}

/** The same in TOML; in version 1 servers stand below `backends`. */
export function readTraefikToml(path: string, text: string, values: readonly TomlValue[]): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "traefik");
  for (const { keys, value, span } of values) {
    if (typeof value !== "string" || !span) continue;
    const last = keys.at(-1);
    if (keys[0] === "entryPoints" && last === "address" && keys.length === 3)
      entryPoint(facts, String(keys[1]), value, span);
    else if (
      (keys.includes("servers") || keys.includes("backends")) &&
      (last === "url" || last === "address")
    )
      facts.reach(value, span.start, `server ${value}`);
    else if (last === "filePath" && (keys[0] === "accessLog" || keys[0] === "log"))
      facts.write("log", value, span, "");
  }
  return facts.result();
}

function entryPoint(facts: ConfigFacts, name: string, address: string, span: Span): void {
  const [, digits, udp] = /:(\d{1,5})(?:\/(?:tcp|(udp)))?$/i.exec(address) ?? [];
  const port = digits === undefined ? null : portNumber(digits);
  if (port === null || udp) return;
  const start = span.start + address.lastIndexOf(":") + 1;
  facts.listen({ start, end: start + digits!.length }, port, `entry point ${name}: ${address}`);
}
