import { Arguments, firstOperand, list, namesIn } from "./arguments.ts";
import { COMMANDS } from "./commands/index.ts";
import { DAEMONS } from "./commands/daemons.ts";
import { Draft, type EffectsContext, type HowMade } from "./draft.ts";
import { joinPath } from "./paths.ts";
import { listensOf } from "./listens.ts";
import { grammarOf, type Spec, type Use } from "./spec.ts";
import type { Effects, ShellCommand, ShellWord } from "./types.ts";
import { find, unwrap, type Unwrapped } from "./unwrap.ts";

export type { EffectsContext } from "./draft.ts";

/** What a command needs and does, with all that it wraps. */
export function effectsOf(command: ShellCommand, context: EffectsContext): Effects {
  const draft = new Draft(context, command);
  redirections(command, draft);
  for (const inner of unwrap(command)) unwrapped(inner, command, draft);
  return draft.finish();
}

function unwrapped(inner: Unwrapped, outer: ShellCommand, draft: Draft): void {
  const { switchesTo } = inner;
  if (switchesTo !== null) {
    draft.switchesTo ??= switchesTo;
    const root = switchesTo.user === "root" || switchesTo.user === "0";
    draft.needsRoot(root ? `uses ${switchesTo.mechanism}` : `switches user with ${switchesTo.mechanism}`);
  }
  const other = switchesTo !== null && switchesTo.user !== "root" && switchesTo.user !== draft.context.user;
  if (!other && inner.command.cwd === draft.cwd) {
    run(inner, outer, draft);
    return;
  }
  const own = new Draft(other ? { user: "other", home: null } : draft.context, inner.command);
  run(inner, outer, own);
  draft.absorb(own);
}

function run(inner: Unwrapped, outer: ShellCommand, own: Draft): void {
  for (const path of inner.writes) own.fills(path);
  if (inner.command.redirects !== outer.redirects) redirections(inner.command, own);
  const { argv, name } = inner.command;
  if (name === null) {
    if (argv.length > 0) own.mayNeedRoot("runs what is not known");
  } else simple(name, inner.command, own);
}

function simple(name: string, command: ShellCommand, draft: Draft): void {
  const path = command.argv[0]!.value ?? name;
  const daemon = find(name, (key) => DAEMONS.get(key));
  if (daemon !== null && (daemon.when === undefined || daemon.when(command))) draft.daemon = daemon.daemon;
  else if (path.startsWith("/etc/init.d/")) draft.daemon = "service-manager";
  draft.listens.push(...listensOf(name, command));
  if (onlyAsks(command)) return;
  const spec = path === "./" + name ? (COMMANDS.get(path) ?? null) : find(name, (key) => COMMANDS.get(key));
  if (spec === null || (spec.root === "yes" && isOwnProgram(path))) {
    draft.mayNeedRoot(daemon !== null ? "starts a service" : unknownProgram(name, path));
  } else apply(spec, null, command.argv.slice(1), command, draft);
}

/** `/app/service` has nothing but its name in common with what the system calls so. */
function isOwnProgram(path: string): boolean {
  return path.includes("/") && !/^\/(?:usr|etc|lib)\/|\/s?bin\/[^/]*$/.test(path);
}

/** `program --version` needs nothing, whatever the program is. */
function onlyAsks(command: ShellCommand): boolean {
  const last = command.argv.length === 2 ? command.argv[1]!.value : null;
  return last === "--version" || last === "--help";
}

const SCRIPT = /\.(?:sh|py|pl|rb|php|js|bash)$/;

function unknownProgram(name: string, path: string): string {
  if (path.includes("/")) return `runs ${path}`;
  return SCRIPT.test(name) ? "runs a script" : "not a known command";
}

