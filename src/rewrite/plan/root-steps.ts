import type { ImageModel, Step } from "../../analysis/index.ts";
import { absolute, ImageFiles, isInside } from "../../analysis/index.ts";
import type { ShellCommand } from "../../shell/index.ts";

/** RUN steps that need root but stand where the user is not root: the build fails on them. */
export interface RootSteps {
  /** The USER that comes too early. */
  readonly user: Step;
  readonly steps: readonly Step[];
  /** `move`: the steps go ahead of USER. `lower`: USER goes below the last of them. */
  readonly how: "move" | "lower";
}

export function findRootSteps(model: ImageModel): RootSteps | null {
  const behind = model.steps.filter(
    (step) =>
      step.stage === model.target && step.instruction.keyword === "RUN" && !step.root && step.user !== null,
  );
  if (behind.length === 0) return null;
  const needRoot = rootOnly(model);
  const late = behind.filter((step) => needRoot.has(step) && !usesSudo(step));
  if (late.length === 0) return null;
  const user = model.steps.findLast(
    (step) =>
      step.instruction.keyword === "USER" &&
      step.stage === model.target &&
      step.instruction.index < late[0]!.instruction.index,
  );
  if (!user) return null;
  return {
    user,
    steps: late,
    how: late.every((step) => isIndependent(model, user, step, needRoot)) ? "move" : "lower",
  };
}

/**
 * Steps that fail for everybody but root, whatever the image: those of the distro's package manager and of accounts,
 * and a chown of what root is known to own by then. All else behind a USER has been working for somebody.
 */
function rootOnly(model: ImageModel): ReadonlySet<Step> {
  const found = new Set(
    model.steps.filter((step) =>
      step.commands.some(({ name, conditional }, index) => {
        const { root, pathsOnly, accounts } = step.effects[index]!;
        const certain = accounts.length > 0 || PACKAGE_MANAGERS.has(name ?? "");
        return certain && root === "yes" && pathsOnly !== true && !conditional;
      }),
    ),
  );
  const chowns = model.steps.some(
    (step) => !step.root && step.effects.some(({ owners }) => owners.length > 0),
  );
  if (chowns) {
    new ImageFiles(model, {
      watch(step, command, path, before) {
        if (!command.conditional && before.at(path).user === "0") found.add(step);
      },
    });
  }
  return found;
}

const PACKAGE_MANAGERS = new Set(
  "apk apt apt-get aptitude dnf dpkg microdnf pacman rpm tdnf yum zypper".split(" "),
);

function usesSudo(step: Step): boolean {
  return step.commands.some((command) => command.name === "sudo" || command.name === "su");
}

/** Nothing between USER and the step brings what the step reads: no COPY, ARG, ENV, WORKDIR or SHELL. */
function isIndependent(model: ImageModel, user: Step, step: Step, needRoot: ReadonlySet<Step>): boolean {
  const between = model.steps.filter(
    (other) =>
      other.instruction.index > user.instruction.index && other.instruction.index < step.instruction.index,
  );
  return between.every((other) => {
    switch (other.instruction.keyword) {
      case "ENV":
      case "ARG":
      case "SHELL":
      case "WORKDIR":
        return false;
      case "COPY":
      case "ADD":
        return !step.opaque && other.copy?.destination != null && !concerns(step, other.copy.destination);
      case "RUN":
        return needRoot.has(other);
      default:
        return true;
    }
  });
}

/** The step reads, writes or gives away something that stands there, or may do so. */
function concerns(step: Step, destination: string): boolean {
  const touches = (path: string | null) =>
    path === null || isInside(path, destination) || isInside(destination, path);
  const named = ({ argv, redirects, cwd }: ShellCommand) =>
    [...argv, ...redirects.map(({ target }) => target)].some(
      ({ value }) => value !== null && PATH.test(value) && touches(absolute(value, cwd)),
    );
  return (
    step.commands.some(
      (command) => named(command) || (!WORKS_ANYWHERE.has(command.name ?? "") && touches(command.cwd)),
    ) ||
    step.effects.some(
      ({ reads, writes, owners, modes }) =>
        reads.some(touches) || [...writes, ...owners, ...modes].some(({ path }) => touches(path)),
    )
  );
}

const PATH = /^\.{0,2}\//;

/** Commands that read nothing of their working directory but what their arguments name as a path. */
const WORKS_ANYWHERE = new Set(
  (
    "apk apt apt-get aptitude dnf dpkg microdnf pacman rpm tdnf yum zypper " +
    "addgroup adduser groupadd groupmod useradd usermod " +
    "chgrp chmod chown install ln mkdir rm rmdir touch " +
    "curl gpg ldconfig locale-gen setcap update-alternatives update-ca-certificates wget " +
    "[ cd echo export printf set test true"
  ).split(" "),
);
