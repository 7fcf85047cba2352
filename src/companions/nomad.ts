import { effectsOf, parseExec } from "../shell/index.ts";
import type { PlacedVariable, PortPlace } from "./deployment.ts";
import { blocksOf, type HclBlock, type HclBody, type HclValue, valueOf } from "./hcl.ts";
import { repositoryOf } from "./image-reference.ts";
import { portNumber, SourceText } from "./source-text.ts";
import type { PortSite } from "./types.ts";

/** What a Nomad job says of one image. */
export interface NomadPlaces {
  readonly callers: PortSite[];
  readonly fixed: PortPlace[];
  readonly mentions: PortPlace[];
  readonly environment: PlacedVariable[];
  /** Tasks that run the image as root, whatever it says. */
  readonly rootUsers: PortPlace[];
}

/** A number in a job, and what it is. */
interface Found {
  readonly value: HclValue;
  readonly port: number;
  readonly says: string;
}

export function isNomadJob(text: string): boolean {
  return /^\s*job\s+"/m.test(text);
}

/**
 * Ports of the containers that a job starts. Where a group has one task, its ports are the container's own; tasks that
 * share a network are left to a person.
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification
 * @param body of the job's file, null where it could not be read.
 */
export function nomadPlaces(
  path: string,
  text: string,
  body: HclBody | null,
  names: ReadonlySet<string>,
): NomadPlaces {
  const places: NomadPlaces = { callers: [], fixed: [], mentions: [], environment: [], rootUsers: [] };
  if (!body) return places;
  const source = new SourceText(path, text);
  const jobs = blocksOf(body, "job").map((job) => job.body);
  const groups = jobs.flatMap((job) => [job, ...blocksOf(job, "group").map((group) => group.body)]);
  for (const group of groups) {
    const tasks = blocksOf(group, "task");
    for (const task of tasks) readTask(places, source, group, task, tasks.length === 1, names);
  }
  return places;
}

function readTask(
  places: NomadPlaces,
  source: SourceText,
  group: HclBody,
  { labels, body: task }: HclBlock,
  isAlone: boolean,
  names: ReadonlySet<string>,
): void {
  const driver = valueOf(task, "driver")?.text ?? "";
  const config = blocksOf(task, "config")[0]?.body;
  if (!config || !/^(?:docker|podman)$/.test(driver)) return;
  const written = valueOf(config, "image")?.text ?? null;
  const image = written === null ? null : repositoryOf(written.replace(/:[^:/]*\$.*$/, ""));
  const { path } = source;
  const found = portsOf(group, task, config);
  if (image === null || !names.has(image)) {
    // A name without an owner is an official image.
    if (image !== null && !image.includes("/")) return;
    for (const { value, port, says } of found.ports)
      places.mentions.push({ path, line: value.line, port, says: `Nomad ${says}` });
    return;
  }
  const isHost = valueOf(config, "network_mode")?.text === "host";
  for (const { value, port, says } of [...found.ports, ...servicePorts(group, task)]) {
    if (isAlone && !isHost && value.span)
      places.callers.push(source.site(value.span, port, { role: "reach", kind: "nomad", says }));
    else places.fixed.push({ path, line: value.line, port, says: `Nomad ${says}` });
  }
  // The container's port is the host's: neither can move alone.
  for (const { value, port, says } of found.fixed)
    places.fixed.push({ path, line: value.line, port, says: `Nomad ${says}` });
  for (const block of blocksOf(task, "env"))
    for (const { name, line, value } of block.body.attributes)
      if (value.text !== null && value.span)
        places.environment.push({ name, value: value.text, path, line, ...value.span });
  places.callers.push(...commandPorts(source, config));
  const user = valueOf(task, "user");
  if (/^(?:root|0)(?::|$)/.test(user?.text ?? ""))
    places.rootUsers.push({ path, line: user!.line, port: null, says: `task ${labels[0] ?? ""}` });
}

/** `port "http" { to = 80 }` of the ports that the task uses, and `port_map` of older jobs. */
function portsOf(group: HclBody, task: HclBody, config: HclBody): { ports: Found[]; fixed: Found[] } {
  const ports: Found[] = [];
  const fixed: Found[] = [];
  const map = valueOf(config, "port_map");
  const mapped = [
    ...blocksOf(config, "port_map").flatMap(({ body }) => body.attributes),
    ...[...(map ? [map] : []), ...(map?.items ?? [])].flatMap(({ entries }) => entries),
  ];
  for (const { name, value } of mapped) note(ports, value, `port_map ${name} = ${value.text}`);
  const used = valueOf(config, "ports")?.items.map(({ text }) => text) ?? null;
  const networks = [group, ...blocksOf(task, "resources").map(({ body }) => body)].flatMap((body) =>
    blocksOf(body, "network"),
  );
  for (const { labels, body } of networks.flatMap((network) => blocksOf(network.body, "port"))) {
    const label = labels[0] ?? "";
    // Older jobs name the labels in port_map.
    if (used ? !used.includes(label) : mapped.some(({ name }) => name === label)) continue;
    const to = valueOf(body, "to");
    const held = valueOf(body, "static");
    if (to && to.text !== "-1") note(ports, to, `port ${label} to = ${to.text}`);
    else if (held) note(fixed, held, `port ${label} static = ${held.text}, which is the container's too`);
  }
  return { ports, fixed };
}

/** `port = 80` of services and checks, where it is a number: the container's own. */
function servicePorts(group: HclBody, task: HclBody): Found[] {
  const found: Found[] = [];
  const services = [group, task].flatMap((body) => blocksOf(body, "service"));
  for (const service of services) {
    for (const { type, body } of [service, ...blocksOf(service.body, "check")]) {
      const port = valueOf(body, "port");
      if (port) note(found, port, `${type} port = ${port.text}`);
    }
  }
  return found;
}

/** `command` and `args` take the place of CMD. */
function commandPorts(source: SourceText, config: HclBody): PortSite[] {
  const command = valueOf(config, "command");
  const words = [...(command ? [command] : []), ...(valueOf(config, "args")?.items ?? [])];
  if (!command || words.some(({ text, span }) => text === null || span === null)) return [];
  const elements = words.map(({ text, span }) => ({
    value: text!,
    start: span!.start - 1,
    end: span!.end + 1,
  }));
  return parseExec(elements)
    .commands.flatMap((one) => effectsOf(one, { user: "root", home: null }).listens)
    .filter(({ start, end, port }) => source.text.slice(start, end) === String(port))
    .map((listen) =>
      source.site(listen, listen.port, { role: "listen", kind: "nomad", says: `command ${command.text}` }),
    );
}

function note(found: Found[], value: HclValue, says: string): void {
  const port = value.text === null ? null : portNumber(value.text);
  if (port !== null) found.push({ value, port, says });
}
