import { ImageFiles, type ImageModel, type Step, isInside, isRootUser } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Instruction } from "../../dockerfile/index.ts";
import type { SharingImage } from "../sharing.ts";
import type { Advice, Reason, RewriteOptions } from "../types.ts";
import { type PlannedAccount, chooseAccount, canRun } from "./account.ts";
import { adviseRootLines, adviseStepDown, adviseUpgrade } from "./advice.ts";
import { findDecline, findWindows } from "./decline.ts";
import { type Handover, planHandover } from "./handover.ts";
import { type HomeMove, needsHome, planHomeMove, rootHomeUse } from "./home.ts";
import type { Decision, Plan } from "./plan.ts";
import { isIgnored } from "./ignored.ts";
import { planPorts } from "./ports.ts";
import { choosePositions } from "./positions.ts";
import { findRootLines } from "./root-lines.ts";
import { findRootOptions } from "./root-options.ts";
import { findRootSteps } from "./root-steps.ts";
import { type StartPrefix, prefixStart } from "./start-prefix.ts";
import { planStepDown } from "./step-down/index.ts";

/**
 * Decides the whole migration of one Dockerfile, or why there is none. Pure.
 * @param sharing the images that read the same files as this one.
 */
export function decide(
  path: string,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
  sharing: readonly SharingImage[] = [],
): Decision {
  if (isIgnored(model)) {
    return unchanged("ignored", "A deroot-ignore comment opts it out.");
  }
  const last = model.dockerfile.instructions.at(-1);
  if (last?.open === true && last.keyword !== "CMD" && last.keyword !== "ENTRYPOINT") {
    const message = "Its last line ends in a continuation, so nothing can be added below it.";
    return {
      kind: "declined",
      reason: { code: "not-understood", message, remedy: "Remove the last backslash.", line: last.endLine },
      advice: [],
    };
  }
  const windows = findWindows(model);
  if (windows) return { kind: "declined", reason: windows, advice: [] };
  if (model.final.user !== null && !isRootUser(model.final.user))
    return alreadyUnprivileged(path, model, around, options);
  const home = rootHomeUse(model, around.source.frameworks);
  const rootLines = findRootLines(path, model, around);
  const decline = findDecline(path, model, around, home, rootLines);
  if (decline) return { kind: "declined", reason: decline, advice: [] };
  const stepsDown = options.strategy === "entrypoint";
  const account = chooseAccount(
    model,
    path,
    stepsDown ? { ...options, uidArgs: true } : options,
    needsHome(model) || home.kind === "move",
  );
  const ports = planPorts(model, around, options, path, sharing);
  const move = home.kind === "move" ? planHomeMove(model, path, home, account, around) : null;
  if (move && "code" in move) return { kind: "declined", reason: move, advice: [] };
  const handover = planHandover(model, around, options, path, account, move);
  const noShell = !canRun(model) ? unreachable(model, handover) : null;
  if (noShell) return { kind: "declined", reason: noShell, advice: [] };
  const stepDown = stepsDown ? planStepDown(model, around, options, path, account, handover) : null;
  if (stepDown && "code" in stepDown) return { kind: "declined", reason: stepDown, advice: [] };
  const umask = stepDown === null ? planUmask(model, path, options) : null;
  const plan: Plan = {
    path,
    options,
    model,
    around,
    account,
    positions: choosePositions(model, {
      users: needAccount(model, account, handover, move),
      shell: canRun(model),
      needsRoot:
        handover.paths.some((each) => !each.open) ||
        handover.commands.length > 0 ||
        ports.remaps.some(({ applicability, commands }) => applicability !== "manual" && commands.length > 0),
      staysRoot: stepDown !== null,
    }),
    handover,
    ports,
    home: move,
    stepDown,
    umask,
    rootSteps: null,
    rootLines: rootLines.lines,
    rootOptions: findRootOptions(path, model, around),
    advice: [
      ...rootLines.advice,
      ...adviseRootLines(rootLines.lines, account),
      ...handover.advice,
      ...ports.advice,
      ...(options.umask !== undefined && !stepDown && !umask ? [noUmask(path)] : []),
      ...(stepDown ? adviseStepDown(around) : adviseUpgrade(model, around, handover, path, account)),
    ],
  };
  return { kind: "plan", plan };
}

/** Steps that give files to the account, or put something into its home, which has to be there for that. */
function needAccount(
  model: ImageModel,
  { home }: PlannedAccount,
  handover: Handover,
  move: HomeMove | null,
): Set<Instruction> {
  const given = new Set<Step | null>([
    ...handover.copies.map(({ step }) => step),
    ...handover.paths.map(({ madeBy }) => madeBy),
  ]);
  const isHome = (path: string | null) => path !== null && home !== null && isInside(path, home);
  const users = model.steps.filter(
    (step, index) =>
      given.has(step) ||
      (move !== null && step.instruction.keyword === "RUN") ||
      (step.instruction.keyword === "WORKDIR" && isHome(model.steps[index + 1]?.workdir ?? null)) ||
      step.effects.some(({ writes }) => writes.some((write) => isHome(write.path))),
  );
  return new Set(users.map((step) => step.instruction));
}

/** No instruction sets a umask, so a shell does, and then becomes the app. */
function planUmask(model: ImageModel, path: string, { umask }: RewriteOptions): StartPrefix | null {
  if (umask === undefined || !canRun(model)) return null;
  return prefixStart(model, path, ["/bin/sh", "-c", `umask ${umask} && exec "$@"`, "sh"]);
}

function noUmask(path: string): Advice {
  return {
    title: "The umask stays as it is",
    reason: "The image has no shell that could set it, or what it starts is not known.",
    path,
    line: null,
  };
}

function unchanged(code: string, message: string): Decision {
  return { kind: "unchanged", reason: { code, message, remedy: null, line: null }, advice: [] };
}

/** Only a build that cannot work is mended in a file that runs unprivileged already. */
function alreadyUnprivileged(
  path: string,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
): Decision {
  const rootSteps = findRootSteps(model);
  if (!rootSteps) {
    const from = model.final.userStep
      ? `USER ${model.final.user}`
      : `its base image's user ${model.final.user}`;
    return unchanged("already-nonroot", `It runs as ${from} already.`);
  }
  return { kind: "plan", plan: { ...idlePlan(path, model, around, options), rootSteps } };
}

/** A plan that changes nothing by itself. */
export function idlePlan(
  path: string,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
): Plan {
  return {
    path,
    options,
    model,
    around,
    account: null,
    positions: null,
    handover: {
      copies: [],
      folds: [],
      paths: [],
      commands: [],
      advice: [],
      files: new ImageFiles(model),
    },
    ports: { remaps: [], kept: [], advice: [] },
    home: null,
    stepDown: null,
    umask: null,
    rootSteps: null,
    rootLines: [],
    rootOptions: [],
    advice: [],
  };
}

/** Without a shell nothing can be handed over in the final stage, unless another stage can make the directory. */
function unreachable(model: ImageModel, handover: Handover): Reason | null {
  const paths = handover.paths.filter((p) => !p.isGuess && !p.open).map((p) => p.path);
  const builder = model.dockerfile.stages.some(
    (stage) => stage.index < model.target.index && stage.instructions.some((i) => i.keyword === "RUN"),
  );
  if (paths.length === 0 || builder || paths.every((path) => path === model.final.workdir)) return null;
  return {
    code: "no-shell",
    message: `It writes ${paths[0]}, but its base image has no shell to hand that over, and no other stage could prepare it.`,
    remedy: `Add a build stage that makes the directory, and COPY --chown=65532:65532 it.`,
    line: null,
  };
}
