import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig, Span } from "./types.ts";
import { YamlFile, type YamlNode } from "./yaml.ts";

/** Spring's application.properties. Relative paths are relative to the working directory and stay relative. */
export function readProperties(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "spring");
  for (const match of text.matchAll(PROPERTY)) {
    const { key, value } = match.groups!;
    const start = match.index + match[0].length - value!.length;
    readSetting(facts, key!, value!.trimEnd(), { start, end: start + value!.trimEnd().length });
  }
  return facts.result();
}

/**
 * log4j's file of properties: `log4j.appender.F.File=logs/app.log`, and `appender.f.fileName` in version 2.
 * Source: https://logging.apache.org/log4j/2.x/manual/configuration.html
 */
export function readLogProperties(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "log4j");
  for (const match of text.matchAll(PROPERTY)) {
    const { key, value } = match.groups!;
    const start = match.index + match[0].length - value!.length;
    const written = value!.trimEnd();
    if (/^log4j\.appender\.\w+\.File$|^appender\.\w+\.fileName$/i.test(key!))
      facts.write("log", written, { start, end: start + written.length }, "");
  }
  return facts.result();
}

/** Spring's application.yml, several documents included. */
export function readSpringYaml(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "spring");
  const file = new YamlFile(path, text);
  for (const document of file.documents) {
    for (const key of SETTINGS) {
      const scalar = file.scalar(findSetting(file, document, key));
      if (scalar?.span) readSetting(facts, key, scalar.value, scalar.span);
    }
  }
  return facts.result();
}

export function looksLikeSpringYaml(text: string): boolean {
  return /^(?:server|spring|logging|management)(?:\.[\w.-]+)?:/m.test(text);
}

/** `server.port` may be written in steps or with dots, in any mixture. */
function findSetting(file: YamlFile, node: YamlNode | null, key: string): YamlNode | null {
  const names = key.split(".");
  for (let count = names.length; count > 0; count--) {
    const next = file.get(node, names.slice(0, count).join("."));
    if (next === null) continue;
    return count === names.length ? next : findSetting(file, next, names.slice(count).join("."));
  }
  return null;
}

function readSetting(facts: ConfigFacts, key: string, value: string, span: Span): void {
  const says = `${key}=${value}`;
  if (/^(?:server|management\.server)\.port$|^quarkus\.http\.(?:ssl-)?port$/.test(key)) {
    const fallback = /^\$\{(?<name>[\w.]+):(?<digits>\d{1,5})\}$/.exec(value)?.groups;
    const digits = fallback?.digits ?? value;
    const port = portNumber(digits);
    if (port === null) {
      if (value !== "0" && value !== "-1") facts.unknown(span.start, says);
      return;
    }
    const start = fallback ? span.end - 1 - digits.length : span.start;
    facts.listen(
      { start, end: start + digits.length },
      port,
      says,
      fallback ? { variable: fallback.name! } : {},
    );
  } else if (
    /^logging\.file(?:\.(?:name|path))?$|^server\.tomcat\.(?:basedir|accesslog\.directory)$/.test(key)
  ) {
    facts.write("log", value, span, "");
  } else if (key === "spring.servlet.multipart.location") facts.write("temp", value, span, "");
  else if (key === "spring.datasource.url") {
    const { database, path } = JDBC_FILE.exec(value)?.groups ?? {};
    // They add endings of their own to the name.
    const ending = database === "sqlite" ? "" : database === "h2" ? ".mv.db" : ".data";
    if (path !== undefined) facts.write("data", path + ending, span, "");
  }
}

const JDBC_FILE = /^jdbc:(?<database>h2|hsqldb|sqlite):(?:file:)?(?<path>[./][^;?]*)/;
const PROPERTY = /^[ \t]*(?<key>[^\s#!=:][^\s=:]*)[ \t]*[=: ][ \t]*(?<value>[^\r\n]*)$/gm;
const SETTINGS = [
  "server.port",
  "management.server.port",
  "quarkus.http.port",
  "logging.file",
  "logging.file.name",
  "logging.file.path",
  "server.tomcat.basedir",
  "server.tomcat.accesslog.directory",
  "spring.servlet.multipart.location",
  "spring.datasource.url",
];
