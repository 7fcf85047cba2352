import { SERVERS, GENERIC, type PortForm, type Server } from "./commands/servers.ts";
import { Arguments, optionWord } from "./arguments.ts";
import { canonicalNames } from "./names.ts";
import { grammarOf } from "./spec.ts";
import type { Listen, ShellCommand, ShellWord } from "./types.ts";

/** The TCP ports that the arguments and the variables before a command tell it to listen on. */
export function listensOf(name: string, command: ShellCommand): readonly Listen[] {
  const found: Listen[] = [];
  for (const assignment of command.assignments) {
    if (PORT_VARIABLES.test(assignment.name)) ports(assignment.value, "url", true, found);
  }
  if (command.argv.length < 2) return found;
  const server = canonicalNames(name)
    .map((item) => SERVERS.get(item))
    .find((item) => item !== undefined);
  if (server === undefined && !mayListen(command)) return found;
  read(server ?? GENERIC, server === undefined, command.argv.slice(1), found);
  return found;
}

const PORT_VARIABLES =
  /^(?:(?:HTTP|HTTPS|SERVER|LISTEN|APP|WEB|NODE)_PORT|PORT|ASPNETCORE_(?:URLS|HTTPS?_PORTS))$/;
const DIGIT = /\d/;

/** Most commands name no port at all. */
function mayListen(command: ShellCommand): boolean {
  return command.argv.some(
    (word) => word.prefix.startsWith("-") && /port|listen|bind|addr/i.test(word.prefix),
  );
}

function read(server: Server, generic: boolean, words: readonly ShellWord[], found: Listen[]): void {
  if (server.sub !== undefined) {
    const at = words.findIndex((word) => word.value !== null && server.sub!.has(word.value));
    if (at >= 0) {
      read(server.sub.get(words[at]!.value!)!, generic, words.slice(at + 1), found);
      return;
    }
    if (server.options === undefined) {
      read(GENERIC, true, words, found);
      return;
    }
  }
  const options = server.options ?? {};
  // `npm start -- --port 80`: what follows the dashes is for the server.
  const args = new Arguments(
    words.filter((word) => word.value !== "--"),
    grammarOf(server.grammar),
  );
  for (const option of args.options) {
    const form = Object.hasOwn(options, option.name) ? options[option.name] : undefined;
    const word = form === undefined ? null : optionWord(option);
    if (word !== null) ports(word, form!, generic, found);
  }
  const { operand } = server;
  if (operand === undefined || (operand.only !== undefined && !args.has(operand.only))) return;
  for (const word of operand.all === true ? args.operands : args.operands.slice(0, 1)) {
    ports(word, operand.form, generic, found);
  }
}

/** Each match ends with the digits, which are group 1. */
const FORMS: Readonly<Record<PortForm, RegExp>> = {
  port: /^(\d{1,5})$/g,
  // `80`, `:80`, `0.0.0.0:80`, `[::]:80`, `tcp://0.0.0.0:80`
  address: /(?:^|:)(\d{1,5})(?=$|[/?])/g,
  // `http://+:80;https://+:443`
  url: /(?:^|:|;)(\d{1,5})(?=$|[/;,])/g,
  // `TCP-LISTEN:80,fork`
  listen: /LISTEN:(\d{1,5})/gi,
};

function ports(word: ShellWord, form: PortForm, generic: boolean, found: Listen[]): void {
  // `[::]:80` is a pattern to the shell.
  const text = word.value ?? word.glob ?? word.prefix;
  const cut = word.value === null && typeof word.glob !== "string";
  if (!DIGIT.test(text) || text.startsWith("unix:") || text.startsWith("/")) return;
  for (const match of text.matchAll(FORMS[form])) {
    // `:80$REST`: the number may go on.
    if (cut && match.index + match[0].length === text.length) continue;
    const digits = match[1]!;
    const port = Number(digits);
    if (port < 1 || port > 65535) continue;
    const from = match.index + match[0].length - digits.length;
    const variable = word.variableAt?.(from) ?? null;
    const offsetOf = variable === null ? word.offsetOf?.bind(word) : undefined;
    const start = offsetOf?.(from) ?? word.start;
    const end = offsetOf === undefined ? word.end : offsetOf(from + digits.length - 1) + 1;
    found.push({ port, start, end, variable, ...(generic && { generic }) });
  }
}
