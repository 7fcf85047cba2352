import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";
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
      const [, digits, udp] = /:(\d{1,5})(\/udp)?$/i.exec(address?.value ?? "") ?? [];
      const port = digits === undefined ? null : portNumber(digits);
      if (!address?.span || port === null || udp) continue;
      const start = address.span.start + address.value.lastIndexOf(":") + 1;
      facts.listen({ start, end: start + digits!.length }, port, `entry point ${name}: ${address.value}`);
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
