import { posix } from "node:path";
import {
  absolute,
  accessTo,
  destinationOf,
  isInside,
  isSystemDirectory,
  isSystemPath,
  startCommands,
} from "../../../analysis/index.ts";
import {
  type CopiedConfig,
  RUN_EVIDENCE_PATH,
  type SourceWrite,
  type Surroundings,
} from "../../../companions/index.ts";
import type { Evidence } from "../../types.ts";
import { fillers } from "../fillers.ts";
import { lineAt } from "../line-at.ts";
import { runsStockServer } from "../ports/stock.ts";
import type { RootLine } from "../root-lines.ts";
import { type Wishes, looksLikeFile } from "./wishes.ts";

/** What lines of the start gave to somebody. */
export function rootLines(to: Wishes, lines: readonly RootLine[]): void {
  for (const { path, line, mending } of lines) {
    const says = "the start hands it over";
    const source = path === to.file ? "dockerfile" : "companion";
    for (const place of mending.kind === "handed" ? mending.paths : [])
      to.want(place, { source, where: path, line, says }, looksLikeFile(place));
  }
}

export function startScripts(to: Wishes, around: Surroundings, spared: ReadonlySet<string>): void {
  for (const script of around.scripts) {
    script.effects.forEach((effects, index) => {
      const command = script.script.commands[index]!;
      if (command.guard === "root") return;
      for (const write of effects.writes) {
        if (write.kind === "delete" || spared.has(write.path)) continue;
        const line = lineAt(script.text, command.start);
        const evidence: Evidence = {
          source: "companion",
          where: script.file,
          line,
          says: `the start script writes ${write.path}`,
        };
        // A mkdir without -p wants to make the directory itself: a lock, say.
        if (
          command.name === "mkdir" &&
          !command.argv.some((word) => /^-\w*p|^--parents$/.test(word.value ?? ""))
        ) {
          const parent = posix.dirname(write.path);
          if (/^(\/run|\/var\/lock|\/run\/lock|\/var\/run)$/.test(parent))
            to.put(parent.replace("/var/run", "/run"), false, evidence);
          else to.want(parent, evidence);
          continue;
        }
        // sed -i and friends replace the file: they need its directory.
        if (write.directory || write.kind === "create") to.want(write.path, evidence, !write.directory);
        else to.want(write.path, evidence, true);
      }
    });
  }
}

export function serverConfigs(to: Wishes, around: Surroundings): void {
  for (const config of around.configs) {
    if (config.server === "supervisord") supervisordDefaults(to, config);
    for (const write of config.writes) {
      if (!write.path.startsWith("/")) continue;
      if (write.what === "pid" && config.server === "nginx") {
        // nginx opens its pid file and does not mind that it cannot remove it.
        to.put(write.path.replace(/^\/var\/run\//, "/run/"), true, {
          source: "companion",
          where: config.path,
          line: write.line,
          says: "nginx writes its pid here",
        });
        continue;
      }
      if (write.what === "data" && config.server === "apache") {
        to.want(posix.dirname(write.path), {
          source: "companion",
          where: config.path,
          line: write.line,
          says: "apache makes its data files here",
        });
        continue;
      }
      const directory =
        write.what === "cache" ||
        write.what === "temp" ||
        (write.what === "data" && !looksLikeFile(write.path));
      to.want(
        write.path,
        {
          source: "companion",
          where: config.path,
          line: write.line,
          says: `${config.server} writes its ${write.what} here`,
        },
        !directory,
      );
    }
  }
}

/** Without `logfile` and `pidfile` supervisord writes both into the directory that it starts in. */
function supervisordDefaults(to: Wishes, config: CopiedConfig): void {
  const { workdir } = to.model.final;
  if (workdir === null || !isSystemDirectory(workdir)) return;
  const sections = config.programs.map((program) => program.line);
  const own = config.writes.filter(
    (write) => sections.every((line) => write.line < line) || write.what === "pid",
  );
  for (const [what, name] of [
    ["log", "supervisord.log"],
    ["pid", "supervisord.pid"],
  ] as const) {
    if (own.some((write) => write.what === what)) continue;
    const says = `supervisord writes its ${what} where it starts, as the file does not say where`;
    to.put(posix.join(workdir, name), true, {
      source: "companion",
      where: config.path,
      line: null,
      says,
    });
  }
}

