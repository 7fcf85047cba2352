import { Arguments, firstOperand, list } from "./arguments.ts";
import { COMMANDS } from "./commands/index.ts";
import { DAEMONS } from "./commands/daemons.ts";
import { Draft, type EffectsContext } from "./draft.ts";
import { joinPath } from "./paths.ts";
import { listensOf } from "./listens.ts";
import { grammarOf, type Spec, type Use } from "./spec.ts";
import type { Effects, ShellCommand, ShellWord } from "./types.ts";
import { find, unwrap, type Unwrapped } from "./unwrap.ts";

export type { EffectsContext } from "./draft.ts";

/** What a command needs and does, with all that it wraps. */
export function effectsOf(command: ShellCommand, context: EffectsContext): Effects {
  const draft = new Draft(context, command.cwd);
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
  const context = other ? ({ user: "other", home: null } as const) : draft.context;
  const own = new Draft(context, inner.command.cwd);
  for (const path of inner.writes) own.writes.push(below(own.resolve(path)));
  if (inner.command.redirects !== outer.redirects) redirections(inner.command, own);
  const { argv, name } = inner.command;
  if (name === null) {
    if (argv.length > 0) own.mayNeedRoot("runs what is not known");
  } else simple(name, inner.command, own);
  draft.absorb(own);
}

function simple(name: string, command: ShellCommand, draft: Draft): void {
  const path = command.argv[0]!.value ?? name;
  const daemon = find(name, (key) => DAEMONS.get(key));
  if (daemon !== null && (daemon.when === undefined || daemon.when(command))) draft.daemon = daemon.daemon;
  else if (path.startsWith("/etc/init.d/")) draft.daemon = "service-manager";
  draft.listens.push(...listensOf(name, command));
  if (onlyAsks(command)) return;
  const spec = path === "./" + name ? (COMMANDS.get(path) ?? null) : find(name, (key) => COMMANDS.get(key));
  if (spec === null) {
    draft.mayNeedRoot(daemon !== null ? "starts a service" : unknownProgram(name, path));
  } else apply(spec, null, command.argv.slice(1), command, draft);
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
  const chosen = spec.when?.find((item) => args.has(...list(item.has)));
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

/** Where a command works is the same for its subcommands. */
function inherit(sub: Spec, above: Spec): Spec {
  return above.chdir === undefined || sub.chdir !== undefined ? sub : { ...sub, chdir: above.chdir };
}

function carryOut(spec: Spec, args: Arguments, command: ShellCommand, draft: Draft): void {
  if (spec.root === "yes") draft.needsRoot(spec.why ?? "needs root");
  else if (spec.root === "unknown") draft.mayNeedRoot(spec.why ?? "not known to do without root");
  if (spec.daemon !== undefined) draft.daemon ??= spec.daemon;
  if (spec.chdir !== undefined) chdir(spec.chdir, args, draft);
  for (const path of spec.writes ?? NONE) {
    const resolved = draft.resolve(path);
    draft.writes.push(below(resolved));
    // A cache in the home moves with the user.
    if (!path.startsWith("~")) draft.touch(resolved, resolved);
  }
  const { operands, paths } = spec;
  if (paths !== undefined) {
    for (const option of args.options) {
      const use = paths[option.name];
      if (use !== undefined && option.word !== null) draft.use(args.word(option.name)!, use);
    }
  }
  if (operands !== undefined) useOperands(args, operands, spec.skip ?? 0, draft);
  spec.effect?.(args, draft, command);
}

function chdir(options: string, args: Arguments, draft: Draft): void {
  const word = args.word(...list(options));
  if (word !== null) draft.cwd = word.value === null ? null : joinPath(draft.cwd, word.value);
}

function useOperands(args: Arguments, use: Use, skip: number, draft: Draft): void {
  const recursive = use === "delete" && args.has("-r", "-R", "-rf", "--recursive");
  for (let index = skip; index < args.operands.length; index += 1) {
    draft.use(args.operands[index]!, use, recursive);
  }
}

function below(path: string): { path: string; kind: "modify"; directory: true; recursive: true } {
  return { path, kind: "modify", directory: true, recursive: true };
}

const NONE: readonly never[] = [];
const WRITING = list("> >> >| &> &>> <> >&");
const DESCRIPTOR = /^(?:\d+-?|-)$/;

function redirections(command: ShellCommand, draft: Draft): void {
  for (const { operator, target } of command.redirects) {
    if (operator === "<") draft.use(target, "read");
    else if (WRITING.has(operator)) {
      const text = target.value ?? target.prefix;
      if (operator === ">&" && DESCRIPTOR.test(text)) continue;
      draft.use(target, operator.endsWith(">>") ? "modify" : "create");
    }
  }
}