/** Descends to the row that the arguments select, and carries it out. */
function apply(
  spec: Spec,
  above: Spec | null,
  words: readonly ShellWord[],
  command: ShellCommand,
  draft: Draft,
): void {
  const grammar = grammarOf(spec, above);
  if (spec.sub !== undefined) {
    const at = firstOperand(words, grammar);
    const name = at < 0 ? null : words[at]!.value;
    const sub = name === null ? undefined : spec.sub.get(name);
    if (sub !== undefined) {
      apply(inherit(sub, spec), spec, [...words.slice(0, at), ...words.slice(at + 1)], command, draft);
      return;
    }
  }
  const args = new Arguments(words, grammar);
  const chosen = spec.when?.find((item) => namesIn(item.has).some((name) => given(args, name)));
  if (chosen !== undefined) {
    apply(
      chosen.then,
      { ...spec, valued: [above?.valued, spec.valued].filter(Boolean).join(" ") },
      words,
      command,
      draft,
    );
    return;
  }
  carryOut(spec, args, command, draft);
}

/** Whether an option is given: `-g`, or `--location=global` with that value. */
function given(args: Arguments, name: string): boolean {
  const equals = name.indexOf("=");
  if (equals < 0) return args.has(name);
  return args.value(name.slice(0, equals)) === name.slice(equals + 1);
}

/** Where a command works is the same for its subcommands. */
function inherit(sub: Spec, above: Spec): Spec {
  return above.chdir === undefined || sub.chdir !== undefined ? sub : { ...sub, chdir: above.chdir };
}

function carryOut(spec: Spec, args: Arguments, command: ShellCommand, draft: Draft): void {
  if (spec.root === "yes") draft.needsRoot(spec.why ?? "needs root");
  else if (spec.root === "unknown") draft.mayNeedRoot(spec.why ?? "not known to do without root");
  if (spec.daemon !== undefined) draft.daemon ??= spec.daemon;
  if (spec.chdir !== undefined) chdir(spec.chdir, args, draft);
  for (const path of spec.writes ?? NONE) draft.fills(path);
  const { operands, paths } = spec;
  if (paths !== undefined) {
    for (const option of args.options) {
      const use = paths[option.name];
      if (use !== undefined && option.word !== null) draft.use(args.word(option.name)!, use);
    }
  }
  if (operands !== undefined) useOperands(args, operands, spec, draft);
  spec.effect?.(args, draft, command);
}

function chdir(options: string, args: Arguments, draft: Draft): void {
  const word = args.word(...namesIn(options));
  if (word !== null) draft.cwd = word.value === null ? null : joinPath(draft.cwd, word.value);
}

function useOperands(args: Arguments, use: Use, spec: Spec, draft: Draft): void {
  const { skip = 0, count = Infinity } = spec;
  const recursive = use === "delete" && args.has("-r", "-R", "-rf", "--recursive");
  const end = Math.min(args.operands.length, skip + count);
  for (let index = skip; index < end; index += 1) {
    draft.use(args.operands[index]!, use, recursive, use === "create" ? PLAIN : undefined);
  }
}

const NONE: readonly never[] = [];
const FILTERS = list("cat envsubst sed awk gawk mawk tr m4 mustache");
const PLAIN: HowMade = { made: "plain" };
const WRITING = list("> >> >| &> &>> <> >&");
const DESCRIPTOR = /^(?:\d+-?|-)$/;

function redirections(command: ShellCommand, draft: Draft): void {
  const filtered = inputOf(command, draft);
  const how: HowMade = filtered === null ? PLAIN : { ...PLAIN, from: filtered };
  for (const { operator, target } of command.redirects) {
    if (operator === "<") draft.use(target, "read");
    else if (WRITING.has(operator)) {
      const text = target.value ?? target.prefix;
      if (operator === ">&" && DESCRIPTOR.test(text)) continue;
      draft.use(target, operator.endsWith(">>") ? "modify" : "create", false, how);
    }
  }
}

/** `envsubst < a > b`: what a filter reads goes on, in essence, to what it writes. */
function inputOf({ name, argv, redirects }: ShellCommand, draft: Draft): string | null {
  if (name === null || !FILTERS.has(name)) return null;
  const operand = name === "envsubst" ? undefined : argv.slice(1).at(-1);
  const input = redirects.find(({ operator }) => operator === "<")?.target ?? operand;
  const found = input === undefined ? null : draft.path(input);
  return found?.exact === true ? found.path : null;
}
