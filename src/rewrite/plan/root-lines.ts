import { posix } from "node:path";
import {
  type ImageModel,
  isInside,
  isRootUser,
  isSystemDirectory,
  isSystemPath,
  starts,
} from "../../analysis/index.ts";
import type { StartScript, Surroundings } from "../../companions/index.ts";
import { type Effects, type PathWrite, type ShellCommand, effectsOf, unwrap } from "../../shell/index.ts";
import type { Advice, Reason } from "../types.ts";
import { lineAt } from "./line-at.ts";

/**
 * A line of a start script, or a command of CMD or ENTRYPOINT, that only root can run, where it is certain what
 * to do instead.
 */
export interface RootLine {
  /** In the tree: the script, or the Dockerfile itself. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly command: ShellCommand;
  /** As written, on one line. */
  readonly written: string;
  readonly mending: Mending;
  /** What it writes, which the account no longer does. */
  readonly spared: readonly string[];
}

export type Mending =
  /** It gives paths to somebody: they belong to the account as soon as the image is built. Its failure may be tolerated. */
  | { readonly kind: "handed"; readonly paths: readonly string[] }
  /** It does the same at every start: the build does it. */
  | { readonly kind: "built" }
  /** It sets the machine's time zone; programs read TZ themselves. */
  | { readonly kind: "time-zone" }
  /** `sed -i` makes a file beside the one it edits, where the account may not: it edits a copy instead. */
  | {
      readonly kind: "edited";
      readonly option: { readonly start: number; readonly end: number; readonly text: string };
      readonly file: string;
    };

export interface RootLines {
  readonly lines: readonly RootLine[];
  /** Lines that may not run at all, and about which nothing is certain. */
  readonly advice: readonly Advice[];
  /** A line that does run, and about which nothing is certain. */
  readonly reason: Reason | null;
}

/** What in the start needs root although the app does not, and what becomes of it. */
export function findRootLines(dockerfile: string, model: ImageModel, around: Surroundings): RootLines {
  const lines = new Map<string, RootLine>();
  const advice: Advice[] = [];
  let reason: Reason | null = null;
  const all = [...inScripts(around), ...inStart(dockerfile, model)];
  const filled = new Set(
    all.flatMap(({ effects: { writes } }) =>
      writes.flatMap(({ path, kind }) => (kind === "create" ? posix.dirname(path) : [])),
    ),
  );
  const looked = new Set(
    all.flatMap(({ command }) => lookedFor(command)).filter((file) => !isMadeAtBuild(file, model)),
  );
  for (const found of all) {
    const { command, effects, path, text, mendable } = found;
    const mark = effects.writes.find((write) => isMark(write, looked));
    if (mark !== undefined) reason ??= marks(path, lineAt(text, command.start), mark.path);
    if (!needsRoot(command, effects, filled)) continue;
    const line = lineAt(text, command.start);
    const written = text.slice(command.start, command.end).replace(/\s*\\?\r?\n\s*/g, " ");
    const mending = mendable ? mend(command, effects, found.before) : null;
    const spares = mending?.kind === "built" || mending?.kind === "time-zone";
    const spared = spares ? [...effects.writes, ...effects.modes].map((each) => each.path) : [];
    if (mending !== null) {
      const key = `${path}:${command.start}`;
      // The body of a loop stands there once for each turn.
      lines.set(key, {
        path,
        line,
        command,
        written,
        mending: both(lines.get(key)?.mending, mending),
        spared,
      });
    } else if (command.tolerated) continue;
    else if (command.conditional) advice.push(fails(path, line, written));
    else reason ??= refusal(path, line, command);
  }
  return { lines: [...lines.values()], advice, reason };
}

/** `[ -f /initialized ]`: what a script asks whether it is there. */
function lookedFor({ name, argv }: ShellCommand): string[] {
  if (name !== "[" && name !== "[[" && name !== "test") return [];
  return argv.flatMap(({ value }, index) =>
    /^-[aefs]$/.test(argv[index - 1]?.value ?? "") && value?.startsWith("/") === true ? [value] : [],
  );
}

function isMadeAtBuild(file: string, { steps }: ImageModel): boolean {
  return steps.some(
    ({ copy, effects }) =>
      copy?.destination === file ||
      effects.some(({ writes }) => writes.some(({ path, kind }) => path === file && kind !== "delete")),
  );
}

/** Made by the start, which goes another way once it is there: made at build it would say what is not so. */
function isMark({ path, kind, directory }: PathWrite, looked: ReadonlySet<string>): boolean {
  return (
    kind === "create" &&
    !directory &&
    looked.has(path) &&
    isSystemDirectory(posix.dirname(path)) &&
    !/^\/(?:run|var\/run|tmp|var\/tmp)\//.test(path)
  );
}

