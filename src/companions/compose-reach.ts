import { authorities, isLoopback } from "./authorities.ts";
import { composeValue, type ComposeValue } from "./compose-value.ts";
import { portNumber } from "./source-text.ts";
import type { OpenSite, PortSite } from "./types.ts";
import { isMapping, type YamlFile, type YamlNode, type YamlScalar } from "./yaml.ts";

/** A service's name and what it says, layer by layer (its own map first, then those it extends). */
export interface ReachingService {
  readonly name: string;
  readonly names: readonly string[];
  readonly layers: readonly YamlNode[];
}

/**
 * For each service, the places in the file that connect to one of its ports: its own expose, healthcheck and
 * proxy labels, and what other services say about it. Services of other files are known by their names alone.
 */
export function readReached(
  file: YamlFile,
  services: readonly ReachingService[],
  neighbours: ReadonlyMap<string, string>,
): { reached: ReadonlyMap<string, PortSite[]>; open: ReadonlyMap<string, OpenSite[]> } {
  const owners = new Map(neighbours);
  for (const { name, names } of services) for (const alias of names) owners.set(alias.toLowerCase(), name);
  for (const { name } of services) owners.set(name.toLowerCase(), name);
  const notes = new Notes(file);
  for (const service of services) {
    for (const layer of service.layers) {
      readExposed(file, notes, service.name, layer);
      readLabels(file, notes, service.name, file.get(layer, "labels"));
      readLabels(file, notes, service.name, file.get(layer, "deploy", "labels"));
      readHealthcheck(file, notes, service.name, layer);
      readHostAndPort(file, notes, service.name, owners, layer);
      for (const { scalar, says } of valuesThatName(file, layer)) {
        const reading = composeValue(scalar);
        for (const found of authorities(reading.value)) {
          const owner = owners.get(found.host);
          if (owner !== undefined) notes.authority(owner, reading, found, `${service.name}: ${says}`);
        }
      }
    }
  }
  return notes;
}

class Notes {
  readonly reached = new Map<string, PortSite[]>();
  readonly open = new Map<string, OpenSite[]>();
  private readonly file: YamlFile;
  private readonly seen = new Set<string>();

  constructor(file: YamlFile) {
    this.file = file;
  }

  authority(
    owner: string,
    reading: ComposeValue,
    found: ReturnType<typeof authorities>[number],
    says: string,
  ): void {
    if (found.port === null) return;
    const extra = { host: found.host, ...(!found.written && { implied: { before: ":", after: "" } }) };
    this.add(owner, reading, found.start, found.end, found.port, "reach", says, extra);
  }

