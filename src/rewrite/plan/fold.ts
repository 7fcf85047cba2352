import { type Foreign, type ImageModel, type Step, isInside } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { ShellCommand } from "../../shell/index.ts";
import type { PlannedAccount } from "./account.ts";
import { type CommandRange, commandRange } from "./command-range.ts";
import { endsPlainly } from "./fillers.ts";
import { imageFiles, ownerOf, userOf } from "./image-files.ts";

/**
 * A `chown -R` of the Dockerfile that has less to do, or nothing, once the COPY and ADD before it give their files to
 * the account: what it would change again is stored in a layer of its own.
 */
export interface Fold {
  readonly step: Step;
  readonly command: ShellCommand;
  /** What it names, and the words that do. */
  readonly paths: readonly string[];
  /** What is left of its paths, each with what is to be done to it; none: the command goes. */
  readonly left: readonly FoldedPath[];
  /** The COPY and ADD that have to give their files to the account for that. */
  readonly copies: readonly Step[];
  /** The one RUN that fills the paths, at whose end the command costs no second copy of the files. */
  readonly into: Step | null;
  /** What goes with the command when nothing is left to do where it stands. */
  readonly range: CommandRange | null;
}

export interface FoldedPath {
  readonly path: string;
  readonly recursive: boolean;
}

/** More directories than these are not listed one by one. */
const MOST_LISTED = 6;
/** Files that are walked through once more for each; a Dockerfile has one or two. */
const MOST_FOLDS = 8;

/** Finds the commands that become pointless, or nearly so, for certain. */
export function planFolds(model: ImageModel, around: Surroundings, account: PlannedAccount): Fold[] {
  const commands = candidates(model, account).slice(0, MOST_FOLDS);
  if (commands.length === 0) return [];
  const copies = new Map<ShellCommand, readonly Step[]>();
  const given = new Map<Step, string>();
  for (const { step, command, paths, group } of commands) {
    const brought = copiesInto(model, step, paths).filter((copy) => canGive(copy, model, account, group));
    copies.set(command, brought);
    for (const copy of brought) given.set(copy, ownerOf(account));
  }
  const found = new Map<ShellCommand, Map<string, Foreign>>();
  const wanted = new Map(commands.map(({ command, group }) => [command, group]));
  imageFiles(model, around, account, {
    given,
    watch: (_, command, path, files) => {
      if (!wanted.has(command)) return;
      const foreign = files.foreignTo(path, userOf(account), wanted.get(command));
      found.set(command, (found.get(command) ?? new Map<string, Foreign>()).set(path, foreign));
    },
  });
  return commands.flatMap(({ step, command, paths }): Fold[] => {
    const each = paths.map((path) => ({ path, foreign: found.get(command)?.get(path) }));
    const brought = copies.get(command)!;
    if (brought.length === 0 || each.some(({ foreign }) => foreign === undefined)) return [];
    const known = each as { path: string; foreign: Foreign }[];
    const range = commandRange(model.dockerfile, step, command);
    const fold = { step, command, paths, copies: brought, range };
    const left = known.flatMap(({ path, foreign }) => leftOf(path, foreign));
    const deep = left.filter(({ recursive }) => recursive);
    if (deep.length === 0) return left.length === 0 && range === null ? [] : [{ ...fold, left, into: null }];
    const filled = known.filter(({ path, foreign }) => leftOf(path, foreign).length > 0);
    const into = onlyFiller(
      model,
      step,
      account,
      filled.map(({ foreign }) => foreign),
    );
    if (into !== null && range !== null)
      return [{ ...fold, left: filled.map(({ path }) => ({ path, recursive: true })), into }];
    return deep.length < paths.length ? [{ ...fold, left, into: null }] : [];
  });
}

/** Before the account is made only numbers can name it, and --link sees no names. */
function canGive(step: Step, model: ImageModel, account: PlannedAccount, group: string | undefined): boolean {
  const byNumber = account.uid !== null && (account.gid !== null || group === undefined);
  const { madeBy, lines, inPasswd, name } = account;
  const isMade = lines.length === 0 && (madeBy === null || isBefore(madeBy, step));
  const byName = name !== null && account.group !== null && inPasswd && isMade;
  return byNumber || (byName && !step.copy!.link && step.stage === model.target);
}

