import { posix } from "node:path";
import {
  type ImageModel,
  absolute,
  filesStartedBy,
  isInside,
  isSystemDirectory,
  isSystemPath,
  startCommands,
} from "../../analysis/index.ts";
import { RUN_EVIDENCE_PATH, type CopiedConfig, type Surroundings } from "../../companions/index.ts";
import { type ShellCommand, unwrap } from "../../shell/index.ts";
import type { Advice, Evidence } from "../types.ts";
import { fillers } from "./fillers.ts";
import { SERVICES, type Service } from "./services.ts";

/** A path that the app writes, and how that is known. */
export interface Wanted {
  /** A file to be made empty, in a directory that stays the system's. */
  readonly file: boolean;
  readonly evidence: Evidence[];
}

export interface WrittenPaths {
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Commands that move a server's files from the system's directories to where the account may write. */
  readonly commands: readonly string[];
  readonly advice: readonly Advice[];
}

export type Policy = "app" | "strict" | "group0";

/** Collects what the app writes, from every evidence there is. */
export function findWrittenPaths(
  model: ImageModel,
  around: Surroundings,
  policy: Policy,
  dockerfile: string,
): WrittenPaths {
  const collect = new Collector(model, dockerfile, policy);
  collect.workdir();
  collect.startDirectory();
  collect.volumes();
  collect.madeDirectories();
  collect.baseProfile(around);
  collect.services(around);
  collect.settings();
  collect.startScripts(around);
  collect.startRedirects();
  collect.serverConfigs(around);
  collect.composeVolumes(around);
  collect.closedFiles(around);
  collect.source(around);
  collect.runs(around);
  return collect;
}

/** Paths that need nothing: anybody may write there, or the engine makes them. */
const OPEN_TO_ALL = ["/tmp", "/var/tmp", "/dev", "/proc", "/sys"];

class Collector {
  private readonly model: ImageModel;
  private readonly file: string;
  private readonly policy: "app" | "strict" | "group0";
  readonly wanted = new Map<string, Wanted>();
  readonly advice: Advice[] = [];
  readonly commands: string[] = [];

  constructor(model: ImageModel, file: string, policy: "app" | "strict" | "group0") {
    this.model = model;
    this.file = file;
    this.policy = policy;
  }

