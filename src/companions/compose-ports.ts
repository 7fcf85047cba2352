import { composeValue } from "./compose-value.ts";
import { HOLE } from "./interpolation.ts";
import { portNumber } from "./source-text.ts";
import type { ComposePort, OpenSite } from "./types.ts";
import { isMapping, type YamlFile, type YamlNode } from "./yaml.ts";

/** `ports:` of a service, short and long form. */
export function readPorts(file: YamlFile, node: YamlNode | null): { ports: ComposePort[]; open: OpenSite[] } {
  const ports: ComposePort[] = [];
  const open: OpenSite[] = [];
  for (const item of file.items(node)) {
    const port = isMapping(item) ? longForm(file, item) : shortForm(file, item);
    if (port === null) continue;
    if ("target" in port) ports.push(port);
    else open.push(port);
  }
  return { ports, open };
}

function shortForm(file: YamlFile, node: YamlNode): ComposePort | OpenSite | null {
  const scalar = file.scalar(node);
  if (!scalar) return null;
  const reading = composeValue(scalar);
  const match = SHORT.exec(reading.value);
  if (!match) return opened(scalar.line, scalar.value, reading.unknown);
  const { target, targetEnd, protocol } = match.groups!;
  const at = match.indices!.groups!.target![0];
  const span = reading.locate(at, at + target!.length);
  const number = portNumber(target!);
  if (!span || number === null) return opened(scalar.line, scalar.value, reading.unknown);
  const { published } = match.groups!;
  return {
    published: published ? writtenPublished(scalar.value, reading.value, published) : null,
    target: number,
    protocol: protocol?.toLowerCase() === "udp" ? "udp" : "tcp",
    line: scalar.line,
    ...span,
    form: "short",
    ...(targetEnd && { targetEnd: Number(targetEnd) }),
    ...(reading.variableAt(at) !== null && { variable: reading.variableAt(at)! }),
  };
}

/** As written, `${PORT:-80}` included, which need not have the length of the value it stands for. */
function writtenPublished(raw: string, value: string, published: string): string {
  if (raw === value) return published;
  const parts = splitOutsideBraces(raw);
  return parts.at(-2) ?? published;
}

function splitOutsideBraces(raw: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const char of raw) {
    if (char === "{") depth++;
    else if (char === "}") depth--;
    if (char === ":" && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

function longForm(file: YamlFile, node: YamlNode): ComposePort | OpenSite | null {
  const scalar = file.scalar(file.get(node, "target"));
  if (!scalar) return null;
  const reading = composeValue(scalar);
  const number = portNumber(reading.value);
  const span = reading.locate(0, reading.value.length);
  if (number === null || !span) return opened(scalar.line, `target: ${scalar.value}`, reading.unknown);
  const variable = reading.variableAt(0);
  return {
    published: file.string(node, "published"),
    target: number,
    protocol: file.string(node, "protocol")?.toLowerCase() === "udp" ? "udp" : "tcp",
    line: scalar.line,
    ...span,
    form: "long",
    ...(variable !== null && { variable }),
  };
}

function opened(line: number, says: string, unknown: readonly string[]): OpenSite {
  return { line, says: says.slice(0, 100), variable: unknown.at(-1) ?? null };
}

/** `[[address:]published:]target[/protocol]`; an unknown variable may stand for address and published port. */
const SHORT = new RegExp(
  String.raw`^(?:(?:(?<address>\[[^\]]*\]|[^:\[\]]*|[0-9a-fA-F:]*):)?(?<published>[\d${HOLE}]+(?:-[\d${HOLE}]+)?)?:)?` +
    String.raw`(?<target>\d{1,5})(?:-(?<targetEnd>\d{1,5}))?(?:/(?<protocol>[a-zA-Z]+))?$`,
  "d",
);
