import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";
import { isList, isMapping, YamlFile, type YamlNode } from "./yaml.ts";

export function looksLikeEnvoy(text: string): boolean {
  return /\bsocket_address\b/.test(text) && /\b(?:static_resources|listeners|clusters|admin)\b/.test(text);
}

/** Envoy's bootstrap file: socket addresses of its listeners and admin port, and of the clusters it hands on to. */
export function readEnvoy(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "envoy");
  const file = new YamlFile(path, text);
  const address = (node: YamlNode | null, role: "listen" | "reach"): void => {
    const port = file.scalar(file.get(node, "port_value"));
    const number = port && portNumber(port.value);
    const host = file.string(node, "address") ?? "";
    if (!port?.span || !number || file.string(node, "protocol")?.toUpperCase() === "UDP") return;
    facts.port(port.span, number, role, `${role === "listen" ? "listener" : "cluster"} ${host}:${number}`, {
      host: host.toLowerCase(),
    });
  };
  /** Addresses stand at many depths; which side they are on is known from the top. */
  const walk = (node: YamlNode | null, role: "listen" | "reach", depth = 0): void => {
    if (depth > 24) return;
    if (isMapping(node)) {
      for (const [key, { value }] of file.entries(node)) {
        if (key === "socket_address") address(file.follow(value), role);
        else walk(file.follow(value), role, depth + 1);
      }
    } else if (isList(node)) for (const item of file.items(node)) walk(item, role, depth + 1);
  };
  for (const document of file.documents) {
    walk(file.get(document, "admin"), "listen");
    for (const resources of [file.get(document, "static_resources"), document]) {
      for (const listener of file.items(file.get(resources, "listeners")))
        walk(file.get(listener, "address"), "listen");
      walk(file.get(resources, "clusters"), "reach");
    }
    const log = file.scalar(file.get(document, "admin", "access_log_path"));
    if (log?.span) facts.write("log", log.value, log.span, null);
  }
  return facts.result();
}
