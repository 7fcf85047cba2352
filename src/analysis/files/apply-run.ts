import { posix } from "node:path";
import type { Effects, PathWrite, ShellCommand } from "../../shell/index.ts";
import type { Step } from "../model.ts";
import { UNKNOWN_MODE, changedMode, eitherMode, exactly, madeUnder, maskedBy } from "./mode.ts";
import { NOBODY_KNOWN, type Owner, ROOT } from "./owners.ts";
import { either, type Ground } from "./ground.ts";
import { ABSENT, type Facts, type Part } from "./tree.ts";

/** One command of a RUN. */
interface Run {
  readonly step: Step;
  readonly ground: Ground;
  /** Whom it runs as. */
  readonly owner: Owner;
  /** Null: not known. */
  readonly umask: number | null;
  /** It runs in any case. */
  readonly certain: boolean;
}

/** Is called before a path changes its owner. */
export type OwnerWatch = (step: Step, command: ShellCommand, path: string) => void;

/** Carries out what the commands of a RUN are known to do. */
export function applyRun(step: Step, ground: Ground, watch?: OwnerWatch): void {
  step.commands.forEach((command, index) => {
    const effects = step.effects[index]!;
    const user = effects.switchesTo ? effects.switchesTo.user : step.user;
    const run: Run = {
      step,
      ground,
      owner: user === null ? NOBODY_KNOWN : ground.accounts.process(user),
      umask: command.umask === undefined ? 0o022 : command.umask,
      certain: !command.conditional,
    };
    applyCommand(command, effects, run, watch);
  });
}

function applyCommand(command: ShellCommand, effects: Effects, run: Run, watch?: OwnerWatch): void {
  const { ground } = run;
  for (const change of effects.accounts) {
    ground.accounts.change(change);
    if (change.kind === "user" && change.createsHome && change.home !== null)
      makeHome(change.home, change.name, run);
  }
  if (effects.root === "unknown" && effects.pathsOnly !== true && run.owner.user === "0")
    ground.unseen.push(ground.now);
  const links = new Set((effects.links ?? []).map(({ path }) => path));
  for (const write of effects.writes) if (!links.has(write.path)) applyWrite(write, run);
  for (const { path, target } of effects.links ?? []) applyLink(path, target, run);
  const homes = new Set(effects.accounts.map(({ home }) => home));
  for (const { path, user, group, recursive } of effects.owners) {
    if (homes.has(path)) continue;
    watch?.(run.step, command, path);
    const given = ground.accounts.given(user, group);
    const own = (part: Owner): Owner => ({
      user: given.user === undefined ? part.user : given.user,
      group: given.group === undefined ? part.group : given.group,
    });
    change(path, recursive, run, (part) => ({ ...part, ...own(part) }), command);
  }
  for (const { path, mode, recursive } of effects.modes) {
    change(path, recursive, run, (part, facts) => ({
      ...part,
      mode: changedMode(
        part.mode,
        mode,
        facts === null || facts.kind === null ? null : facts.kind === "directory",
        run.umask,
      ),
    }));
  }
}

/** A home that is there stays as it is; its mode is a matter of the distribution. */
function makeHome(home: string, name: string, run: Run): void {
  const { ground, step } = run;
  const owner = ground.accounts.process(name);
  const part: Part = { by: "RUN", step, ...owner, mode: UNKNOWN_MODE };
  const isNew = ground.tree.facts(home).exists === "no";
  const facts: Facts = { ...part, exists: run.certain ? "yes" : "maybe", kind: "directory", link: null };
  ground.make(home, facts, { ...facts, ...ROOT, mode: exactly(0o755) });
  if (isNew) ground.tree.fill(home, part);
}

