import type { Instruction } from "../../dockerfile/index.ts";
import type { ImageModel, Step } from "../../analysis/index.ts";

/** Where new instructions go: before an instruction, or after the last one. */
export type Anchor =
  | { readonly at: "before"; readonly instruction: Instruction }
  | { readonly at: "after"; readonly instruction: Instruction };

export interface Positions {
  /** What holds for all of the target stage: after what heads it. */
  readonly head: Anchor;
  /** Making the account. */
  readonly account: Anchor;
  /** Handing over what stands on a VOLUME: before that VOLUME, because classic builders drop later changes. */
  readonly beforeVolume: Anchor | null;
  /** A last USER root that the new USER takes the place of. */
  readonly needless: Instruction | null;
  /** Handing over everything else, then USER: after the last step that writes, before ENTRYPOINT and CMD. */
  readonly user: Anchor;
}

const HEAD = new Set(["FROM", "ARG", "LABEL", "ENV", "MAINTAINER", "SHELL"]);
const WRITES = new Set(["RUN", "COPY", "ADD", "WORKDIR"]);
const STARTS = new Set(["ENTRYPOINT", "CMD"]);

/** @param options.users instructions that need the account. */
export function choosePositions(
  model: ImageModel,
  options: { users: ReadonlySet<Instruction>; shell: boolean; needsRoot: boolean; staysRoot: boolean },
): Positions {
  const { users, shell, needsRoot, staysRoot } = options;
  const stage = model.target;
  const steps = model.steps.filter((step) => step.stage === stage);
  const own = steps.map((step) => step.instruction);
  const needless = shell && !staysRoot ? trailingRoot(model, steps, needsRoot) : null;
  return {
    needless,
    head: anchorAt(steps, headEnd(steps)),
    account: accountAnchor(steps, users),
    beforeVolume: volumeAnchor(own),
    user: shell ? userAnchor(own.filter((i) => i !== needless)) : bareUserAnchor(own),
  };
}

/**
 * The account is made below the steps that lead the stage, so that what the builder has cached of them stays good,
 * and above the first COPY, whose files change most often, and the first step that needs the account.
 */
function accountAnchor(steps: readonly Step[], users: ReadonlySet<Instruction>): Anchor {
  const first = headEnd(steps);
  const limit = steps.findIndex(
    (step) => step.copy !== null || step.instruction.keyword === "VOLUME" || users.has(step.instruction),
  );
  const leading = steps.slice(0, limit < 0 ? steps.length : limit);
  const lastRun = leading.findLastIndex((step) => step.instruction.keyword === "RUN" && isRootAt(step));
  const below = steps[lastRun + 1];
  const index = lastRun >= first && below && isRootAt(below) ? lastRun + 1 : first;
  return anchorAt(steps, index);
}

/** The first step that builds something, while root is the user. */
function headEnd(steps: readonly Step[]): number {
  const first = steps.findIndex((step) => !HEAD.has(step.instruction.keyword) && isRootAt(step));
  return first < 0 ? steps.length : first;
}

function anchorAt(steps: readonly Step[], index: number): Anchor {
  const next = steps[index];
  return next
    ? { at: "before", instruction: next.instruction }
    : { at: "after", instruction: steps[steps.length - 1]!.instruction };
}

/** USER itself is not yet in force at its own step. */
function isRootAt(step: Step): boolean {
  return step.root && step.instruction.keyword !== "USER";
}

function volumeAnchor(own: readonly Instruction[]): Anchor | null {
  const volume = own.find((instruction) => instruction.keyword === "VOLUME");
  return volume ? { at: "before", instruction: volume } : null;
}

/** A last `USER root` after which nothing is built, and which what deroot adds does not need either. */
function trailingRoot(model: ImageModel, steps: readonly Step[], needsRoot: boolean): Instruction | null {
  const at = steps.findLastIndex((step) => step.instruction.keyword === "USER");
  if (
    at < 0 ||
    !model.final.root ||
    (needsRoot && !steps[at]!.root) ||
    steps.slice(at + 1).some((step) => WRITES.has(step.instruction.keyword))
  )
    return null;
  return steps[at]!.instruction;
}

/**
 * Without a shell nothing can chown the working directory; but BuildKit makes a WORKDIR for the user in force,
 * and no RUN is there to need root. So USER comes first.
 */
function bareUserAnchor(own: readonly Instruction[]): Anchor {
  const workdir = own.find((instruction) => instruction.keyword === "WORKDIR");
  const runs = own.some((instruction) => instruction.keyword === "RUN" || instruction.keyword === "USER");
  return workdir && !runs ? { at: "before", instruction: workdir } : userAnchor(own);
}

function userAnchor(own: readonly Instruction[]): Anchor {
  const last = own.findLastIndex(
    (instruction) => WRITES.has(instruction.keyword) || instruction.keyword === "USER",
  );
  const next = own.slice(last + 1).find((instruction) => STARTS.has(instruction.keyword));
  return next ? { at: "before", instruction: next } : { at: "after", instruction: own[own.length - 1]! };
}
