import { Arguments, firstOperand, namesIn, optionWord } from "./arguments.ts";
import { WRAPPERS, type Wrapper } from "./commands/wrappers.ts";
import { canonicalNames, commandName, shellArgument } from "./names.ts";
import { parseShell, type ParseOptions } from "./parse.ts";
import { grammarOf } from "./spec.ts";
import type { ShellCommand, ShellWord } from "./types.ts";
import { sliceWord } from "./word.ts";

/** A command that runs in the end, and what stood before it. */
export interface Unwrapped {
  readonly command: ShellCommand;
  /** Names of the wrappers taken off, outermost first: `["exec", "gosu"]`. */
  readonly wrappers: readonly string[];
  /** The user switched to by the innermost wrapper that does; `user` is null when it is not known. */
  readonly switchesTo: { readonly user: string | null; readonly mechanism: string } | null;
  /** Paths that the wrappers write (`npx` fills `~/.npm`). */
  readonly writes: readonly string[];
}

/**
 * Sees through `exec`, `env A=b`, `gosu app`, `sudo`, `sh -c '...'` and their like. A command that wraps nothing
 * comes back alone.
 */
export function unwrap(command: ShellCommand, options: ParseOptions = {}): readonly Unwrapped[] {
  const first = command.argv[0];
  if (first === undefined || command.name === null) return [bare(command)];
  return peel({ command, wrappers: [], switchesTo: null, writes: [] }, options, 0);
}

const MAX_DEPTH = 8;

function bare(command: ShellCommand): Unwrapped {
  return { command, wrappers: [], switchesTo: null, writes: [] };
}

function peel(outer: Unwrapped, options: ParseOptions, depth: number): readonly Unwrapped[] {
  const { command } = outer;
  if (command.name === null || depth > MAX_DEPTH) return [outer];
  const script = shellArgument(command.argv);
  if (script?.script !== undefined) return inside(outer, command.name, script, options, depth);
  const found = find(command.name, (name) => WRAPPERS.get(name));
  if (found === null) return [outer];
  const name = command.name;
  if (found.script !== undefined) {
    const args = new Arguments(command.argv.slice(1), grammarOf(found));
    const word = args.word(...found.script);
    const user = userOf(found, args, 0);
    const switched = {
      ...outer,
      switchesTo: { user: user ?? found.user?.fixed ?? null, mechanism: name },
    };
    if (word?.script !== undefined) return inside(switched, name, word, options, depth);
    if (found.commandless === true) return [outer];
  }
  const inner = innerArgv(found, command);
  if (inner === null) return [outer];
  const { argv, user, assignments } = inner;
  const next: Unwrapped = {
    command: {
      ...command,
      name: commandName(argv[0]!),
      argv,
      assignments: assignments.length === 0 ? command.assignments : [...command.assignments, ...assignments],
      start: argv[0]!.start,
      ...(found.background === true && { background: true }),
    },
    wrappers: [...outer.wrappers, name],
    switchesTo: user === undefined ? outer.switchesTo : { user, mechanism: name },
    writes: [...outer.writes, ...(found.writes ?? []), ...renderedInto(found, command.argv)],
  };
  return peel(next, options, depth + 1);
}

/** Folders of the files that it makes from templates. */
function renderedInto(wrapper: Wrapper, argv: readonly ShellWord[]): string[] {
  if (wrapper.renders === undefined) return [];
  return new Arguments(argv.slice(1), grammarOf(wrapper)).options
    .filter(({ name }) => name === wrapper.renders)
    .flatMap((option) => /:(\/.*)\/[^/]+$/.exec(optionWord(option)?.value ?? "")?.[1] ?? []);
}

/** The commands of a script given as an argument. */
function inside(
  outer: Unwrapped,
  name: string,
  word: ShellWord,
  options: ParseOptions,
  depth: number,
): readonly Unwrapped[] {
  const { command } = outer;
  const text = word.script?.();
  if (text === undefined) return [outer];
  const script = parseShell(text, { cwd: command.cwd, ...options });
  if (script.errors.length > 0 || script.commands.length === 0) return [outer];
  const wrappers = [...outer.wrappers, name];
  return script.commands.flatMap((item) =>
    peel(
      {
        ...outer,
        wrappers,
        command: {
          ...item,
          workdir: command.workdir ?? null,
          conditional: item.conditional || command.conditional,
          background: item.background || command.background,
          function: command.function,
          substitution: item.substitution || command.substitution,
          guard: item.guard ?? command.guard ?? null,
        },
      },
      options,
      depth + 1,
    ),
  );
}

export function find<T>(name: string, get: (name: string) => T | undefined): T | null {
  for (const candidate of canonicalNames(name)) {
    const found = get(candidate);
    if (found !== undefined) return found;
  }
  return null;
}

interface Inner {
  readonly argv: readonly ShellWord[];
  /** Undefined when no switch is asked for. */
  readonly user: string | null | undefined;
  readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[];
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=/;

function innerArgv(wrapper: Wrapper, command: ShellCommand): Inner | null {
  const { argv } = command;
  const [self, ...words] = argv;
  if (wrapper.rewrite !== undefined) {
    const inner = wrapper.rewrite(argv);
    return inner === null || inner.argv.length === 0 ? null : { assignments: [], user: undefined, ...inner };
  }
  const grammar = grammarOf(wrapper);
  let at = firstOperand(words, grammar);
  if (at < 0 || self === undefined) return null;
  const before = new Arguments(words.slice(0, at), grammar);
  if (wrapper.unless !== undefined && before.has(...namesIn(wrapper.unless))) return null;
  if (wrapper.sub !== undefined) {
    const sub = words[at]?.value ?? "";
    if (!wrapper.sub.includes(sub)) return null;
    const next = firstOperand(words.slice(at + 1), grammar);
    if (next < 0) return null;
    at += 1 + next;
  }
  const assignments: { name: string; value: ShellWord }[] = [];
  if (wrapper.assignments === true) {
    for (; at < words.length; at += 1) {
      const match = ASSIGNMENT.exec(words[at]!.prefix);
      if (match === null) break;
      assignments.push({ name: match[1]!, value: sliceWord(words[at]!, match[0].length) });
    }
  }
  const operands = at;
  at += wrapper.skip ?? 0;
  if (words[at]?.value === "--") at += 1;
  if (at >= words.length) return null;
  const user = userOf(wrapper, before, operands, words);
  return { argv: words.slice(at), user, assignments };
}

/** The user that a wrapper switches to; null when it is not known, undefined when it switches to none. */
function userOf(
  wrapper: Wrapper,
  args: Arguments,
  operands: number,
  words: readonly ShellWord[] = args.operands,
): string | null | undefined {
  const { user } = wrapper;
  if (user === undefined) return undefined;
  if (user.option !== undefined && args.has(...user.option)) return name(args.value(...user.option));
  if (user.operand !== undefined) {
    const word = words.slice(operands).filter((item) => item.value !== "-")[user.operand];
    return word === undefined ? (user.fixed ?? null) : name(word.value);
  }
  return user.fixed;
}

/** The user in `app:app`, or `+1000`. */
function name(text: string | null): string | null {
  if (text === null) return null;
  const user = text.replace(/^\+/, "").split(":", 1)[0]!;
  return user === "" ? null : user;
}