function applyWrite(write: PathWrite, run: Run): void {
  const { ground, step } = run;
  if (!write.path.startsWith("/")) {
    // Below a directory that is not known, so it may be anywhere.
    if (write.kind !== "delete" && !write.path.startsWith("~"))
      ground.tree.fill("/", { by: "RUN", step, ...ownerOf(write, run), mode: UNKNOWN_MODE });
    return;
  }
  const path = ground.tree.real(write.path, write.kind !== "delete");
  const lost = isLost(path, run);
  if (lost === "yes") return;
  const certain = run.certain && lost === "no";
  const glob = globOf(path);
  if (write.kind === "delete") {
    if (glob === null) ground.tree.remove(path, certain, ground.now);
    else
      for (const each of named(glob, run))
        ground.tree.remove(each, certain && glob.pattern === "*", ground.now);
    return;
  }
  if (glob !== null) return;
  const part: Part = { by: "RUN", step, ...ownerOf(write, run), mode: modeOf(write, run) };
  const before = ground.tree.facts(path);
  if (write.kind === "create" && !(write.recursive && write.made === undefined)) {
    // mkdir without -p fails where there is something.
    const isNew = write.made === "plain" && write.directory && write.parents !== true && certain;
    if (isNew && before.exists === "maybe") ground.tree.remove(path, true, ground.now);
    if (before.exists === "yes") replace(path, write, part, run);
    else {
      const facts: Facts = {
        ...inherited(path, part, write.directory, run),
        exists: certain ? "yes" : "maybe",
        kind: write.directory ? "directory" : write.recursive || write.made === "kept" ? null : "file",
        link: null,
      };
      if (write.parents === true) {
        // GNU's install leaves the umask aside, BusyBox' does not.
        const under = madeUnder(run.umask, true);
        const mode = write.made === "plain" ? under : eitherMode(under, exactly(0o755));
        const above: Facts = { ...facts, ...run.owner, kind: "directory", mode };
        ground.make(posix.dirname(path), { ...above, exists: facts.exists });
      } else if (certain) ground.imply(posix.dirname(path));
      ground.make(path, facts);
    }
  } else if (write.kind === "modify" && certain) {
    // `>>` makes a file that is missing; what a program fills it may make, or find there, or not need.
    // An editor leaves the file that it changes to its owner, whichever file that is.
    if (!write.directory && write.recursive && write.made === undefined) return;
    if (write.recursive) {
      if (before.exists === "no")
        ground.make(path, { ...part, exists: "maybe", kind: "directory", link: null });
    } else if (write.directory) ground.imply(path);
    else {
      ground.imply(posix.dirname(path));
      if (before.exists === "no")
        ground.tree.set(path, { ...part, exists: "yes", kind: "file", link: null }, ground.now);
    }
  }
  if (write.made === "linked" && write.from != null) unsure(ground.tree.real(write.from), path, run);
  if (write.made === "kept" && write.directory && write.from != null) {
    // `cp -a SOURCE/. TARGET` makes the directory itself like its source.
    const { user, group, mode } = source(write.from, ground);
    change(path, false, run, (own) => ({ ...own, user, group, mode }));
  }
  if (write.recursive || (write.made === "kept" && source(write.from ?? "", ground).kind !== "file")) {
    // An archive brings its own directories, which take the place of those that are there.
    if (write.made === "archive") ground.overwrite(path, part);
    const below = write.made === "kept" || write.made === "copied" ? treeOf(write, part, run) : part;
    ground.tree.fill(path, below);
  }
}

/** What a copy of a directory has in it. */
function treeOf(write: PathWrite, part: Part, run: Run): Part {
  const isKept = write.made === "kept" && givesAway(run) && write.from != null;
  return { ...part, ...(isKept && ownersBelow(write.from!, run)), mode: UNKNOWN_MODE };
}

/** What is there already keeps its owner and mode, but where something else is put in its place. */
function replace(path: string, write: PathWrite, part: Part, run: Run): void {
  if (write.directory || write.made === "plain") return;
  // BusyBox' cp removes what is there first; mv always does.
  run.ground.tree.update(path, (facts) =>
    facts.kind === "directory" ? facts : { ...facts, ...either(facts, { ...facts, ...part }) },
  );
}

/** Two names of one file: what is done to it under one holds for the other, which is not followed. */
function unsure(one: string, other: string, { ground }: Run): void {
  for (const path of [one, other])
    ground.tree.update(path, (facts) => ({ ...facts, ...NOBODY_KNOWN, mode: UNKNOWN_MODE }));
}

/** A directory with the setgid bit hands its group on. */
function inherited(path: string, part: Part, directory: boolean, run: Run): Part {
  const above = run.ground.tree.facts(posix.dirname(path));
  if (above.exists === "no" || (above.mode.off & 0o2000) !== 0 || above.group === part.group) return part;
  if ((above.mode.on & 0o2000) === 0) return { ...part, group: null };
  const mode = directory ? { on: part.mode.on | 0o2000, off: part.mode.off & ~0o2000 } : part.mode;
  return { ...part, group: above.group, mode };
}

function ownerOf(write: PathWrite, run: Run): Owner {
  if (write.made !== "kept" && write.made !== "archive") return run.owner;
  if (!givesAway(run)) return run.owner;
  if (write.made === "archive" || write.from == null) return NOBODY_KNOWN;
  const { user, group } = source(write.from, run.ground);
  return { user, group };
}

/** Only root can give files away. */
function givesAway({ owner }: Run): boolean {
  return owner.user === null || owner.user === "0";
}

