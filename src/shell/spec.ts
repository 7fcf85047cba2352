import { list, words, type Arguments, type Grammar } from "./arguments.ts";
import type { Draft } from "./draft.ts";
import type { RootDaemon, ShellCommand } from "./types.ts";

/** What deroot knows of a command. A row of the tables in `commands/`. */
export interface Spec {
  /** Needs root, or is not known to do without, whatever it is given. Default: where it writes decides. */
  readonly root?: "yes" | "unknown";
  /** Why, in a few words. */
  readonly why?: string;
  /** What it is when it is the process that runs. */
  readonly daemon?: RootDaemon;
  /** Options that take a value, separated by blanks. */
  readonly valued?: string;
  /** `-name` is one option, not a cluster of letters. */
  readonly oneDash?: boolean;
  /** What the operands are. */
  readonly operands?: Use;
  /** How many operands at the front are something else (`chmod MODE FILE`). */
  readonly skip?: number;
  /** How many operands are meant; all, when not said. */
  readonly count?: number;
  /** What the values of options are. */
  readonly paths?: Readonly<Record<string, Use>>;
  /** The options that name the directory in which it works, in place of the working directory. */
  readonly chdir?: string;
  /** Directories that it writes below, whatever it is given: `.` for the working directory, `~/.cache`. */
  readonly writes?: readonly string[];
  /** By the first operand: `git clone`. */
  readonly sub?: Table;
  /** The first whose options are all there is taken instead of this row. */
  readonly when?: readonly { readonly has: string; readonly then: Spec }[];
  /** What data cannot say. */
  readonly effect?: (args: Arguments, draft: Draft, command: ShellCommand) => void;
}

/** The part of a row that tells options from operands. */
export type Options = Pick<Spec, "valued" | "oneDash">;

export type Use =
  | "read"
  /** Makes a file, or replaces it. */
  | "create"
  /** Makes a file that only its owner can read: a private key. */
  | "secret"
  /** Makes a directory. */
  | "make"
  /** Makes files below a directory. */
  | "fill"
  /** Changes a file that exists. */
  | "modify"
  /** Changes what is at and below a path. */
  | "change"
  | "delete"
  | "package"
  | "ignore";

export type Table = ReadonlyMap<string, Spec>;

/** A table whose keys are the names of a row, separated by blanks. */
export function table(rows: Readonly<Record<string, Spec>>): Table {
  const result = new Map<string, Spec>();
  for (const names of Object.keys(rows)) {
    for (const name of words(names)) result.set(name, rows[names]!);
  }
  return result;
}

/** A row for many commands that are alike. */
export function each(names: string, spec: Spec): Readonly<Record<string, Spec>> {
  return { [names]: spec };
}

const OWN = new WeakMap<Options, Grammar>();
const GRAMMARS = new Map<string, Grammar>();
const NO_OPTIONS: Grammar = { valued: new Set(), oneDash: false };

/** The grammar of a row; rows of subcommands know the options of those above them too. */
export function grammarOf(spec: Options, above: Options | null = null): Grammar {
  if (above !== null) return makeGrammar(spec, above);
  let grammar = OWN.get(spec);
  if (grammar === undefined) {
    grammar = makeGrammar(spec, null);
    OWN.set(spec, grammar);
  }
  return grammar;
}

function makeGrammar(spec: Options, above: Options | null): Grammar {
  const names = above?.valued === undefined ? spec.valued : `${above.valued} ${spec.valued ?? ""}`.trimEnd();
  const oneDash = spec.oneDash ?? above?.oneDash ?? false;
  if (names === undefined && !oneDash) return NO_OPTIONS;
  const key = oneDash ? `-${names ?? ""}` : (names ?? "");
  let grammar = GRAMMARS.get(key);
  if (grammar === undefined) {
    grammar = { valued: list(names ?? ""), oneDash };
    GRAMMARS.set(key, grammar);
  }
  return grammar;
}
