import { type ImageFiles, type Step, accessTo, isInside, isSystemPath } from "../../analysis/index.ts";
import type { Evidence } from "../types.ts";
import type { Fold } from "./fold.ts";
import type { HandedCopy } from "./handover.ts";
import type { Found } from "./handed-paths.ts";
import { movedHome } from "./home.ts";
import { userOf } from "./image-files.ts";

/**
 * Decides which COPY and ADD give their files to the account.
 * @param files the image's files as they are without that.
 * @param reads what a server reads at start.
 */
export function planCopies(
  { model, account, wanted, home, policy }: Found,
  files: ImageFiles,
  folds: readonly Fold[],
  reads: readonly string[],
  dockerfile: string,
): HandedCopy[] {
  const { workdir } = model.final;
  return model.steps.flatMap((step): HandedCopy[] => {
    const copy = step.copy;
    if (!copy?.destination || copy.chown !== null) return [];
    const destination = movedHome(copy.destination, home);
    const here = (says: string): Evidence[] => [
      { source: "dockerfile", where: dockerfile, line: step.instruction.line, says },
    ];
    const fold = folds.find(({ copies }) => copies.includes(step));
    if (fold) {
      const says = `line ${fold.step.instruction.line} gives it to the account`;
      return [{ step, evidence: here(says) }];
    }
    if (isGivenLater(step, copy.destination, files, userOf(account))) return [];
    const written = [...wanted].find(
      ([path, { file }]) => !file && path !== workdir && isInside(destination, path),
    );
    if (written) return [{ step, evidence: written[1].evidence }];
    if (destination !== copy.destination)
      return [{ step, evidence: here("brings files into the home directory") }];
    if (policy !== "strict" && workdir !== null && !isSystemPath(workdir) && isInside(destination, workdir))
      return [{ step, evidence: here(`brings the app's files into ${workdir}`) }];
    if (reads.some((path) => isInside(path, destination)))
      return [{ step, evidence: here("the server reads it at start") }];
    if (bringsClosed(step, copy.destination, files, account))
      return [{ step, evidence: here("brings a file that only its owner can read") }];
    return [];
  });
}

/** A step of the Dockerfile gives all that it brings to the account already. */
function isGivenLater(step: Step, destination: string, files: ImageFiles, user: string): boolean {
  if (files.at(destination).exists !== "yes") return false;
  const { directories, others, parts } = files.foreignTo(destination, user);
  const isOf = (step: Step | null, own: Step) => step === own || step === null;
  if ([...directories, ...others].some((each) => each.path === destination || isOf(each.step, step)))
    return false;
  return !parts.some((part) => isOf(part.step, step));
}

/** Where root keeps what nobody else may own: sudo and cron do not take a file that is another's. */
const ROOTS_OWN = /^\/(root|etc\/(sudoers|cron|ssh|shadow|gshadow|pam\.d))/;

/** ADD of a URL, or a --chmod, makes a file that the account cannot read. */
function bringsClosed(
  step: Step,
  destination: string,
  files: ImageFiles,
  account: Found["account"],
): boolean {
  // What is closed to all but its owner and still has an x bit is opened by a mode of its own.
  const chmod = step.copy!.chmod;
  if (
    ROOTS_OWN.test(destination) ||
    (chmod === null ? step.instruction.keyword !== "ADD" : /[1357]|x/i.test(chmod))
  )
    return false;
  return files.brought(step, destination).some((part) => accessTo(part, account).read === false);
}
