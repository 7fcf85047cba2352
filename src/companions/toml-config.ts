import { posix } from "node:path";
import { ConfigFacts } from "./config-reader.ts";
import { CompanionError } from "./errors.ts";
import { readToml } from "./toml.ts";
import { readTraefikToml } from "./traefik.ts";
import type { ServerConfig } from "./types.ts";

/** Server configuration in TOML. Never throws: a file that is not understood carries its `problem` and no facts. */
export function readTomlConfig(path: string, text: string, destination: string): ServerConfig {
  try {
    if (isConfdResource(destination)) return readConfd(path, text);
    return readTraefikToml(path, text, readToml(path, text));
  } catch (error) {
    if (!(error instanceof CompanionError)) throw error;
    const { line, message } = error;
    return { ...new ConfigFacts(path, "", "other", "traefik").result(), problem: { line, message } };
  }
}

export function isConfdResource(destination: string): boolean {
  return /\/confd\/conf\.d\/[^/]+\.toml$/.test(destination);
}

/**
 * What confd makes at the start: it writes beside the file and renames. What a server listens on then is in a template.
 * Source: https://github.com/kelseyhightower/confd/blob/master/docs/template-resources.md
 */
function readConfd(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "confd");
  for (const { keys, value, span } of readToml(path, text)) {
    if (keys.join(".") !== "template.dest" || typeof value !== "string" || span === null) continue;
    facts.write("temp", posix.dirname(value), span, "/");
    if (/^\/(?:etc|usr\/local)\//.test(value)) facts.unknown(span.start, `confd makes ${value}`);
  }
  return facts.result();
}
