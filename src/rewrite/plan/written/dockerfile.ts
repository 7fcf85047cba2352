import {
  absolute,
  filesStartedBy,
  isInside,
  isSystemDirectory,
  isSystemPath,
  startCommands,
} from "../../../analysis/index.ts";
import { type ShellCommand, unwrap } from "../../../shell/index.ts";
import { startedTools } from "../build-tools.ts";
import { DATA_TREES, type Wishes, looksLikeFile } from "./wishes.ts";

export function workdir(to: Wishes): void {
  const { workdir } = to.model.final;
  if (to.policy === "strict" || workdir === null || isSystemPath(workdir)) return;
  const step = to.model.steps.findLast((s) => s.instruction.keyword === "WORKDIR");
  to.want(workdir, to.here(step?.instruction.line ?? null, "the app's working directory"), false, "maybe");
}

export function volumes(to: Wishes): void {
  for (const { path, instruction } of to.model.final.volumes) {
    to.want(path, to.here(instruction.line, "a volume: data that the app keeps"));
  }
  const base = to.model.base.image;
  // What a base with a user of its own keeps belongs to that user.
  if (!base?.user.isRoot) return;
  for (const path of base.volumes) {
    to.want(path, {
      source: "base",
      where: to.model.base.reference ?? "",
      line: null,
      says: "a volume of the base image",
    });
  }
}

/**
 * A program that was unpacked or built into a directory of its own (`/opt/jetty`) writes beside itself: logs,
 * work files, pid files. Single binaries in the system's directories do not.
 */
export function startDirectory(to: Wishes): void {
  if (to.policy === "strict") return;
  const { workdir } = to.model.final;
  for (const command of startCommands(to.model)) {
    for (const { command: inner } of unwrap(command)) {
      const started = filesStartedBy(inner, workdir)
        .filter((file) => !file.onPath)
        .map((file) => file.path);
      for (const path of [...started, ...programsNamed(inner)]) {
        const tree = programTree(path);
        if (tree === null || (workdir !== null && !isSystemPath(workdir) && isInside(tree, workdir)))
          continue;
        if (madeInSteps(to, tree))
          to.want(
            tree,
            to.here(null, "the program that starts is installed here and may write beside itself"),
            false,
            "maybe",
          );
      }
    }
  }
}

function madeInSteps(to: Wishes, tree: string): boolean {
  return to.model.steps.some(
    (step) =>
      (step.copy?.destination && isInside(step.copy.destination, tree)) ||
      step.effects.some((effects) =>
        effects.writes.some((w) => w.kind !== "delete" && isInside(w.path, tree)),
      ),
  );
}

/** mkdir, touch, chmod a+w, chown: whoever wrote them meant the app to write there. */
export function madeDirectories(to: Wishes): void {
  for (const step of to.model.steps) {
    for (const effects of step.effects) {
      const { line } = step.instruction;
      for (const write of effects.writes) {
        if (write.kind !== "create" || !write.directory || write.recursive || !looksLikeData(to, write.path))
          continue;
        if (!to.files.isGone(write.path))
          to.want(write.path, to.here(line, "the Dockerfile makes this directory"));
      }
      for (const mode of effects.modes) {
        if (opensToAll(mode.mode) && !isSystemPath(mode.path) && !to.files.isGone(mode.path))
          to.want(mode.path, to.here(line, `chmod ${mode.mode} opens it to everybody`));
      }
    }
  }
}

function looksLikeData(to: Wishes, path: string): boolean {
  if (isSystemDirectory(path) || isInside(path, "/root")) return false;
  const { workdir } = to.model.final;
  if (workdir !== null && workdir !== "/" && isInside(path, workdir)) return true;
  return (
    DATA_TREES.some((tree) => isInside(path, tree)) ||
    (/^\/[^/]+(\/[^/]+)?$/.test(path) && !isSystemPath(path) && DATA_NAMES.test(path))
  );
}

/** ENV such as DATA_DIR or LOG_FILE, and options such as --data or --pidfile of the start command. */
export function settings(to: Wishes): void {
  const home = to.model.final.env.get("HOME");
  if (home?.value && !isInside(home.value, "/root") && !isSystemPath(home.value))
    to.want(absolute(home.value, "/"), to.here(home.instruction.line, "HOME points here"), false, "maybe");
  for (const [name, { value, instruction }] of to.model.final.env) {
    if (value === null || !WRITTEN_SETTING.test(name) || READ_SETTING.test(name)) continue;
    const path = value.startsWith("sqlite:") ? value.replace(/^sqlite:\/{2,3}/, "") : value;
    if (
      !/^\/[^:;,\s]*$/.test(path) ||
      (isSystemPath(path) && !DATA_TREES.some((tree) => isInside(path, tree)))
    )
      continue;
    const sign = /CACHE\w*$/.test(name) ? "cache" : "written";
    to.want(absolute(path, "/"), to.here(instruction.line, `${name} points here`), looksLikeFile(path), sign);
  }
  for (const start of [to.model.final.entrypoint, to.model.final.cmd]) {
    if (!start?.instruction) continue;
    for (const command of start.commands) {
      command.argv.forEach((word, index) => {
        const match = /^--?([\w-]+?)(?:=(.*))?$/.exec(word.value ?? "");
        if (!match || !WRITTEN_OPTION.test(match[1]!)) return;
        const value = match[2] ?? command.argv[index + 1]?.value ?? "";
        if (
          !value.startsWith("/") ||
          value === "/" ||
          (isSystemPath(value) && !DATA_TREES.some((tree) => isInside(value, tree)))
        )
          return;
        to.want(
          absolute(value, "/"),
          to.here(start.instruction!.line, `the start command says ${word.raw}`),
          looksLikeFile(value) || /(pid|file)/.test(match[1]!),
        );
      });
    }
  }
}

