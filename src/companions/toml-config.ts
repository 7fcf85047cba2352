import { ConfigFacts } from "./config-reader.ts";
import { CompanionError } from "./errors.ts";
import { readToml } from "./toml.ts";
import { readTraefikToml } from "./traefik.ts";
import type { ServerConfig } from "./types.ts";

/** Server configuration in TOML. Never throws: a file that is not understood carries its `problem` and no facts. */
export function readTomlConfig(path: string, text: string): ServerConfig {
  try {
    return readTraefikToml(path, text, readToml(path, text));
  } catch (error) {
    if (!(error instanceof CompanionError)) throw error;
    const { line, message } = error;
    return { ...new ConfigFacts(path, "", "other", "traefik").result(), problem: { line, message } };
  }
}