  add(
    owner: string,
    reading: ComposeValue,
    start: number,
    end: number,
    port: number,
    role: PortSite["role"],
    says: string,
    extra: Partial<PortSite> = {},
  ): void {
    const span = reading.locate(start, end);
    const key = `${owner}:${span ? span.start : `line ${reading.scalar.line}`}:${port}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    if (!span) {
      push(this.open, owner, { line: reading.scalar.line, says: says.slice(0, 120), variable: null });
      return;
    }
    const variable = start < end ? reading.variableAt(start) : null;
    const about = { role, kind: "compose", says, ...extra, ...(variable !== null && { variable }) };
    push(this.reached, owner, this.file.source.site(span, port, about));
  }
}

function readExposed(file: YamlFile, notes: Notes, name: string, layer: YamlNode): void {
  for (const item of file.items(file.get(layer, "expose"))) {
    const scalar = file.scalar(item);
    const reading = scalar && composeValue(scalar);
    const match = reading && /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(reading.value);
    const port = match && portNumber(match[1]!);
    if (!port) continue;
    notes.add(name, reading, 0, match[1]!.length, port, "describe", `expose: ${reading.value}`, {
      protocol: match[3]?.toLowerCase() === "udp" ? "udp" : "tcp",
      ...(match[2] && { portEnd: Number(match[2]) }),
    });
  }
}

/** What reverse proxies read: traefik's labels. */
function readLabels(file: YamlFile, notes: Notes, name: string, labels: YamlNode | null): void {
  for (const { key, scalar, from } of assignments(file, labels)) {
    if (!PORT_LABEL.test(key) || !scalar) continue;
    notePlainPort(notes, name, scalar, from, `label ${key}`);
  }
}

function notePlainPort(notes: Notes, name: string, scalar: YamlScalar, from: number, says: string): void {
  const reading = composeValue(scalar);
  const port = portNumber(reading.value.slice(from));
  if (port !== null) notes.add(name, reading, from, reading.value.length, port, "reach", `${says}=${port}`);
}

function readHealthcheck(file: YamlFile, notes: Notes, name: string, layer: YamlNode): void {
  const words: { word: string; reading: ComposeValue; at: number }[] = [];
  for (const item of file.items(file.get(layer, "healthcheck", "test"))) {
    const scalar = file.scalar(item);
    if (!scalar) continue;
    const reading = composeValue(scalar);
    for (const found of authorities(reading.value)) {
      if (isLoopback(found.host)) notes.authority(name, reading, found, `healthcheck ${reading.value}`);
    }
    for (const match of reading.value.matchAll(/[^\s;|&]+/g)) {
      words.push({ word: match[0], reading, at: match.index });
    }
  }
  // `nc -z localhost 80`: the port is the word after the host.
  for (const [index, { word, reading, at }] of words.entries()) {
    const port = portNumber(word);
    const host = words[index - 1]?.word;
    if (port !== null && host !== undefined && isLoopback(host.toLowerCase())) {
      notes.add(name, reading, at, at + word.length, port, "reach", `healthcheck ${host} ${word}`);
    }
  }
}

/** `WEB_HOST=web` with `WEB_PORT=80` beside it, and nginx-proxy's own VIRTUAL_PORT. */
function readHostAndPort(
  file: YamlFile,
  notes: Notes,
  name: string,
  owners: ReadonlyMap<string, string>,
  layer: YamlNode,
): void {
  const variables = new Map(assignments(file, file.get(layer, "environment")).map((one) => [one.key, one]));
  for (const { key, scalar, from } of variables.values()) {
    if (!scalar) continue;
    if (key === "VIRTUAL_PORT") notePlainPort(notes, name, scalar, from, key);
    if (!key.endsWith("HOST")) continue;
    const owner = owners.get(composeValue(scalar).value.slice(from).toLowerCase());
    const port = variables.get(`${key.slice(0, -"HOST".length)}PORT`);
    if (owner !== undefined && port?.scalar)
      notePlainPort(notes, owner, port.scalar, port.from, `${name}: ${port.key}`);
  }
}

function valuesThatName(file: YamlFile, layer: YamlNode): { scalar: YamlScalar; says: string }[] {
  const found: { scalar: YamlScalar; says: string }[] = [];
  for (const field of ["environment", "labels"]) {
    for (const { key, scalar } of assignments(file, file.get(layer, field))) {
      if (scalar) found.push({ scalar, says: key });
    }
  }
  const commands = [["command"], ["entrypoint"], ["healthcheck", "test"]];
  for (const keys of commands) {
    for (const item of file.items(file.get(layer, ...keys))) {
      const scalar = file.scalar(item);
      if (scalar) found.push({ scalar, says: keys[0]! });
    }
  }
  for (const { key, scalar } of assignments(file, file.get(layer, "build", "args"))) {
    if (scalar) found.push({ scalar, says: `build argument ${key}` });
  }
  return found;
}

export interface Assignment {
  readonly key: string;
  readonly scalar: YamlScalar | null;
  readonly from: number;
  readonly written: YamlScalar | null;
}

/** Environment, labels and build arguments, as a list of `A=b` or as a map; `from` is where the value begins. */
export function assignments(file: YamlFile, node: YamlNode | null): Assignment[] {
  if (isMapping(node)) {
    return [...file.entries(node)].map(([key, { key: keyNode, value }]) => ({
      key,
      scalar: file.scalar(value),
      from: 0,
      written: file.scalar(keyNode),
    }));
  }
  return file.items(node).flatMap((item): Assignment[] => {
    const written = file.scalar(item);
    if (!written) return [];
    const equals = written.value.indexOf("=");
    if (equals === -1) return [{ key: written.value, scalar: null, from: 0, written }];
    return [{ key: written.value.slice(0, equals), scalar: written, from: equals + 1, written }];
  });
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

const PORT_LABEL =
  /^traefik\.(?:(?:http|tcp|udp)\.services\.[^.]+\.loadbalancer\.server\.port|(?:[\w-]+\.)?port)$/i;
