import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ServerConfig } from "./types.ts";
import { xmlElements } from "./xml.ts";

/** Tomcat's server.xml: connectors, and the valves that log. */
export function readTomcat(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "tomcat");
  for (const { name, attributes } of xmlElements(text)) {
    const port = attributes.get("port");
    if (name === "Connector" && port) {
      const says = `<Connector port="${port.value}">`;
      const number = portNumber(port.value);
      if (number !== null) facts.listen(port, number, says);
      else facts.unknown(port.start, says);
    }
    const directory = name === "Valve" ? attributes.get("directory") : undefined;
    if (directory) facts.write("log", directory.value, directory, CATALINA_HOME);
    const key = attributes.get("keystoreFile") ?? attributes.get("certificateKeystoreFile");
    if (key) facts.reads.push(key.value);
  }
  return facts.result();
}

/** The files that logback and log4j write, which are relative to the working directory. */
export function readLogConfig(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "other", "logback");
  const properties = new Map<string, string>();
  const resolved = (value: string): string =>
    value.replace(
      /\$\{([\w.]+)(?::-([^}]*))?\}/g,
      (whole, key: string, other?: string) => properties.get(key) ?? other ?? whole,
    );
  for (const { name, attributes, text: content } of xmlElements(text)) {
    if (/^property$/i.test(name)) {
      const key = attributes.get("name")?.value;
      const value = attributes.get("value") ?? content;
      if (key !== undefined && value) properties.set(key, resolved(value.value));
    }
    const file = /^(?:file|fileNamePattern)$/i.test(name)
      ? content
      : (attributes.get("fileName") ?? attributes.get("filePattern"));
    if (file) facts.write("log", resolved(file.value), file, "");
  }
  return facts.result();
}

const CATALINA_HOME = "/usr/local/tomcat";
