import {
  type Dockerfile,
  type Instruction,
  type Stage,
  type Word,
  envPairs,
  expand,
} from "../dockerfile/index.ts";
import { type BaseImage, type ResolveOptions, resolveImage } from "../images/index.ts";
import { type Effects, type ShellCommand, effectsOf, parseExec, parseShell } from "../shell/index.ts";
import { isRootUser } from "./users.ts";
import { inferBase } from "./infer-base.ts";
import { absolute } from "./paths.ts";

/** What holds at each instruction of the stages that end up in the image that runs. */
export interface ImageModel {
  readonly dockerfile: Dockerfile;
  readonly target: Stage;
  /** The target's stages by inheritance, the outermost parent first, the target last. */
  readonly chain: readonly Stage[];
  readonly base: Base;
  /** Every instruction of the chain in the order they are built. */
  readonly steps: readonly Step[];
  readonly final: FinalState;
}

export interface Base {
  /** As written after FROM in the outermost stage. */
  readonly raw: string;
  /** With ARGs filled in; null when an ARG without a default decides. */
  readonly reference: string | null;
  /** Names of the ARGs that stay unknown. */
  readonly unknown: readonly string[];
  /** What `--platform` asks for: `linux/arm64`; null where it does not, or leaves it to the build. */
  readonly platform: string | null;
  readonly image: BaseImage | null;
  /** True when no profile knows the image and the steps' package manager told the distro. */
  readonly inferred: boolean;
}

export interface Step {
  readonly instruction: Instruction;
  readonly stage: Stage;
  /** The effective user at this instruction, as written in USER with variables filled in; null: not known. */
  readonly user: string | null;
  readonly root: boolean;
  /** Absolute; `/` when nothing sets it. Null when a variable in it is not known. */
  readonly workdir: string | null;
  /** RUN: its commands. Empty for other instructions. */
  readonly commands: readonly ShellCommand[];
  readonly effects: readonly Effects[];
  /** The shell could not be parsed, or is no POSIX shell. */
  readonly opaque: boolean;
  readonly copy: Copy | null;
}

/** COPY and ADD. */
export interface Copy {
  /** `--from` as written; null when the build context is the source. */
  readonly from: string | null;
  readonly sources: readonly string[];
  /** Absolute; null when a variable in it is not known. */
  readonly destination: string | null;
  /** The destination is a directory for certain: it ends in `/`, or is `.`, or there are several sources. */
  readonly intoDirectory: boolean;
  readonly chown: string | null;
  readonly chmod: string | null;
  readonly link: boolean;
  readonly heredoc: boolean;
}

export interface FinalState {
  readonly user: string | null;
  readonly root: boolean;
  readonly userStep: Step | null;
  readonly workdir: string | null;
  readonly env: ReadonlyMap<string, EnvValue>;
  readonly entrypoint: Start | null;
  readonly cmd: Start | null;
  readonly healthcheck: Start | null;
  readonly exposed: readonly Exposed[];
  readonly volumes: readonly { readonly path: string; readonly instruction: Instruction }[];
  readonly shell: readonly string[];
}

export interface EnvValue {
  /** Null when a variable in it is not known. */
  readonly value: string | null;
  readonly instruction: Instruction;
  /** Range of the value in the source. */
  readonly start: number;
  readonly end: number;
  readonly keyword: "ENV" | "ARG";
}

/** ENTRYPOINT, CMD or HEALTHCHECK, from the file or from the base image. */
export interface Start {
  /** Null when it comes from the base image. */
  readonly instruction: Instruction | null;
  readonly exec: boolean;
  /** Exec form: the words. Shell form: the words of the first command. */
  readonly argv: readonly string[];
  readonly commands: readonly ShellCommand[];
  readonly effects: readonly Effects[];
}

export interface Exposed {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly instruction: Instruction;
  /** Range of the digits; null when the port comes from a variable. */
  readonly start: number;
  readonly end: number;
  readonly variable: string | null;
}

/**
 * Follows the target stage through its parents to a base image and walks all their instructions.
 * @param options.target name or index of the build target; the last stage by default.
 * @param options.light leaves out the commands of steps that run as root and of what starts: enough to see who the
 *   image runs as, and several times as fast.
 */
export function modelImage(
  dockerfile: Dockerfile,
  options: { target?: string | number | undefined; images?: ResolveOptions; light?: boolean } = {},
): ImageModel {
  const target = findTarget(dockerfile, options.target);
  const chain = stageChain(dockerfile, target);
  const outermost = chain[0]!;
  const globals = globalArgs(dockerfile);
  const base = baseOf(outermost, globals, dockerfile, options.images);
  const walk = new Walk(dockerfile, globals, base, options.light === true);
  for (const stage of chain) {
    walk.enter(stage);
    for (const instruction of stage.instructions) walk.step(instruction, stage);
  }
  return { dockerfile, target, chain, ...walk.finish() };
}

