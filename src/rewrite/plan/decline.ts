import { posix } from "node:path";
import { type ImageModel, isRootUser, starts } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import {
  type Effects,
  ROOT_DAEMONS,
  type ShellCommand,
  effectsOf,
  parseShell,
  unwrap,
} from "../../shell/index.ts";
import type { Reason } from "../types.ts";
import type { RootHomeUse } from "./home.ts";
import { engineSocket, hostFiles, privilegedService } from "./host-use.ts";
import { reason } from "./reason.ts";
import type { RootLines } from "./root-lines.ts";
import { servicesOf } from "./services.ts";

/**
 * Why this image has to keep root, by evidence; null when nothing says so.
 * The first reason that holds is the one that is told.
 */
export function findDecline(
  dockerfile: string,
  model: ImageModel,
  around: Surroundings,
  home: RootHomeUse,
  rootLines: RootLines,
): Reason | null {
  return (
    unresolvedBase(model) ??
    unresolvedUser(model) ??
    containerAction(around) ??
    devContainer(around) ??
    baseNeedsRoot(model) ??
    unknownStart(model, around) ??
    holdsFiles(model, around) ??
    builtOn(around) ??
    onbuild(model) ??
    privilegedService(around) ??
    engineSocket(model) ??
    hostFiles(around) ??
    dropsPrivileges(model, around) ??
    rootDaemon(model, around) ??
    keptOnPurpose(model) ??
    namedRoot(dockerfile) ??
    rootLines.reason ??
    rootHome(home)
  );
}

export function findWindows(model: ImageModel): Reason | null {
  const base = model.base.image;
  const raw = (model.base.reference ?? model.base.raw).toLowerCase();
  const named =
    /(nanoserver|servercore|windowsservercore|mcr\.microsoft\.com\/windows|microsoft\/(windows|iis|nanoserver)|framework\/)/.test(
      raw,
    );
  const escape =
    model.dockerfile.escape === "`" &&
    model.steps.some((step) => /powershell|cmd/i.test(step.instruction.body.text));
  if (base?.os !== "windows" && !named && !escape) return null;
  return reason(
    "windows",
    `${model.base.raw} is a Windows image.`,
    "On Windows, set USER ContainerUser by hand.",
    model.chain[0]!.from.line,
  );
}

/** An empty image with files in it, which others copy out: nobody runs in it, as root or otherwise. */
function holdsFiles({ base, final }: ImageModel, { services, deployment }: Surroundings): Reason | null {
  const isStarted = final.cmd ?? final.entrypoint ?? services[0] ?? deployment.workloads[0];
  if (base.image?.distro !== "scratch" || isStarted !== undefined) return null;
  return reason(
    "starts-nothing",
    "It is empty but for files, and starts nothing: USER would concern nobody.",
    "Nothing to do. If somebody runs it with a command of theirs, let it have a CMD.",
  );
}

function unresolvedBase(model: ImageModel): Reason | null {
  const { unknown, raw } = model.base;
  if (model.base.reference !== null) return null;
  return reason(
    "unresolved-base",
    `The base image ${raw} depends on ${unknown.join(", ") || "a variable"}, which has no default.`,
    `Give the ARG a default (ARG ${unknown[0] ?? "IMAGE"}=image:tag).`,
    model.chain[0]!.from.line,
  );
}

function unresolvedUser(model: ImageModel): Reason | null {
  if (model.final.user !== null) return null;
  const line = model.final.userStep?.instruction.line ?? null;
  return reason(
    "unresolved-user",
    "USER depends on a variable that has no default.",
    "Give the ARG a default.",
    line,
  );
}

function containerAction(around: Surroundings): Reason | null {
  if (around.action === null) return null;
  return reason(
    "github-action",
    `${around.action} makes this image a GitHub container action, and the runner expects root there.`,
    "Leave it as it is: GitHub mounts the workspace owned by root.",
  );
}

function devContainer(around: Surroundings): Reason | null {
  if (around.devContainer === null) return null;
  return reason(
    "dev-container",
    `${around.devContainer} builds a development container from it, where the editor chooses the user.`,
    "Set remoteUser in devcontainer.json instead.",
  );
}

