import { ConfigFacts } from "./config-reader.ts";
import { wordLines } from "./lines.ts";
import { portNumber } from "./source-text.ts";
import type { ConfigWrite, ServerConfig } from "./types.ts";

export function readRedis(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "redis");
  for (const { words } of wordLines(text)) {
    const [name, first] = words;
    if (!name || !first) continue;
    const key = name.value.toLowerCase();
    if (key === "port" || key === "tls-port") {
      const port = portNumber(first.value);
      if (port !== null) facts.listen(first, port, `${key} ${first.value}`);
    } else if (key === "include") facts.includes.push(first.value);
    else if (key in WRITING && first.value !== "") facts.write(WRITING[key]!, first.value, first, null);
  }
  return facts.result();
}

export function looksLikeRedis(text: string): boolean {
  return /^(?:port|bind|appendonly|requirepass|maxmemory|protected-mode|save|dir)[ \t]+[^=\n]+$/m.test(text);
}

const WRITING: Readonly<Record<string, ConfigWrite["what"]>> = {
  dir: "data",
  logfile: "log",
  pidfile: "pid",
  unixsocket: "socket",
};