function findTarget(dockerfile: Dockerfile, target: string | number | undefined): Stage {
  const stages = dockerfile.stages;
  const last = stages[stages.length - 1]!;
  if (target === undefined) return last;
  return (
    stages.find((stage) => stage.index === Number(target) || stage.name === String(target).toLowerCase()) ??
    last
  );
}

/** A stage's parents by FROM, outermost first, itself last. */
function stageChain(dockerfile: Dockerfile, target: Stage): Stage[] {
  const chain = [target];
  for (;;) {
    const parent = parentStage(dockerfile, chain[0]!);
    if (!parent) return chain;
    chain.unshift(parent);
  }
}

/** The earlier stage that a stage starts FROM, if it is one. */
export function parentStage(dockerfile: Dockerfile, stage: Stage): Stage | undefined {
  const { raw, value } = stage.image;
  const name = raw.includes("$")
    ? expand(raw, (arg) => globalArgs(dockerfile).get(arg), dockerfile.escape).value
    : value;
  const image = name?.toLowerCase();
  return dockerfile.stages.slice(0, stage.index).findLast((earlier) => earlier.name === image);
}

function globalArgs(dockerfile: Dockerfile): Map<string, string> {
  const values = new Map<string, string>();
  for (const instruction of dockerfile.instructions) {
    if (instruction.stage >= 0) break;
    if (instruction.keyword !== "ARG") continue;
    for (const pair of envPairs(instruction)) {
      if (pair.value === null) continue;
      const value = expand(pair.value, (name) => values.get(name), dockerfile.escape).value;
      if (value !== null) values.set(pair.name, value);
    }
  }
  return values;
}

function baseOf(
  stage: Stage,
  globals: Map<string, string>,
  dockerfile: Dockerfile,
  images: ResolveOptions = {},
): Base {
  const raw = stage.image.raw;
  const expanded = expand(raw, (name) => globals.get(name), dockerfile.escape);
  // An ARG without a default expands to nothing, which leaves no usable reference; `${X:-y}` is one of its own.
  const reference = expanded.value === "" ? null : expanded.value;
  const asked = stage.from.flags.find((flag) => flag.name === "platform")?.value ?? "";
  const platform = expand(asked, (name) => globals.get(name), dockerfile.escape).value;
  return {
    raw,
    reference,
    unknown: reference === null ? expanded.unknown : [],
    platform: platform === "" ? null : platform,
    image: reference ? resolveImage(reference, images) : null,
    inferred: false,
  };
}

const WINDOWS_SHELLS = /powershell|pwsh|cmd(\.exe)?$/i;

/** The state that instructions change, while walking a chain of stages. */
class Walk {
  private readonly dockerfile: Dockerfile;
  private readonly light: boolean;
  private readonly globals: Map<string, string>;
  private base: Base;
  private readonly steps: Step[] = [];
  private readonly env = new Map<string, EnvValue>();
  private readonly known = new Map<string, string>();
  private user: string | null;
  private userStep: Step | null = null;
  private workdir: string | null;
  private shell: readonly string[] = ["/bin/sh", "-c"];
  private entrypoint: Start | null = null;
  private cmd: Start | null = null;
  private healthcheck: Start | null = null;
  private readonly exposed: Exposed[] = [];
  private readonly volumes: { path: string; instruction: Instruction }[] = [];

  constructor(dockerfile: Dockerfile, globals: Map<string, string>, base: Base, light: boolean) {
    this.light = light;
    this.dockerfile = dockerfile;
    this.globals = globals;
    this.base = base;
    this.user = base.image?.user.name ?? "root";
    this.workdir = base.image?.workdir ?? "/";
    for (const [name, value] of Object.entries(base.image?.env ?? {})) this.known.set(name, value);
    if (base.image?.entrypoint) this.entrypoint = fromBase(base.image.entrypoint.exec);
    if (base.image?.cmd) this.cmd = fromBase(base.image.cmd);
  }

  /** ARGs end with their stage; ENV lives on. */
  enter(stage: Stage): void {
    for (const [name, value] of this.env) {
      if (value.keyword !== "ARG" || value.instruction.stage === stage.index) continue;
      this.env.delete(name);
      this.known.delete(name);
    }
  }

  private expand(raw: string): string | null {
    return expand(raw, (name) => this.known.get(name), this.dockerfile.escape).value;
  }