/** Of a path and all below it, where they agree. */
function ownersBelow(path: string, { ground }: Run): Owner {
  const { user, group } = source(path, ground);
  let owner: Owner = { user, group };
  const join = (other: Owner): void => {
    owner = {
      user: owner.user === other.user ? owner.user : null,
      group: owner.group === other.group ? owner.group : null,
    };
  };
  ground.tree.below(path, ({ facts: named, parts }) => {
    if (named !== null) join(named);
    parts.forEach(join);
  });
  return owner;
}

function source(path: string, ground: Ground): Facts {
  return path.startsWith("/") ? ground.tree.facts(ground.tree.real(path)) : ABSENT;
}

function modeOf(write: PathWrite, run: Run): Facts["mode"] {
  switch (write.made) {
    case "private":
      return exactly(0o600);
    case "plain":
      return madeUnder(run.umask, write.directory);
    case "copied":
    case "kept": {
      if (write.from == null) return UNKNOWN_MODE;
      const { mode, exists } = source(write.from, run.ground);
      if (exists === "no") return UNKNOWN_MODE;
      return write.made === "kept" ? mode : maskedBy(mode, run.umask);
    }
    default:
      return UNKNOWN_MODE;
  }
}

function applyLink(path: string, target: string, run: Run): void {
  if (!run.certain) return;
  const { ground, step } = run;
  const at = ground.tree.real(path, false);
  ground.imply(posix.dirname(at));
  ground.tree.set(
    at,
    { exists: "yes", kind: "link", by: "RUN", step, ...run.owner, mode: exactly(0o777), link: target },
    ground.now,
  );
}

/** chown and chmod follow a link that they are given, chown -R does not. */
function change(
  path: string,
  recursive: boolean,
  run: Run,
  what: (part: Part, facts: Facts | null) => Part,
  command?: ShellCommand,
): void {
  const { ground } = run;
  if (!path.startsWith("/")) return;
  const isChown = command !== undefined;
  const follows = !(isChown && (recursive || isGiven(command, "-h")));
  const real = ground.tree.real(path, follows);
  const lost = isLost(real, run);
  if (lost === "yes") return;
  const certain = run.certain && lost === "no";
  const changed = certain ? what : (part: Part, facts: Facts | null) => joined(part, what(part, facts));
  const glob = globOf(real);
  if (glob !== null) {
    for (const each of named(glob, run)) {
      if (recursive) ground.tree.updateAll(each, changed);
      else ground.tree.update(each, (facts) => ({ ...facts, ...changed(facts, facts) }));
    }
    ground.tree.spread(glob.directory, (part) => what(part, null));
    return;
  }
  if (certain) ground.imply(real);
  if (recursive && ground.tree.facts(ground.tree.real(path, false)).link !== null) {
    // Whether it is followed is a matter of a slash behind it and of who wrote the program.
    const either = (part: Part, facts: Facts | null): Part => joined(part, what(part, facts));
    ground.tree.updateAll(ground.tree.real(path), either);
    if (isChown)
      ground.tree.update(ground.tree.real(path, false), (facts) => ({ ...facts, ...either(facts, facts) }));
    return;
  }
  if (recursive) {
    ground.tree.updateAll(real, changed);
    if (certain && isChown) ground.settle(real);
  } else ground.tree.update(real, (facts) => ({ ...facts, ...changed(facts, facts) }));
}

function isGiven(command: ShellCommand, letter: string): boolean {
  return command.argv.some((word) => word.value === letter || word.value === "--no-dereference");
}

function joined(part: Part, other: Part): Part {
  return {
    ...part,
    user: part.user === other.user ? part.user : null,
    group: part.group === other.group ? part.group : null,
    mode: eitherMode(part.mode, other.mode),
  };
}

interface Glob {
  readonly directory: string;
  readonly pattern: string;
}

function globOf(path: string): Glob | null {
  const at = path.search(/[*?[]/);
  if (at < 0) return null;
  const slash = path.lastIndexOf("/", at);
  return { directory: path.slice(0, slash) || "/", pattern: path.slice(slash + 1) };
}

/** The known paths that `DIRECTORY/*` stands for; of another pattern, all that it may stand for. */
function named({ directory, pattern }: Glob, { ground }: Run): string[] {
  const node = ground.tree.find(ground.tree.real(directory));
  if (node === null) return [];
  const start = pattern.slice(0, pattern.search(/[*?[]/));
  return [...node.children]
    .filter(([name]) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
    .map(([, child]) => child.path);
}

/** Whether what a RUN does there is lost, because a VOLUME stands on it and the builder is a classic one. */
function isLost(path: string, { ground }: Run): "yes" | "no" | "maybe" {
  if (ground.builder === "buildkit" || !ground.isOnVolume(path)) return "no";
  return ground.builder === "classic" ? "yes" : "maybe";
}