export function startRedirects(to: Wishes, spared: ReadonlySet<string>): void {
  for (const start of [to.model.final.entrypoint, to.model.final.cmd]) {
    if (!start?.instruction) continue;
    for (const effects of start.effects) {
      for (const write of effects.writes) {
        if (write.kind !== "delete" && !spared.has(write.path))
          to.want(
            write.path,
            to.here(start.instruction.line, "the start command writes it"),
            !write.directory,
          );
      }
    }
  }
}

const DATA_NAMES =
  /(data|log|upload|cache|tmp|temp|storage|media|static|session|backup|output|result|state|run|pid|db|database|spool|work|download|store|volume|config)/i;

const WRITTEN_SETTING =
  /(^|_)(DATA|LOGS?|CACHE|UPLOADS?|STORAGE|TMP|TEMP|STATE|WORK|RUN|PID|SPOOL|BACKUPS?|MEDIA|DOWNLOADS?|OUTPUT|SESSIONS?|DATABASE|DB|DENO)_?(DIR|DIRECTORY|PATH|FOLDER|ROOT|LOCATION|FILE|FILENAME|URL|HOME)?$/;
/** Names that look alike but say what is read. */
const READ_SETTING =
  /(CONFIG(?!_CACHE)|LIB|BIN|JAVA|PYTHON|NODE|GO|RUST|CARGO|TEMPLATE|STATIC|CERT|KEY|SECRET)/;
const WRITTEN_OPTION =
  /^(data|data-?(dir|path|directory)|datadir|dbpath|log-?(file|dir|path)|logpath|access-?log(file)?|error-?log(file)?|pid(-?file)?|pidfilepath|dir|storage(-?(dir|path))?|work-?dir|cache-?dir|state-?dir|upload-?dir|output-?dir|db|database|tmp-?dir|temp-?dir|storage\.tsdb\.path)$/i;

function opensToAll(mode: string): boolean {
  return /^0?[0-7]?[0-7][0-7][2367]$/.test(mode) || /(^|,)(a|o|ugo|go|)\+[rxXst]*w/.test(mode);
}

/** `java -jar /opt/x/x.jar`, `python /srv/x/main.py`: the program an interpreter is given. */
function programsNamed(command: ShellCommand): string[] {
  if (
    command.name === null ||
    !/^(java|node|nodejs|python[\d.]*|php|ruby|perl|dotnet|deno|bun)$/.test(command.name)
  )
    return [];
  return command.argv
    .slice(1)
    .flatMap((word) =>
      word.value !== null && /^\/.+\.(jar|war|js|mjs|cjs|ts|py|php|rb|pl|dll)$/.test(word.value)
        ? [word.value]
        : [],
    );
}

/** The directory that holds a program and what belongs to it; null for one in a directory of the system. */
function programTree(path: string): string | null {
  const match =
    /^(\/(?:opt|srv|home|usr\/local|var\/www|usr\/share|usr\/src)\/[^/]+)\/.+/.exec(path) ??
    /^(\/[^/]+)\/.+/.exec(path);
  const tree = match?.[1] ?? null;
  if (tree !== null && /\/(bin|sbin|lib|etc|scripts?|tools?|entrypoints?)$/.test(tree)) return null;
  // An environment of a language is installed once, and read.
  if (tree !== null && /\/\.?(venv|virtualenv|env|(mini|ana)?conda\d?|miniforge\d?|node_modules)$/.test(tree))
    return null;
  return tree === null ||
    (isSystemPath(tree) && !/^\/usr\/(local|share)\/(?!bin|sbin|lib|etc|share|include)[^/]+$/.test(tree))
    ? null
    : tree;
}

/** What a build tool builds again at the start, where a step has built as root before. */
export function buildOutput(to: Wishes): void {
  for (const { names, output } of startedTools(to.model)) {
    for (const step of to.model.steps) {
      const command = step.commands.find(({ name }) => names.test(name?.replace(/^.*\//, "") ?? ""));
      const directory = command?.cwd ?? step.workdir;
      if (!command || !step.root || directory === null || isSystemPath(directory)) continue;
      const evidence = to.here(step.instruction.line, `${command.name} builds here, and again at the start`);
      for (const name of output) to.want(absolute(name, directory), evidence);
    }
  }
}