  step(instruction: Instruction, stage: Stage): void {
    const isSeen = instruction.keyword === "RUN" && !(this.light && isRootUser(this.user));
    const run = isSeen ? this.runCommands(instruction) : NOTHING;
    const step: Step = {
      instruction,
      stage,
      user: this.user,
      root: isRootUser(this.user),
      workdir: this.workdir,
      commands: run.commands,
      effects: run.effects,
      opaque: run.opaque,
      copy: instruction.keyword === "COPY" || instruction.keyword === "ADD" ? this.copy(instruction) : null,
    };
    this.steps.push(step);
    // The copies of an ONBUILD bring the child's files: they need their owner just the same.
    const trigger = instruction.trigger;
    if (
      trigger &&
      (trigger.keyword === "COPY" || trigger.keyword === "ADD") &&
      instruction.keyword === "ONBUILD"
    ) {
      this.steps.push({ ...step, instruction: trigger, copy: this.copy(trigger) });
    }
    switch (instruction.keyword) {
      case "USER":
        this.user = this.expand(instruction.body.text.trim());
        this.userStep = step;
        break;
      case "WORKDIR": {
        const directory = this.expand(instruction.body.text.trim());
        this.workdir = directory === null ? null : absolute(directory, this.workdir);
        break;
      }
      case "ENV":
      case "ARG":
        this.assign(instruction, instruction.keyword);
        break;
      case "SHELL":
        if (instruction.json) this.shell = instruction.json.map((element) => element.value);
        break;
      case "ENTRYPOINT":
        this.entrypoint = this.start(instruction);
        // A new ENTRYPOINT resets a CMD that came from the base image.
        if (this.cmd && (!this.cmd.instruction || this.cmd.instruction.stage !== stage.index))
          this.cmd = null;
        break;
      case "CMD":
        this.cmd = this.start(instruction);
        break;
      case "HEALTHCHECK":
        this.healthcheck = this.health(instruction);
        break;
      case "EXPOSE":
        for (const word of instruction.words) this.expose(instruction, word);
        break;
      case "VOLUME":
        for (const path of this.pathsOf(instruction)) this.volumes.push({ path, instruction });
        break;
    }
  }

  private assign(instruction: Instruction, keyword: "ENV" | "ARG"): void {
    const before = new Map<string, string>();
    for (const pair of envPairs(instruction)) {
      if (keyword === "ARG" && this.env.get(pair.name)?.keyword === "ENV") continue;
      // All pairs of one ENV see the values from before it.
      const value = pair.value === null ? (this.globals.get(pair.name) ?? null) : this.expand(pair.value);
      const range = pair.valueRange ?? pair.nameRange;
      this.env.set(pair.name, { value, instruction, start: range.start, end: range.end, keyword });
      if (value !== null) before.set(pair.name, value);
      else this.known.delete(pair.name);
    }
    for (const [name, value] of before) this.known.set(name, value);
  }

  private runCommands(instruction: Instruction): Pick<Step, "commands" | "effects" | "opaque"> {
    const context = {
      user: isRootUser(this.user) ? "root" : "other",
      home: this.known.get("HOME") ?? null,
      busybox: this.base.image?.userTools.adduser === "busybox",
    } as const;
    if (instruction.json) {
      const commands = parseExec(instruction.json, { variables: this.known, cwd: this.workdir }).commands;
      return { commands, effects: commands.map((c) => effectsOf(c, context)), opaque: false };
    }
    if (this.shell[0] && WINDOWS_SHELLS.test(this.shell[0])) return { ...NOTHING, opaque: true };
    const script = parseShell(shellText(instruction, this.dockerfile), {
      variables: this.known,
      cwd: this.workdir,
    });
    return {
      commands: script.commands,
      effects: script.commands.map((c) => effectsOf(c, context)),
      opaque: script.errors.length > 0,
    };
  }

  private start(instruction: Instruction): Start {
    if (this.light)
      return { instruction, exec: instruction.json !== null, argv: [], commands: [], effects: [] };
    const context = { user: "root", home: this.known.get("HOME") ?? null } as const;
    const script = instruction.json
      ? parseExec(instruction.json, { variables: this.known, cwd: this.workdir })
      : parseShell(instruction.body, { variables: this.known, cwd: this.workdir });
    return {
      instruction,
      exec: instruction.json !== null,
      argv: instruction.json
        ? instruction.json.map((element) => element.value)
        : (script.commands[0]?.argv.map((word) => word.value ?? word.raw) ?? []),
      commands: script.commands,
      effects: script.commands.map((c) => effectsOf(c, context)),
    };
  }