function marks(path: string, line: number, file: string): Reason {
  return {
    code: "entrypoint-needs-root",
    message: `${path}:${line} makes ${file}, which it also looks for, in a directory that stays root's.`,
    remedy: "Keep such a mark in a directory of the app's own.",
    line: null,
  };
}

function both(one: Mending | undefined, other: Mending): Mending {
  return one?.kind === "handed" && other.kind === "handed"
    ? { kind: "handed", paths: [...new Set([...one.paths, ...other.paths])] }
    : other;
}

interface Found {
  readonly path: string;
  readonly text: string;
  readonly command: ShellCommand;
  readonly effects: Effects;
  /** What the script has done before. */
  readonly before: readonly Effects[];
  /** The place is one that can be edited. */
  readonly mendable: boolean;
}

function inScripts(around: Surroundings): Found[] {
  return around.scripts.flatMap((script: StartScript) =>
    script.script.commands.map((command, index) => ({
      path: script.file,
      text: script.text,
      command,
      effects: script.effects[index]!,
      before: script.effects.slice(0, index),
      mendable: script.script.errors.length === 0,
    })),
  );
}

/** What `sh -c` and the shell form run before the app. */
function inStart(path: string, model: ImageModel): Found[] {
  const { text } = model.dockerfile;
  const home = model.final.env.get("HOME")?.value ?? null;
  const variables = new Map(
    [...model.final.env].flatMap(([name, { value, keyword }]) =>
      keyword === "ENV" && value !== null ? [[name, value] as const] : [],
    ),
  );
  return starts(model).flatMap((start) => {
    if (start.instruction === null) return [];
    const inner = start.commands
      .flatMap((command) => unwrap(command, { variables, cwd: model.final.workdir }))
      .filter(({ wrappers }) => wrappers.every((name) => SHELLS.has(name)))
      .map(({ command }) => ({ command, effects: effectsOf(command, { user: "root", home }) }));
    if (inner.length < 2) return []; // nothing but the app
    return inner.map(({ command, effects }, index) => ({
      path,
      text,
      command,
      effects,
      before: inner.slice(0, index).map((each) => each.effects),
      mendable: true,
    }));
  });
}

const SHELLS = new Set(["sh", "bash", "ash", "dash", "exec"]);

/** It runs as the account, and fails there for more than the paths it writes, which are handed over. */
function needsRoot(command: ShellCommand, effects: Effects, filled: ReadonlySet<string>): boolean {
  if (effects.root !== "yes" || effects.daemon !== null || command.guard) return false;
  if (command.substitution || command.background) return false;
  if (command.name !== null && LANGUAGE_TOOLS.test(command.name)) return false;
  return (
    effects.pathsOnly !== true ||
    needsDirectory(command, effects) ||
    isEngines(effects) ||
    isFixed(command, effects, filled) ||
    timeZone(command, effects) !== null
  );
}

/** They install for the account alone where they may not install for all, or fail where a mount decides. */
const LANGUAGE_TOOLS =
  /^(?:pip[\d.]*|python[\d.]*|gem|bundle|npm|yarn|pnpm|composer|cargo|go|conda|mamba|poetry|pipenv|uv)$/;

/** Commands that make their file anew, in a directory that stays the system's. */
function needsDirectory(command: ShellCommand, effects: Effects): boolean {
  const renames =
    command.name === "ln" ||
    command.name === "mv" ||
    ((command.name === "sed" || command.name === "perl") && inPlaceOption(command) !== undefined);
  return (
    renames &&
    effects.writes.some(
      ({ path, kind }) =>
        kind !== "delete" &&
        isSystemDirectory(posix.dirname(path)) &&
        posix.dirname(path) !== "/run" &&
        !isOpen(path),
    )
  );
}

/** What the engine puts there at the start, for root. */
function isEngines(effects: Effects): boolean {
  return effects.writes.some(({ path }) => /^\/etc\/(?:hosts|hostname|resolv\.conf)$/.test(path));
}

/**
 * It takes away, or opens, what came with the image, in directories that stay the system's: in one that the start
 * fills it does not, because that is handed over.
 */
function isFixed(command: ShellCommand, effects: Effects, filled: ReadonlySet<string> = new Set()): boolean {
  const paths =
    command.name === "chmod"
      ? effects.modes.map(({ path }) => path)
      : command.name === "rm"
        ? effects.writes.map(({ path }) => path)
        : [];
  return (
    paths.length > 0 &&
    paths.every(
      (path) =>
        isSystemPath(path) &&
        !isSystemDirectory(path) &&
        (command.name !== "rm" || !filled.has(posix.dirname(path))),
    )
  );
}