export function composeVolumes(to: Wishes, around: Surroundings): void {
  // It serves what another service writes; a directory of its own there would become the empty volume's owner.
  if (SERVERS_OF_FILES.test(to.model.base.image?.id ?? "") && runsStockServer(to.model, around)) return;
  for (const service of around.services) {
    for (const volume of service.volumes) {
      if (volume.readOnly || volume.type === "tmpfs") continue;
      const evidence: Evidence = {
        source: "companion",
        where: service.file,
        line: volume.line,
        says: `${service.name} mounts a volume here`,
      };
      const target = absolute(volume.target, "/");
      if (volume.type === "volume") to.want(target, evidence, false);
    }
  }
}

/** Servers that write nothing but what is known of their image. */
const SERVERS_OF_FILES = /^(?:nginx|httpd)(?:\/|$)/;

/** What a step closed to everybody else, and the start reads by name. */
export function closedFiles(to: Wishes, around: Surroundings): void {
  const read = new Set<string>(around.configs.flatMap((config) => [...(config.reads ?? [])]));
  const commands = [
    ...startCommands(to.model),
    ...around.scripts.flatMap((script) => [...script.script.commands]),
  ];
  for (const command of commands) {
    for (const word of [...command.argv, ...command.redirects.map((redirect) => redirect.target)]) {
      const path = word.value?.replace(/^--?[\w-]+=/, "");
      if (path?.startsWith("/")) read.add(path);
    }
  }
  for (const path of read) {
    const facts = to.files.at(path);
    if (accessTo(facts, to.account).read !== false || facts.exists !== "yes" || facts.by === "base") continue;
    // One that is closed and has an x bit is opened by a mode of its own.
    if ((facts.mode.on & 0o100) !== 0 || facts.kind === "directory") continue;
    const line = facts.step?.instruction.line ?? null;
    to.put(path, true, to.here(line, "only its owner can read it, and the start reads it"));
  }
}

/** Relative paths stand below the working directory, which is handed over itself unless the policy is strict. */
export function source(to: Wishes, around: Surroundings): void {
  const { workdir } = to.model.final;
  for (const write of around.source.writes) {
    const evidence: Evidence = { source: "code", where: write.file, line: write.line, says: write.says };
    if (isInside(write.path, "/tmp")) temporary(to, write.temporary === true, evidence);
    else if (write.path.startsWith("/")) to.want(absolute(write.path, "/"), evidence, !write.directory);
    else if (workdir !== null && !isSystemPath(workdir)) {
      const path =
        write.relativeTo === "source" ? besideSource(to, around, write) : absolute(write.path, workdir);
      const directory = path === null || write.directory ? path : posix.dirname(path);
      if (
        directory !== null &&
        (to.policy === "strict" || (directory !== workdir && fillers(to.model, directory).length > 0))
      ) {
        to.want(directory, evidence);
      }
    }
  }
}

/** Beside where COPY puts the file that says so; below the working directory where none does. */
function besideSource(to: Wishes, { context }: Surroundings, { path, file }: SourceWrite): string | null {
  const within = posix.relative(context, file);
  const copied = destinationOf(to.model, within);
  if (copied === null) return absolute(path, to.model.final.workdir);
  return absolute(posix.relative(posix.dirname(within), path), posix.dirname(copied));
}

/** Only an empty image lacks /tmp. An app that does not make it cannot have used it: no reason to decline. */
function temporary(to: Wishes, found: boolean, evidence: Evidence): void {
  if (to.model.base.image?.distro !== "scratch") return;
  if (!found || to.model.dockerfile.stages.length > 1) to.put("/tmp", false, evidence);
}

/** What a run of the image has shown; nothing is surer than that. */
export function runs(to: Wishes, around: Surroundings): void {
  for (const write of around.runs?.written ?? []) {
    const deleted = write.kind === "deleted";
    const path = deleted ? posix.dirname(write.path) : write.path;
    const says =
      write.kind === "refused" ? "a run was refused to write here" : "a run of the image wrote here";
    to.want(
      path,
      { source: "run", where: RUN_EVIDENCE_PATH, line: null, says },
      !write.directory && !deleted,
    );
  }
}
