import type { Instruction } from "../dockerfile/index.ts";
import { parseExec, parseShell, type ShellCommand, type ShellWord, unwrap } from "../shell/index.ts";
import { authorities, isLoopback } from "./authorities.ts";
import { portNumber } from "./source-text.ts";
import type { PortSite, Span } from "./types.ts";

/** A place in a command that connects to a port of its own container. */
export interface LoopbackSite extends Span {
  readonly port: number;
  readonly says: string;
  /** The variable whose default the port is. */
  readonly variable?: string;
  readonly implied?: PortSite["implied"];
}

/** `curl http://localhost:80/`, `wget -q localhost`, `nc -z 127.0.0.1 80`: in files that hold the commands. */
export function loopbackSites(commands: readonly ShellCommand[]): LoopbackSite[] {
  return commands.flatMap((command) => unwrap(command).flatMap((inner) => sitesOf(inner.command)));
}

/** What a HEALTHCHECK runs: the command after its word CMD, in either form. */
export function healthcheckCommands(healthcheck: Instruction): readonly ShellCommand[] {
  const instruction = healthcheck.trigger ?? healthcheck;
  if (instruction.json) return parseExec(instruction.json).commands;
  const { body } = instruction;
  const from = /^\s*CMD\s+/i.exec(body.text)?.[0].length ?? 0;
  return parseShell({ text: body.text.slice(from), toSource: (offset) => body.toSource(from + offset) }, {})
    .commands;
}

function sitesOf(command: ShellCommand): LoopbackSite[] {
  if (SILENT.has(command.name ?? "")) return [];
  const asksHttp = HTTP_CLIENTS.has(command.name ?? "");
  return command.argv.flatMap((word, index) => {
    const before = command.argv[index - 1];
    const port = word.value === null ? null : portNumber(word.value);
    // `nc -z localhost 80`
    if (port !== null && before && isLoopback((before.value ?? "").toLowerCase()))
      return [site(word, 0, word.value!.length, port)];
    return [...urls(word), ...(asksHttp && index > 0 ? bareHost(word) : [])];
  });
}

function urls(word: ShellWord): LoopbackSite[] {
  const text = word.value ?? word.glob ?? word.prefix;
  const cut = word.value === null && typeof word.glob !== "string";
  return authorities(text).flatMap((found) => {
    if (found.port === null || !isLoopback(found.host) || (cut && found.end === text.length)) return [];
    return [
      found.written ? site(word, found.start, found.end, found.port) : implied(word, found.end, found.port),
    ];
  });
}

/** `curl localhost/health` means port 80. */
function bareHost(word: ShellWord): LoopbackSite[] {
  const host = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?=\/|$)/i.exec(word.value ?? "")?.[0];
  return host === undefined ? [] : [implied(word, host.length, 80)];
}

function site(word: ShellWord, start: number, end: number, port: number): LoopbackSite {
  const variable = word.variableAt?.(start) ?? null;
  const span = { start: place(word, start), end: place(word, end - 1) + 1 };
  return { ...span, port, says: word.raw, ...(variable !== null && { variable }) };
}

function implied(word: ShellWord, at: number, port: number): LoopbackSite {
  const offset = at > 0 ? place(word, at - 1) + 1 : word.start;
  // What a variable brings is written somewhere else.
  const variable = at > 0 ? (word.variableAt?.(at - 1) ?? null) : null;
  const implied = { before: ":", after: "" };
  return {
    start: offset,
    end: offset,
    port,
    says: word.raw,
    implied,
    ...(variable !== null && { variable }),
  };
}

function place(word: ShellWord, index: number): number {
  return word.offsetOf?.(index) ?? word.start + index;
}

const HTTP_CLIENTS = new Set(["curl", "wget", "http", "httpie", "xh"]);
/** They pass on what they are told, and connect to nobody. */
const SILENT = new Set(
  "echo printf sed awk gawk grep egrep cat tee envsubst export set test [ [[ : true jq yq mkdir ln cp mv".split(
    " ",
  ),
);
