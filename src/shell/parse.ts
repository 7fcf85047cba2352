import { parse } from "unbash";
import type {
  AndOr,
  Assignment,
  Command,
  CompoundList,
  For,
  If,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  TestExpression,
  Word,
  WordPart,
} from "unbash";
import { gives, GIVING_UP, guardOf, TESTS } from "./guard.ts";
import { commandName } from "./names.ts";
import { NO_PARAMETERS, type Parameters, parametersOf } from "./parameters.ts";
import { joinPath } from "./paths.ts";
import { Scope } from "./scope.ts";
import type { LogicalTextLike, Redirect, ShellCommand, ShellScript, ShellWord } from "./types.ts";
import { endInSource, expandWord, readBody, readWord, type Surroundings } from "./word.ts";

export interface ParseOptions {
  /** What is known of the environment: ENV and ARG. */
  readonly variables?: ReadonlyMap<string, string>;
  readonly cwd?: string | null;
}

/** A shell script (a RUN body, an entrypoint) as the commands that it is made of, in source order. */
export function parseShell(source: LogicalTextLike, options: ParseOptions = {}): ShellScript {
  const parsed = parse(source.text);
  let read = readScript(parsed, source, options, NO_PARAMETERS);
  // What functions are called with is known behind their bodies, and deeper with each call in a body.
  for (let depth = 0; depth < MAX_CALLS && read.functions.length > 0; depth++) {
    const parameters = parametersOf(read);
    if (parameters.size === 0) break;
    read = readScript(parsed, source, options, parameters);
  }
  return read;
}

function readScript(
  parsed: ParsedScript,
  source: LogicalTextLike,
  options: ParseOptions,
  parameters: Parameters,
): ShellScript {
  const cwd = options.cwd ?? null;
  const reader = new Reader(source, cwd, parameters);
  reader.script(parsed, { scope: new Scope(options.variables ?? null), cwd, previous: null, stack: [] }, TOP);
  return { commands: reader.commands, functions: reader.functions, errors: reader.errors };
}

/** Where control is: what commands change as they run. */
interface Frame {
  scope: Scope;
  cwd: string | null;
  /** Undefined until something sets it. */
  umask?: number | null;
  previous: string | null;
  readonly stack: (string | null)[];
}

/** What surrounds a command, and goes into it as it is. */
type Flags = Pick<
  ShellCommand,
  "conditional" | "background" | "function" | "substitution" | "guard" | "alone" | "tolerated"
>;

export const TOP: Flags = {
  conditional: false,
  background: false,
  function: null,
  substitution: false,
  guard: null,
  alone: false,
  tolerated: false,
};

const MAX_CALLS = 3;

/** A loop is unrolled when it makes no more commands than this out of each that it holds. */
const MAX_UNROLLED = 32;

class Reader {
  readonly commands: ShellCommand[] = [];
  readonly functions: string[] = [];
  readonly errors: string[] = [];
  readonly #source: LogicalTextLike;
  readonly #workdir: string | null;
  readonly #parameters: Parameters;
  /** How often what is read now has been multiplied by loops around it. */
  #copies = 1;

  constructor(source: LogicalTextLike, workdir: string | null, parameters: Parameters) {
    this.#source = source;
    this.#workdir = workdir;
    this.#parameters = parameters;
  }

  script(script: ParsedScript, frame: Frame, flags: Flags): void {
    for (const error of script.errors ?? []) this.errors.push(error.message);
    const last = script.commands.length - 1;
    for (const [index, statement] of script.commands.entries()) {
      this.#statement(statement, frame, flags, index === last);
    }
  }