  private want(wanted: string | null, evidence: Evidence, file = false): void {
    // /var/run is a link to /run everywhere but in the oldest images.
    const path = wanted?.replace(/^\/var\/run(?=\/|$)/, "/run") ?? null;
    if (
      path === null ||
      !path.startsWith("/") ||
      /[*?[\]{}$%<>|"'`\t\r\n]/.test(path) ||
      OPEN_TO_ALL.some((open) => isInside(path, open))
    )
      return;
    if (file && !isSystemDirectory(posix.dirname(path))) return this.want(posix.dirname(path), evidence);
    if (
      file &&
      /^\/run\/[^/]+$/.test(path) &&
      evidence.source !== "base" &&
      !/by default$/.test(evidence.says)
    ) {
      // Pid files and sockets are removed and made anew, which takes the directory; nothing else uses it in a container.
      this.put("/run", false, evidence);
      return;
    }
    if (!file && isSystemDirectory(path)) {
      if (path !== "/")
        this.advice.push({
          title: `Not handed over: ${path}`,
          reason: `${evidence.says}, but ${path} belongs to the system. Point it at a directory of the app's own.`,
          path: evidence.where,
          line: evidence.line,
        });
      return;
    }
    if (file && /\.sock$/.test(path)) return;
    this.put(path, file, evidence);
  }

  private put(path: string, file: boolean, evidence: Evidence): void {
    const entry = this.wanted.get(path);
    if (!entry) this.wanted.set(path, { file, evidence: [evidence] });
    else if (!entry.evidence.some((e) => e.says === evidence.says && e.line === evidence.line))
      entry.evidence.push(evidence);
  }

  private here(line: number | null, says: string): Evidence {
    return { source: "dockerfile", where: this.file, line, says };
  }

  workdir(): void {
    const { workdir } = this.model.final;
    if (this.policy === "strict" || workdir === null || isSystemPath(workdir)) return;
    const step = this.model.steps.findLast((s) => s.instruction.keyword === "WORKDIR");
    this.want(workdir, this.here(step?.instruction.line ?? null, "the app's working directory"));
  }

  volumes(): void {
    for (const { path, instruction } of this.model.final.volumes) {
      this.want(path, this.here(instruction.line, "a volume: data that the app keeps"));
    }
    const base = this.model.base.image;
    // What a base with a user of its own keeps belongs to that user.
    if (!base?.user.isRoot) return;
    for (const path of base.volumes) {
      this.want(path, {
        source: "base",
        where: this.model.base.reference ?? "",
        line: null,
        says: "a volume of the base image",
      });
    }
  }

  /**
   * A program that was unpacked or built into a directory of its own (`/opt/jetty`) writes beside itself: logs,
   * work files, pid files. Single binaries in the system's directories do not.
   */
  startDirectory(): void {
    if (this.policy === "strict") return;
    const { workdir } = this.model.final;
    for (const command of startCommands(this.model)) {
      for (const { command: inner } of unwrap(command)) {
        const started = filesStartedBy(inner, workdir)
          .filter((file) => !file.onPath)
          .map((file) => file.path);
        for (const path of [...started, ...programsNamed(inner)]) {
          const tree = programTree(path);
          if (tree === null || (workdir !== null && !isSystemPath(workdir) && isInside(tree, workdir)))
            continue;
          if (this.madeInSteps(tree))
            this.want(
              tree,
              this.here(null, "the program that starts is installed here and may write beside itself"),
            );
        }
      }
    }
  }

  private madeInSteps(tree: string): boolean {
    return this.model.steps.some(
      (step) =>
        (step.copy?.destination && isInside(step.copy.destination, tree)) ||
        step.effects.some((effects) =>
          effects.writes.some((w) => w.kind !== "delete" && isInside(w.path, tree)),
        ),
    );
  }

  /** mkdir, touch, chmod a+w, chown: whoever wrote them meant the app to write there. */
  madeDirectories(): void {
    for (const step of this.model.steps) {
      for (const effects of step.effects) {
        const { line } = step.instruction;
        for (const write of effects.writes) {
          if (
            write.kind !== "create" ||
            !write.directory ||
            write.recursive ||
            !this.looksLikeData(write.path)
          )
            continue;
          if (!this.isDeleted(write.path))
            this.want(write.path, this.here(line, "the Dockerfile makes this directory"));
        }
        for (const mode of effects.modes) {
          if (opensToAll(mode.mode) && !isSystemPath(mode.path))
            this.want(mode.path, this.here(line, `chmod ${mode.mode} opens it to everybody`));
        }
      }
    }
  }

  private isDeleted(path: string): boolean {
    return this.model.steps.some((step) =>
      step.effects.some((e) => e.writes.some((w) => w.kind === "delete" && isInside(path, w.path))),
    );
  }

  private looksLikeData(path: string): boolean {
    if (isSystemDirectory(path) || isInside(path, "/root")) return false;
    const { workdir } = this.model.final;
    if (workdir !== null && workdir !== "/" && isInside(path, workdir)) return true;
    return (
      DATA_TREES.some((tree) => isInside(path, tree)) ||
      (/^\/[^/]+(\/[^/]+)?$/.test(path) && !isSystemPath(path) && DATA_NAMES.test(path))
    );
  }

  baseProfile(around: Surroundings): void {
    const base = this.model.base.image;
    if (!base || this.model.base.inferred || !this.startsBaseService(around)) return;
    for (const { path, why, when } of base.writablePaths) {
      if (when !== null && /no change|rare|never|already/i.test(when)) continue;
      if (when !== null && /template/i.test(when) && !this.copiesInto("/etc/nginx/templates")) continue;
      if (isInside(path, "/etc") && when !== null && !/always|template/i.test(when)) continue;
      this.want(path, { source: "base", where: base.reference, line: null, says: why }, looksLikeFile(path));
    }
  }

  /** The base's service runs when its entrypoint or command does, or its program is started by name. */
  private startsBaseService(around: Surroundings): boolean {
    const { entrypoint, cmd } = this.model.final;
    const base = this.model.base.image!;
    if ((entrypoint && !entrypoint.instruction) || (cmd && !cmd.instruction) || (!entrypoint && !cmd))
      return true;
    const names = new Set([base.cmd?.[0], base.entrypoint?.target].map((n) => n?.replace(/^.*\//, "")));
    const commands = [
      ...startCommands(this.model),
      ...around.scripts.flatMap((script) => [...script.script.commands]),
    ];
    return commands.some((command) =>
      unwrap(command).some((inner) => inner.command.name !== null && names.has(inner.command.name)),
    );
  }

  private copiesInto(path: string): boolean {
    return this.model.steps.some((step) => step.copy?.destination && isInside(step.copy.destination, path));
  }

  /** Servers installed by a package: what their default configuration writes. */
  services(around: Surroundings): void {
    const programs = new Set<string>();
    for (const config of around.configs) {
      for (const program of config.programs)
        programs.add(program.command.trim().split(/\s/)[0]!.replace(/^.*\//, ""));
    }
    for (const script of around.scripts) {
      for (const command of script.script.commands) {
        for (const inner of unwrap(command)) if (inner.command.name) programs.add(inner.command.name);
      }
    }
    for (const command of startCommands(this.model)) {
      for (const inner of unwrap(command)) if (inner.command.name) programs.add(inner.command.name);
    }
    for (const service of SERVICES) {
      const program = service.programs.find((name) => programs.has(name));
      const installed = this.installs(service.packages);
      if (program ? !installed && !service.builtIn : !installed || service.startedOnly) continue;
      const evidence = this.here(null, `${program ?? service.programs[0]!} writes here by default`);
      if (program) this.commands.push(...this.stockRepairs(service));
      for (const path of service.directories) this.want(path, evidence);
      for (const path of service.files) this.want(path, evidence, true);
    }
  }

  private installs(names: readonly string[]): boolean {
    return this.model.steps.some((step) =>
      step.effects.some((effects) =>
        effects.packages.some((name) => names.includes(name.replace(/[=:~<>].*$/, ""))),
      ),
    );
  }

  /** Only where the package's own configuration is what the server reads. */
  private stockRepairs(service: Service): string[] {
    if (this.model.base.image?.packageManager !== "apt") return [];
    const named = startCommands(this.model).flatMap((command) =>
      command.argv.map((word) => word.value ?? ""),
    );
    return service.commands
      .filter(
        ({ file }) =>
          !this.copiesInto(file) && (!named.some((word) => /\.conf$/.test(word)) || named.includes(file)),
      )
      .map(({ command }) => command);
  }

  /** ENV such as DATA_DIR or LOG_FILE, and options such as --data or --pidfile of the start command. */
  settings(): void {
    const home = this.model.final.env.get("HOME");
    if (home?.value && !isInside(home.value, "/root") && !isSystemPath(home.value))
      this.want(absolute(home.value, "/"), this.here(home.instruction.line, "HOME points here"));
    for (const [name, { value, instruction }] of this.model.final.env) {
      if (value === null || !WRITTEN_SETTING.test(name) || READ_SETTING.test(name)) continue;
      const path = value.startsWith("sqlite:") ? value.replace(/^sqlite:\/{2,3}/, "") : value;
      if (
        !/^\/[^:;,\s]*$/.test(path) ||
        (isSystemPath(path) && !DATA_TREES.some((tree) => isInside(path, tree)))
      )
        continue;
      this.want(absolute(path, "/"), this.here(instruction.line, `${name} points here`), looksLikeFile(path));
    }
    for (const start of [this.model.final.entrypoint, this.model.final.cmd]) {
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
          this.want(
            absolute(value, "/"),
            this.here(start.instruction!.line, `the start command says ${word.raw}`),
            looksLikeFile(value) || /(pid|file)/.test(match[1]!),
          );
        });
      }
    }
  }

  startScripts(around: Surroundings): void {
    for (const script of around.scripts) {
      script.effects.forEach((effects, index) => {
        const command = script.script.commands[index]!;
        if (command.guard === "root") return;
        for (const write of effects.writes) {
          if (write.kind === "delete") continue;
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
              this.put(parent.replace("/var/run", "/run"), false, evidence);
            else this.want(parent, evidence);
            continue;
          }
          // sed -i and friends replace the file: they need its directory.
          if (write.directory || write.kind === "create") this.want(write.path, evidence, !write.directory);
          else this.want(write.path, evidence, true);
        }
      });
    }
  }

  startRedirects(): void {
    for (const start of [this.model.final.entrypoint, this.model.final.cmd]) {
      if (!start?.instruction) continue;
      for (const effects of start.effects) {
        for (const write of effects.writes) {
          if (write.kind !== "delete")
            this.want(
              write.path,
              this.here(start.instruction.line, "the start command writes it"),
              !write.directory,
            );
        }
      }
    }
  }

  serverConfigs(around: Surroundings): void {
    for (const config of around.configs) {
      if (config.server === "supervisord") this.supervisordDefaults(config);
      for (const write of config.writes) {
        if (!write.path.startsWith("/")) continue;
        if (write.what === "pid" && config.server === "nginx") {
          // nginx opens its pid file and does not mind that it cannot remove it.
          this.put(write.path.replace(/^\/var\/run\//, "/run/"), true, {
            source: "companion",
            where: config.path,
            line: write.line,
            says: "nginx writes its pid here",
          });
          continue;
        }
        if (write.what === "data" && config.server === "apache") {
          this.want(posix.dirname(write.path), {
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
        this.want(
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
  private supervisordDefaults(config: CopiedConfig): void {
    const { workdir } = this.model.final;
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
      this.put(posix.join(workdir, name), true, {
        source: "companion",
        where: config.path,
        line: null,
        says,
      });
    }
  }

  composeVolumes(around: Surroundings): void {
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
        if (volume.type === "volume") this.want(target, evidence, false);
      }
    }
  }

  /** What a step closed to everybody else, and the start reads by name. */
  closedFiles(around: Surroundings): void {
    const read = new Set<string>(around.configs.flatMap((config) => [...(config.reads ?? [])]));
    const commands = [
      ...startCommands(this.model),
      ...around.scripts.flatMap((script) => [...script.script.commands]),
    ];
    for (const command of commands) {
      for (const word of [...command.argv, ...command.redirects.map((redirect) => redirect.target)]) {
        const path = word.value?.replace(/^--?[\w-]+=/, "");
        if (path?.startsWith("/")) read.add(path);
      }
    }
    for (const step of this.model.steps) {
      for (const effects of step.effects) {
        for (const mode of effects.modes) {
          if (
            !mode.recursive &&
            closesToOthers(mode.mode) &&
            !/^0?[0-7]?[1357]|x/.test(mode.mode) &&
            read.has(mode.path)
          ) {
            this.put(
              mode.path,
              true,
              this.here(step.instruction.line, `chmod ${mode.mode} closes it, and the start reads it`),
            );
          }
        }
      }
    }
  }

  /** Relative paths stand below the working directory, which is handed over itself unless the policy is strict. */
  source(around: Surroundings): void {
    const { workdir } = this.model.final;
    for (const write of around.source.writes) {
      const evidence: Evidence = { source: "code", where: write.file, line: write.line, says: write.says };
      if (this.model.base.image?.distro === "scratch" && isInside(write.path, "/tmp"))
        this.put("/tmp", false, evidence);
      else if (write.path.startsWith("/")) this.want(absolute(write.path, "/"), evidence, !write.directory);
      else if (workdir !== null && !isSystemPath(workdir)) {
        const path = absolute(write.path, workdir);
        const directory = path === null || write.directory ? path : posix.dirname(path);
        if (
          directory !== null &&
          (this.policy === "strict" || (directory !== workdir && fillers(this.model, directory).length > 0))
        ) {
          this.want(directory, evidence);
        }
      }
    }
  }

  /** What a run of the image has shown; nothing is surer than that. */
  runs(around: Surroundings): void {
    for (const write of around.runs?.written ?? []) {
      const deleted = write.kind === "deleted";
      const path = deleted ? posix.dirname(write.path) : write.path;
      const says =
        write.kind === "refused" ? "a run was refused to write here" : "a run of the image wrote here";
      this.want(
        path,
        { source: "run", where: RUN_EVIDENCE_PATH, line: null, says },
        !write.directory && !deleted,
      );
    }
  }
}

const DATA_TREES = [
  "/data",
  "/var/lib",
  "/var/log",
  "/var/run",
  "/run",
  "/var/cache",
  "/var/spool",
  "/var/opt",
  "/var/www",
  "/srv",
  "/config",
  "/logs",
  "/log",
  "/uploads",
  "/storage",
  "/backup",
  "/backups",
  "/db",
  "/mnt",
  "/media",
  "/home",
];
const DATA_NAMES =
  /(data|log|upload|cache|tmp|temp|storage|media|static|session|backup|output|result|state|run|pid|db|database|spool|work|download|store|volume|config)/i;

const WRITTEN_SETTING =
  /(^|_)(DATA|LOGS?|CACHE|UPLOADS?|STORAGE|TMP|TEMP|STATE|WORK|RUN|PID|SPOOL|BACKUPS?|MEDIA|DOWNLOADS?|OUTPUT|SESSIONS?|DATABASE|DB|DENO)_?(DIR|DIRECTORY|PATH|FOLDER|ROOT|LOCATION|FILE|FILENAME|URL|HOME)?$/;
/** Names that look alike but say what is read. */
const READ_SETTING =
  /(CONFIG(?!_CACHE)|LIB|BIN|JAVA|PYTHON|NODE|GO|RUST|CARGO|TEMPLATE|STATIC|CERT|KEY|SECRET)/;
const WRITTEN_OPTION =
  /^(data|data-?(dir|path|directory)|datadir|dbpath|log-?(file|dir|path)|logpath|access-?log(file)?|error-?log(file)?|pid(-?file)?|pidfilepath|dir|storage(-?(dir|path))?|work-?dir|cache-?dir|state-?dir|upload-?dir|output-?dir|db|database|tmp-?dir|temp-?dir|storage\.tsdb\.path)$/i;

function closesToOthers(mode: string): boolean {
  return /^0?[0-7]?[0-7][0-7][0123]$/.test(mode) || /(^|,)(o|go|a)[-=](?!.*r)|(^|,)(o|go)-[wx]*r/.test(mode);
}

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
  return tree === null ||
    (isSystemPath(tree) && !/^\/usr\/(local|share)\/(?!bin|sbin|lib|etc|share|include)[^/]+$/.test(tree))
    ? null
    : tree;
}

function looksLikeFile(path: string): boolean {
  return /\.[a-z0-9]{1,5}$/i.test(posix.basename(path)) && !/\.d$/.test(path);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