interface Candidate {
  readonly step: Step;
  readonly command: ShellCommand;
  readonly paths: readonly string[];
  /** Undefined when chown leaves the group as it is. */
  readonly group: string | undefined;
}

/** `chown -R` to the account, which runs as root in any case, with every word known. */
function candidates(model: ImageModel, account: PlannedAccount): Candidate[] {
  if (account.uid === null && account.name === null) return [];
  return model.steps.flatMap((step) => {
    const { instruction, opaque, root } = step;
    if (instruction.keyword !== "RUN" || instruction.json || opaque || !root || step.stage !== model.target)
      return [];
    return step.commands.flatMap((command, index): Candidate[] => {
      const { owners, switchesTo } = step.effects[index]!;
      const first = owners[0];
      if (command.name !== "chown" || command.conditional || command.function !== null || switchesTo)
        return [];
      if (!first || !isPlain(command, owners.length)) return [];
      if (owners.some(({ path, recursive }) => !recursive || !/^\/[\w@%+=:,./-]+$/.test(path))) return [];
      if (!isAccount(first.user, account) || !isGroup(first.group, first.user, account)) return [];
      const group = first.group === null ? undefined : String(account.gid ?? account.group ?? "");
      return [{ step, command, paths: owners.map(({ path }) => path), group }];
    });
  });
}

/** `chown -R OWNER PATH…` with no more options than say what is done, and a path for each word. */
function isPlain(command: ShellCommand, paths: number): boolean {
  const [, ...words] = command.argv;
  const options = words.filter((word) => word.prefix.startsWith("-"));
  return (
    command.redirects.length === 0 &&
    command.assignments.length === 0 &&
    words.every((word) => word.value !== null) &&
    options.every((word) => /^-[Rcfhv]+$|^--recursive$/.test(word.value!)) &&
    words.length - options.length === paths + 1
  );
}

function isAccount(user: string | null, { name, uid }: PlannedAccount): boolean {
  return user !== null && (user === name || (uid !== null && user === String(uid)));
}

/** The group that the account has, which is what --chown gives; `app:` is the login group. */
function isGroup(group: string | null, user: string | null, account: PlannedAccount): boolean {
  if (group === null) return true;
  if (group === account.group || (account.gid !== null && group === String(account.gid))) return true;
  return account.gid === null && account.group === null && group === user;
}

/** What stands in the way of a fold is an owner that only the command gives. */
function copiesInto(model: ImageModel, step: Step, paths: readonly string[]): Step[] {
  return model.steps.slice(0, model.steps.indexOf(step)).filter(({ copy }) => {
    const destination = copy?.destination;
    return destination != null && copy!.chown === null && paths.some((path) => isInside(destination, path));
  });
}

/** Nothing, or directories whose own entries are all that is not the account's yet, or all of it as before. */
function leftOf(path: string, { directories, others, parts, unseen }: Foreign): FoldedPath[] {
  if (others.length === 0 && parts.length === 0 && unseen.length === 0 && directories.length <= MOST_LISTED)
    return directories.map((directory) => ({ path: directory.path, recursive: false }));
  return [{ path, recursive: true }];
}

/** The RUN in which all that is not the account's comes about, where the command can stand in its place. */
function onlyFiller(
  model: ImageModel,
  step: Step,
  account: PlannedAccount,
  foreign: readonly Foreign[],
): Step | null {
  const fillers = new Set<Step | null>();
  for (const { parts, others, unseen } of foreign) {
    if (others.some(({ exists }) => exists !== "yes")) return null;
    for (const part of [...parts, ...others]) fillers.add(part.by === "RUN" ? part.step : null);
    for (const number of unseen) fillers.add(model.steps[number - 1] ?? null);
  }
  const [filler] = fillers;
  if (fillers.size !== 1 || filler == null || filler === step) return null;
  if (filler.stage !== model.target || !filler.root || !endsPlainly(filler)) return null;
  const isThere = account.uid !== null || (account.madeBy !== null && isBefore(account.madeBy, filler));
  if (!isThere) return null;
  // Directories that are made after it would not be there yet.
  const directories = foreign.flatMap((each) => each.directories);
  const isThereThen = directories.every(
    ({ by, step: maker }) =>
      maker === filler || (by === "WORKDIR" && maker !== null && isBefore(maker, filler)),
  );
  return isThereThen ? filler : null;
}

function isBefore(one: Step, other: Step): boolean {
  return one.instruction.index < other.instruction.index;
}