function baseNeedsRoot(model: ImageModel): Reason | null {
  const base = model.base.image;
  const line = model.chain[0]!.from.line;
  if (!base || model.base.inferred) return null;
  if (base.strategy === "skip-build-image") {
    return reason(
      "base-needs-root",
      `${base.reference} is made for building as root.`,
      "Build in it, and copy the result into a stage that runs.",
      line,
    );
  }
  if (base.strategy === "skip") {
    return reason(
      "base-needs-root",
      `${base.reference} is made to run as root${base.notes[0] ? `: ${base.notes[0]}` : "."}`,
      "Use a rootless variant of the image where there is one.",
      line,
    );
  }
  const inherits = model.final.entrypoint !== null && model.final.entrypoint.instruction === null;
  if (base.strategy === "keep-step-down" && inherits) {
    const how = base.entrypoint?.mechanism ? ` (${base.entrypoint.mechanism})` : "";
    return reason(
      "drops-privileges",
      `The entrypoint of ${base.reference} starts as root and drops to an unprivileged user itself${how}.`,
      "Nothing to do. To start unprivileged from the outset, set USER and make sure that its volumes belong to that user.",
      line,
    );
  }
  if (base.entrypoint?.startAs === "root-required" && inherits) {
    return reason(
      "base-needs-root",
      `The entrypoint of ${base.reference} only works as root.`,
      "Replace the ENTRYPOINT, or use an unprivileged variant of the image.",
      line,
    );
  }
  return null;
}

/** Nothing is known of the base, and neither the file nor a service says what runs: it may be anything. */
function unknownStart(model: ImageModel, around: Surroundings): Reason | null {
  const { cmd, entrypoint } = model.final;
  const known = model.base.image !== null && !model.base.inferred;
  const says = around.services.some((service) => service.command !== null || service.entrypoint !== null);
  if (known || cmd !== null || entrypoint !== null || says) return null;
  return reason(
    "unknown-start",
    `What the image starts is up to its base ${model.base.raw}, of which nothing is known.`,
    "Let deroot look into the base with --inspect engine or --inspect registry, or keep a profile of it.",
    model.chain[0]!.from.line,
  );
}

/** A USER in this image would take root from the steps of those that are built on it. */
function builtOn({ builtOn: [other] }: Surroundings): Reason | null {
  if (!other) return null;
  return reason(
    "base-of-others",
    `${other.path}:${other.line} builds FROM this image (${other.image}), and its steps need root.`,
    "Nothing to do here: make the image unprivileged that runs in the end.",
  );
}

function onbuild(model: ImageModel): Reason | null {
  const trigger = model.dockerfile.instructions.find(
    (i) => i.keyword === "ONBUILD" && i.trigger?.keyword === "RUN" && i.stage === model.target.index,
  );
  if (!trigger) return null;
  return reason(
    "onbuild",
    "ONBUILD RUN steps run in the images built from this one, as the user this one ends with; they may need root.",
    "Decide per child image, or move these steps into the children.",
    trigger.line,
  );
}

const DROPPERS = new Set([
  "gosu",
  "su-exec",
  "setpriv",
  "runuser",
  "su",
  "sudo",
  "chpst",
  "s6-setuidgid",
  "setuidgid",
  "start-stop-daemon",
  "chroot",
]);

/** The process that serves is unprivileged: the start drops to a user by itself. */
function dropsPrivileges(model: ImageModel, around: Surroundings): Reason | null {
  for (const start of starts(model)) {
    const switched = switchIn(start.effects);
    if (switched) return dropped(switched, start.instruction?.line ?? null, "The start command");
  }
  for (const script of around.scripts) {
    const switched = switchIn(script.effects);
    if (switched) return dropped(switched, null, script.file);
  }
  for (const { service, program } of servicesOf(model, around)) {
    if (service.stepsDownTo !== undefined && program !== null)
      return dropped({ user: service.stepsDownTo, mechanism: "its own start script" }, null, program);
  }
  return null;
}

function switchIn(all: readonly Effects[]): { user: string; mechanism: string } | null {
  for (const { switchesTo } of all) {
    if (!switchesTo || !DROPPERS.has(switchesTo.mechanism)) continue;
    if (switchesTo.user !== null && isRootUser(switchesTo.user)) continue;
    return { user: switchesTo.user ?? "another user", mechanism: switchesTo.mechanism };
  }
  return null;
}

function dropped(switched: { user: string; mechanism: string }, line: number | null, where: string): Reason {
  return reason(
    "drops-privileges",
    `${where} starts as root and drops to ${switched.user} with ${switched.mechanism}.`,
    "Nothing to do: the process that serves is unprivileged already.",
    line,
  );
}