  private health(instruction: Instruction): Start | null {
    const inner = instruction.trigger ?? instruction;
    if (/^\s*NONE\s*$/i.test(inner.body.text)) return null;
    const body = instruction.trigger ? instruction.trigger.body : instruction.body;
    const script = parseShell(body, { variables: this.known, cwd: this.workdir });
    return { instruction, exec: false, argv: [], commands: script.commands, effects: [] };
  }

  private expose(instruction: Instruction, word: Word): void {
    const value = this.expand(word.raw);
    const match = /^(\d+)(?:\/(tcp|udp|sctp))?$/i.exec(value ?? "");
    if (!match) return;
    const literal = /^\d+/.exec(word.raw);
    this.exposed.push({
      port: Number(match[1]),
      protocol: match[2]?.toLowerCase() === "udp" ? "udp" : "tcp",
      instruction,
      start: word.start,
      end: literal ? word.start + literal[0].length : word.end,
      variable: literal ? null : (/\$\{?(\w+)/.exec(word.raw)?.[1] ?? null),
    });
  }

  private pathsOf(instruction: Instruction): string[] {
    // `VOLUME ['/data']` is no JSON: its words are names that nobody meant, and nothing is ever mounted there.
    const words = instruction.words.map((w) => w.raw).filter((word) => !/^\[|[\],]$/.test(word));
    const raw = instruction.json ? instruction.json.map((e) => e.value) : words;
    const paths: string[] = [];
    for (const item of raw) {
      const value = this.expand(item);
      if (value) paths.push(absolute(value, this.workdir) ?? value);
    }
    return paths;
  }

  private copy(instruction: Instruction): Copy {
    const flag = (name: string) => instruction.flags.find((f) => f.name === name);
    const items = instruction.json
      ? instruction.json.map((e) => e.value)
      : instruction.words.map((w) => w.raw);
    const values = items.map((item) => this.expand(item));
    const destination = values.pop() ?? null;
    return {
      from: flag("from")?.value ?? null,
      sources: values.filter((value): value is string => value !== null),
      destination: destination === null ? null : absolute(destination, this.workdir),
      intoDirectory:
        values.length > 1 ||
        (destination !== null && (/\/$/.test(destination) || /(^|\/)\.$/.test(destination))),
      chown: flag("chown")?.value ?? null,
      chmod: flag("chmod")?.value ?? null,
      link: flag("link") !== undefined && flag("link")?.value !== "false",
      heredoc: instruction.heredocs.length > 0,
    };
  }

  finish(): Pick<ImageModel, "base" | "steps" | "final"> {
    if (!this.base.image && this.base.reference !== null) {
      const image = inferBase(this.base.reference, this.steps);
      if (image) this.base = { ...this.base, image, inferred: true };
    }
    return {
      base: this.base,
      steps: this.steps,
      final: {
        user: this.user,
        root: isRootUser(this.user),
        userStep: this.userStep,
        workdir: this.workdir,
        env: this.env,
        entrypoint: this.entrypoint,
        cmd: this.cmd,
        healthcheck: this.healthcheck,
        exposed: this.exposed,
        volumes: this.volumes,
        shell: this.shell,
      },
    };
  }
}

const NOTHING: Pick<Step, "commands" | "effects" | "opaque"> = { commands: [], effects: [], opaque: false };

const startsOfBases = new WeakMap<readonly string[], Start>();

/** ENTRYPOINT or CMD of the base image; profiles are shared, and so is what is read from them. */
function fromBase(argv: readonly string[]): Start {
  const known = startsOfBases.get(argv);
  if (known) return known;
  const script = parseExec(argv.map((value) => ({ value, start: 0, end: 0 })));
  const context = { user: "root", home: null } as const;
  const start: Start = {
    instruction: null,
    exec: true,
    argv,
    commands: script.commands,
    effects: script.commands.map((command) => effectsOf(command, context)),
  };
  startsOfBases.set(argv, start);
  return start;
}

/** The script of a RUN: its body, or what its heredoc holds when that is the script. */
function shellText(
  instruction: Instruction,
  dockerfile: Dockerfile,
): { text: string; toSource(o: number): number } {
  const heredoc = instruction.heredocs[0];
  if (!heredoc || !/^<<-?\s*["']?[^\s"']+["']?\s*$/.test(instruction.body.text.split("\n", 1)[0]!.trim())) {
    return instruction.body;
  }
  return {
    text: dockerfile.text.slice(heredoc.body.start, heredoc.body.end),
    toSource: (offset) => heredoc.body.start + offset,
  };
}