function isOpen(path: string): boolean {
  return ["/tmp", "/var/tmp", "/dev", "/proc"].some((open) => isInside(path, open));
}

function mend(command: ShellCommand, effects: Effects, before: readonly Effects[]): Mending | null {
  if (command.redirects.some(({ operator }) => operator.startsWith("<<"))) return null;
  if (command.tolerated) return handed(command, effects);
  return (
    handed(command, effects) ??
    timeZone(command, effects) ??
    edited(command, effects) ??
    built(command, effects, before)
  );
}

function handed(command: ShellCommand, effects: Effects): Mending | null {
  if (command.name !== "chown" && command.name !== "chgrp") return null;
  const { owners } = effects;
  const operands = command.argv.slice(1).filter((word) => !word.raw.startsWith("-"));
  if (owners.length === 0 || owners.length !== operands.length - 1) return null;
  if (
    owners.some(({ user, group }) => (user !== null && isRootUser(user)) || (user === null && group === null))
  )
    return null;
  const paths = owners.map(({ path }) => path.replace(/\/\*$/, "")).filter((path) => !isOpen(path));
  return paths.every((path) => path.startsWith("/") && !/[*?[]/.test(path) && !isSystemDirectory(path))
    ? { kind: "handed", paths }
    : null;
}

/** `ln -sf /usr/share/zoneinfo/$TZ /etc/localtime`, `echo $TZ > /etc/timezone`. */
function timeZone(command: ShellCommand, { writes }: Effects): Mending | null {
  const zone =
    writes.length > 0 && writes.every(({ path }) => path === "/etc/localtime" || path === "/etc/timezone");
  return zone && command.argv.some((word) => /\$\{?TZ\b/.test(word.raw)) ? { kind: "time-zone" } : null;
}

function edited(command: ShellCommand, { writes }: Effects): Mending | null {
  const word = command.name === "sed" ? inPlaceOption(command) : undefined;
  const file = command.argv.at(-1)!;
  if (word === undefined || writes.length !== 1 || file.value === null || writes[0]!.path !== file.value)
    return null;
  if (command.redirects.length > 0 || isEngines({ writes } as Effects)) return null;
  const rest = /^-([a-zA-Z]*)i$/.exec(word.raw)?.[1] ?? "";
  const next = command.argv[command.argv.indexOf(word) + 1]!;
  return {
    kind: "edited",
    option:
      rest === ""
        ? { start: word.start, end: next.start, text: "" }
        : { start: word.start, end: word.end, text: `-${rest}` },
    file: file.raw,
  };
}

/** `-i`, `-ri`, `--in-place`; not `-ie`, which names a copy to keep. */
function inPlaceOption(command: ShellCommand): ShellCommand["argv"][number] | undefined {
  return command.argv.find((word) => /^(?:-[nrEsuz]*i|--in-place)$/.test(word.raw));
}

/** The same at every start, on what is there when the image is built. */
function built(command: ShellCommand, effects: Effects, before: readonly Effects[]): Mending | null {
  if (command.conditional || command.function !== null || command.assignments.length > 0) return null;
  if (command.redirects.some(({ target }) => target.value !== "/dev/null")) return null;
  if (command.argv.some((word) => word.value === null || /[$`]/.test(word.raw))) return null;
  const { name } = command;
  const fixed =
    isFixed(command, effects) && (name !== "rm" || command.argv.some((word) => /^-\w*f/.test(word.raw)));
  const linked =
    name === "ln" &&
    command.argv.some((word) => /^-\w*[fn]/.test(word.raw)) &&
    command.argv.some((word) => /^-\w*s/.test(word.raw));
  if (!fixed && !linked && !(name !== null && SWITCHES.has(name))) return null;
  const touched = [...effects.writes, ...effects.modes].map(({ path }) => path);
  const fresh = before.some(({ writes }) => writes.some(({ path }) => touched.includes(path)));
  return fresh ? null : { kind: "built" };
}

/** They switch on what is installed, by links and lists below /etc and /usr. */
const SWITCHES = new Set(
  "a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf phpenmod phpdismod lighty-enable-mod locale-gen".split(
    " ",
  ),
);

function fails(path: string, line: number, written: string): Advice {
  return {
    title: `A line of the start may need root: ${path}:${line}`,
    reason: `\`${written}\` does not run at every start. Where it does, the account may be refused: do it when the image is built, or leave it out there.`,
    path,
    line,
  };
}

function refusal(path: string, line: number, command: ShellCommand): Reason {
  return {
    code: "entrypoint-needs-root",
    message: `${path}:${line} runs ${command.name ?? "a command"} at start, which needs root.`,
    remedy: `Do this when the image is built, or guard it with: if [ "$(id -u)" = 0 ]; then … fi`,
    line: null,
  };
}