  #list(list: CompoundList, frame: Frame, flags: Flags): void {
    for (const statement of list.commands) this.#statement(statement, frame, flags, false);
  }

  /** `decides`: the outcome of the statement is that of the script. */
  #statement(statement: Statement, frame: Frame, flags: Flags, decides: boolean): void {
    const alone = statement.background !== true && statement.command.type === "Command";
    if (alone !== flags.alone) flags = { ...flags, alone };
    if (statement.background === true) {
      this.#node(statement.command, fork(frame), { ...flags, background: true }, decides);
    } else {
      this.#node(statement.command, frame, flags, decides);
    }
  }

  #node(node: PipelineNode | AndOr | CompoundList, frame: Frame, flags: Flags, decides = false): void {
    switch (node.type) {
      case "Command":
        this.#command(node, frame, flags);
        break;
      case "AndOr":
        this.#chain(node, frame, flags, decides);
        break;
      case "Pipeline":
        // Each side of a pipe has a shell of its own.
        for (const command of node.commands) {
          this.#node(command, node.commands.length > 1 ? fork(frame) : frame, flags);
        }
        break;
      case "CompoundList":
        this.#list(node, frame, flags);
        break;
      case "BraceGroup":
        this.#list(node.body, frame, flags);
        break;
      case "Subshell":
        this.#list(node.body, fork(frame), flags);
        break;
      case "If":
        this.#if(node, frame, flags);
        break;
      case "For":
      case "Select":
        this.#for(node, frame, flags);
        break;
      case "ArithmeticFor":
        this.#branch(frame, (inner) => this.#list(node.body, inner, conditional(flags)));
        break;
      case "While":
        this.#list(node.clause, frame, { ...flags, tolerated: true });
        this.#branch(frame, (inner) => this.#list(node.body, inner, conditional(flags)));
        break;
      case "Case":
        this.#substitutions(node.word, frame, flags);
        for (const item of node.items) {
          this.#branch(frame, (inner) => this.#list(item.body, inner, conditional(flags)));
        }
        break;
      case "Function": {
        this.functions.push(node.name.text);
        const called = new Scope(frame.scope);
        for (const [index, value] of (this.#parameters.get(node.name.text) ?? []).entries())
          called.set(String(index + 1), value);
        const body: Frame = { ...fork({ ...frame, scope: called }), cwd: null };
        this.#node(node.body, body, { ...conditional(flags), function: node.name.text });
        frame.scope.forget(body.scope);
        break;
      }
      case "Coproc":
        this.#node(node.body, fork(frame), { ...flags, background: true });
        break;
      case "Redirected":
        this.#node(node.command, frame, flags);
        this.#emit([], [], node.redirects, node, frame, flags);
        break;
      case "TestCommand":
        this.#test(node.expression, frame, flags);
        break;
      case "ArithmeticCommand":
        break;
    }
  }

  #command(command: Command, frame: Frame, flags: Flags): void {
    const around = this.#around(frame);
    const argv: ShellWord[] = command.name === undefined ? [] : expandWord(command.name, around);
    const assignments: Assignment[] = [];
    let holdsScripts = command.name !== undefined && mayHoldScript(command.name.text);
    for (const item of command.prefix) if (item.type === "Assignment") assignments.push(item);
    const redirects: Redirection[] = [];
    for (const item of command.prefix) {
      if (item.type === "Assignment") holdsScripts ||= mayHoldScript(item.text);
      else redirects.push(item);
    }
    for (const item of command.suffix) {
      if (item.type === "Word") {
        for (const word of expandWord(item, around)) argv.push(word);
        holdsScripts ||= mayHoldScript(item.text);
      } else if (item.type === "Assignment") {
        // `export A=b`: the shell's declarations are words to it and assignments to what follows.
        argv.push(...expandWord({ ...item, type: "Word", value: item.text, parts: undefined }, around));
        holdsScripts ||= mayHoldScript(item.text);
        this.#assign(item, frame);
      } else redirects.push(item);
    }
    this.#emit(argv, assignments, redirects, command, frame, flags);
    if (holdsScripts) {
      for (const item of command.prefix) {
        if (item.type === "Assignment") this.#assigned(item, frame, flags);
      }
      if (command.name !== undefined) this.#substitutions(command.name, frame, flags);
      for (const item of command.suffix) {
        if (item.type === "Word") this.#substitutions(item, frame, flags);
        else if (item.type === "Assignment") this.#assigned(item, frame, flags);
      }
    }
    if (argv.length === 0) for (const assignment of assignments) this.#assign(assignment, frame);
    else this.#move(argv, frame);
    if (argv[0]?.value === "read") for (const word of argv) frame.scope.set(word.raw, null);
    // They change what $1 is.
    if (argv[0]?.value === "shift" || argv[0]?.value === "set")
      for (let index = 1; index < 10; index++) frame.scope.set(String(index), null);
  }

  #emit(
    argv: ShellWord[],
    assignments: readonly Assignment[],
    redirects: readonly Redirection[],
    node: { readonly pos: number; readonly end: number },
    frame: Frame,
    flags: Flags,
  ): void {
    const around = this.#around(frame);
    const targets: Redirect[] = [];
    for (const redirect of redirects) {
      if (redirect.type === "HereDoc") {
        targets.push({ operator: redirect.operator, target: readBody(redirect.body, around) });
      } else if (redirect.target !== undefined) {
        targets.push({ operator: redirect.operator, target: readWord(redirect.target, around) });
      }
    }
    this.commands.push({
      name: argv[0] === undefined ? null : commandName(argv[0]),
      argv,
      assignments:
        assignments.length === 0
          ? NONE
          : assignments.map((item) => ({ name: item.name, value: this.#valueOf(item, around) })),
      redirects: targets,
      start: this.#source.toSource(node.pos),
      end: endInSource(this.#source, node.pos, node.end),
      conditional: flags.conditional,
      background: flags.background,
      function: flags.function,
      substitution: flags.substitution,
      cwd: frame.cwd,
      workdir: this.#workdir,
      ...(frame.umask !== undefined && { umask: frame.umask }),
      guard: flags.guard ?? null,
      alone: flags.alone ?? false,
      tolerated: flags.tolerated ?? false,
    });
    for (const redirect of redirects) {
      if (redirect.type === "HereDoc") {
        for (const part of redirect.body.parts ?? []) this.#part(part, frame, flags);
      } else if (redirect.target !== undefined) this.#substitutions(redirect.target, frame, flags);
    }
  }

  #valueOf(item: Assignment, around: Surroundings): ShellWord {
    if (item.value.type === "Word") return readWord(item.value, around);
    const { pos, end } = item.value;
    const raw = this.#source.text.slice(pos, end);
    return readWord({ type: "Word", text: raw, value: raw, pos, end }, around);
  }

  #assign(item: Assignment, frame: Frame): void {
    const literal = item.value.type === "Word" && item.index === undefined;
    const value = literal ? this.#valueOf(item, this.#around(frame)).value : null;
    const before = item.append === true ? frame.scope.get(item.name) : "";
    const known = value !== null && typeof before === "string";
    frame.scope.set(item.name, known ? before + value : null);
  }

  /** The commands in the value of an assignment. */
  #assigned(item: Assignment, frame: Frame, flags: Flags): void {
    if (item.value.type === "Word") this.#substitutions(item.value, frame, flags);
    else for (const element of item.value.elements) this.#substitutions(element, frame, flags);
  }

  #move(argv: readonly ShellWord[], frame: Frame): void {
    const name = argv[0]!.value;
    if (name === "umask" && argv.length > 1) frame.umask = umaskOf(argv[1]!.value);
    if (name !== "cd" && name !== "pushd" && name !== "popd") return;
    const from = frame.cwd;
    if (name === "popd") frame.cwd = frame.stack.pop() ?? null;
    else {
      if (name === "pushd") frame.stack.push(frame.cwd);
      const target = argv.slice(1).find((word) => !/^-./.test(word.prefix));
      if (target === undefined) frame.cwd = frame.scope.get("HOME") ?? null;
      else if (target.value === "-") frame.cwd = frame.previous;
      else frame.cwd = target.value === null ? null : joinPath(frame.cwd, target.value);
    }
    frame.previous = from;
  }

  #chain(chain: AndOr, frame: Frame, flags: Flags, decides: boolean): void {
    let inner = flags;
    const { commands, operators } = chain;
    // `a && b || c`: whether b runs is up to a only if the failure of a is not the failure of all.
    const tolerated = operators.findIndex(
      (operator, index) => operator === "||" && !gives(commands[index + 1]!, GIVING_UP),
    );
    for (const [index, node] of commands.entries()) {
      const operator = operators[index - 1];
      const left = commands[index - 1];
      if (operator === "&&" && left !== undefined) {
        const guard = guardOf(this.#source.text.slice(left.pos, left.end));
        if (guard !== null) inner = { ...conditional(inner), guard };
        else if (index <= tolerated || (!decides && gives(left, TESTS))) inner = conditional(inner);
      } else if (operator === "||") inner = flags;
      if (index <= tolerated) inner = { ...inner, tolerated: true };
      if (operator === "||") {
        // `[ "$(id -u)" != 0 ] || chown …`: what follows runs where the test fails.
        const guard = left === undefined ? null : guardOf(this.#source.text.slice(left.pos, left.end));
        const otherwise = guard === null ? {} : ({ guard: guard === "root" ? "other" : "root" } as const);
        this.#branch(frame, (branch) => this.#node(node, branch, { ...conditional(inner), ...otherwise }));
      } else if (inner.conditional && !flags.conditional) {
        this.#branch(frame, (branch) => this.#node(node, branch, inner));
      } else this.#node(node, frame, inner);
    }
  }

  #if(node: If, frame: Frame, flags: Flags): void {
    const guard = guardOf(this.#source.text.slice(node.clause.pos, node.clause.end));
    const other = guard === "root" ? "other" : "root";
    const then = { ...conditional(flags), guard: guard ?? flags.guard ?? null };
    const otherwise = {
      ...conditional(flags),
      guard: guard === null ? (flags.guard ?? null) : other,
    } as Flags;
    this.#list(node.clause, frame, { ...flags, tolerated: true });
    this.#branch(frame, (inner) => this.#list(node.then, inner, then));
    for (const elif of node.elif) {
      this.#branch(frame, (inner) => {
        this.#list(elif.clause, inner, { ...otherwise, tolerated: true });
        this.#list(elif.then, inner, otherwise);
      });
    }
    const last = node.else;
    if (last !== undefined) this.#branch(frame, (inner) => this.#list(last, inner, otherwise));
  }

  #for(node: For | (Omit<For, "type"> & { type: "Select" }), frame: Frame, flags: Flags): void {
    const items: (string | null)[] = [];
    for (const word of node.wordlist ?? []) {
      this.#substitutions(word, frame, flags);
      for (const item of expandWord(word, this.#around(frame))) items.push(item.value);
    }
    const copies = this.#copies * items.length;
    const unrolled =
      node.type === "For" && items.length > 0 && copies <= MAX_UNROLLED && !items.includes(null);
    if (unrolled) {
      this.#copies = copies;
      for (const item of items) {
        frame.scope.set(node.name.text, item);
        this.#list(node.body, frame, flags);
      }
      this.#copies = copies / items.length;
    } else {
      this.#branch(frame, (inner) => {
        inner.scope.set(node.name.text, null);
        this.#list(node.body, inner, conditional(flags));
      });
    }
  }

  #test(expression: TestExpression, frame: Frame, flags: Flags): void {
    switch (expression.type) {
      case "TestUnary":
        this.#substitutions(expression.operand, frame, flags);
        break;
      case "TestBinary":
        this.#substitutions(expression.left, frame, flags);
        this.#substitutions(expression.right, frame, flags);
        break;
      case "TestLogical":
        for (const operand of expression.operands) this.#test(operand, frame, flags);
        break;
      case "TestNot":
        this.#test(expression.operand, frame, flags);
        break;
      case "TestGroup":
        this.#test(expression.expression, frame, flags);
        break;
    }
  }

  #substitutions(word: Word, frame: Frame, flags: Flags): void {
    if (!mayHoldScript(word.text)) return;
    for (const part of word.parts ?? []) this.#part(part, frame, flags);
  }

  #part(part: WordPart, frame: Frame, flags: Flags): void {
    if (part.type === "CommandExpansion" || part.type === "ProcessSubstitution") {
      const { script } = part;
      if (script === undefined) return;
      const inner = { ...flags, substitution: true };
      if (script.source === undefined) this.script(script, fork(frame), inner);
      else this.#decoded(script, script.source, part.pos, frame, inner);
    } else if (part.type === "DoubleQuoted" || part.type === "LocaleString") {
      for (const child of part.parts) this.#part(child, frame, flags);
    } else if (part.type === "ParameterExpansion" && part.operation?.type === "Default") {
      this.#substitutions(part.operation.operand, frame, flags);
    }
  }

  /** Backquotes with backslashes inside: positions are into the text without them, so all stand at `at`. */
  #decoded(script: ParsedScript, text: string, at: number, frame: Frame, flags: Flags): void {
    const start = this.#source.toSource(at);
    const reader = new Reader({ text, toSource: () => start }, this.#workdir, this.#parameters);
    reader.script(script, fork(frame), flags);
    this.commands.push(...reader.commands);
    this.errors.push(...reader.errors);
  }

  /** Runs `body` in a frame of its own, and keeps of it what holds whether it ran or not. */
  #branch(frame: Frame, body: (inner: Frame) => void): void {
    const inner = fork(frame);
    body(inner);
    frame.scope.forget(inner.scope);
    if (inner.cwd !== frame.cwd) frame.cwd = null;
    if (inner.umask !== frame.umask) frame.umask = null;
  }

  #around(frame: Frame): Surroundings {
    return { source: this.#source, scope: frame.scope, cwd: frame.cwd };
  }
}

const NONE: readonly never[] = [];

function fork(frame: Frame): Frame {
  return {
    scope: new Scope(frame.scope),
    cwd: frame.cwd,
    ...(frame.umask !== undefined && { umask: frame.umask }),
    previous: frame.previous,
    stack: [...frame.stack],
  };
}

/** `077`; the symbolic form is rare. */
function umaskOf(text: string | null): number | null {
  return text !== null && /^[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : null;
}

function conditional(flags: Flags): Flags {
  return flags.conditional ? flags : { ...flags, conditional: true };
}

function mayHoldScript(text: string): boolean {
  return text.includes("`") || text.includes("(");
}