/** What is started needs root: cron, sshd, an init system … */
function rootDaemon(model: ImageModel, around: Surroundings): Reason | null {
  for (const start of starts(model)) {
    const found = daemonIn(start.commands, start.effects);
    if (found) return daemonReason(found.effects, `It starts ${found.name}`, start.instruction?.line ?? null);
  }
  for (const script of around.scripts) {
    const found = daemonIn(script.script.commands, script.effects);
    if (found) return daemonReason(found.effects, `${script.file} starts ${found.name}`, null);
  }
  for (const config of around.configs) {
    for (const program of config.programs) {
      if (program.user !== null && !isRootUser(program.user)) {
        return reason(
          "supervisor-switches-users",
          `${config.path}: ${config.server} starts ${program.name} as ${program.user}, which only root can do.`,
          "Let all programs run as one account, or give each its own container.",
          null,
        );
      }
      const daemon = daemonStarted(program.command);
      if (daemon) return daemonReason(daemon, `${config.path} starts ${program.name}`, null);
    }
  }
  return sshServer(model);
}

/** Whatever starts it: who installs the server and opens its port wants people to log in. */
function sshServer(model: ImageModel): Reason | null {
  const port = model.final.exposed.find((exposed) => exposed.port === 22 && exposed.protocol === "tcp");
  const packages = model.steps.flatMap(({ effects }) => effects.flatMap((each) => each.packages));
  const server = packages.find((name) => SSH_SERVER.test(name));
  if (port === undefined || server === undefined) return null;
  const { title, remedy } = ROOT_DAEMONS.sshd;
  const message = `It installs ${server} and exposes port 22: ${title}.`;
  return reason("sshd", message, remedy, port.instruction.line);
}

/** Names in Debian, Alpine and Red Hat, with or without a version. */
const SSH_SERVER = /^(?:openssh-server|openssh-sshd|dropbear)\b|^openssh(?:[=<>~@]|$)/;

function daemonStarted(command: string): Effects | null {
  const script = parseShell({ text: command, toSource: (offset) => offset }, {});
  const all = script.commands.map((c) => effectsOf(c, { user: "root", home: null }));
  return all.find((effects) => effects.daemon !== null) ?? null;
}

function daemonIn(
  commands: readonly ShellCommand[],
  all: readonly Effects[],
): { effects: Effects; name: string } | null {
  for (const [index, effects] of all.entries()) {
    const command = commands[index]!;
    const started = (unwrap(command).at(-1)?.command ?? command).argv[0];
    if (effects.daemon) return { effects, name: started?.raw ?? "a daemon" };
  }
  return null;
}

function daemonReason(effects: Effects, what: string, line: number | null): Reason {
  const daemon = effects.daemon!;
  return reason(daemon, `${what}: ${ROOT_DAEMONS[daemon].title}.`, ROOT_DAEMONS[daemon].remedy, line);
}

const ON_PURPOSE =
  /\b(when|if|unless)\b[^.]{0,20}\bnot\b[^.]{0,20}\bas root\b|\b(must|needs?( to)?|has to|have to|requires?|required|should)\b[^.]{0,30}\b(run(s|ning)?|be|stay|remain)?\s*(as\s+)?root\b/i;

/** A comment beside the last USER root says that root is meant. */
function keptOnPurpose(model: ImageModel): Reason | null {
  const user = model.final.userStep?.instruction;
  const lines = user ? [user.line - 1, user.line - 2, user.line - 3] : [];
  const comment = model.dockerfile.comments.find((c) => lines.includes(c.line) && ON_PURPOSE.test(c.text));
  if (!comment) return null;
  return reason(
    "kept-on-purpose",
    `A comment says that root is meant: “${comment.text}”`,
    "Remove the comment when it is no longer true.",
    comment.line,
  );
}

/** `php.root.dockerfile` beside `php.dockerfile`: whoever wants it without root takes the other one. */
function namedRoot(dockerfile: string): Reason | null {
  const name = posix.basename(dockerfile);
  if (!/(?:^|[._-])root(?:[._-]|$)/i.test(name)) return null;
  const message = `Its name, ${name}, says that root is meant.`;
  return reason("kept-on-purpose", message, "Rename it when that is no longer true.");
}

function rootHome(home: RootHomeUse): Reason | null {
  if (home.kind !== "unclear") return null;
  return reason(
    "root-home",
    `The app's files stand in /root, which only root can enter (${home.why}).`,
    "Move them to a directory of the app's own, such as /app.",
    home.line,
  );
}
