import type { FileTree } from "../file-tree.ts";
import { ProfileError } from "../images/index.ts";
import { selfCheck } from "./check.ts";
import { overlay } from "../file-tree/overlay.ts";
import { knownImages } from "./images.ts";
import { emptyResult, readAndDecide } from "./round.ts";
import { merged } from "./rounds.ts";
import type { RewriteOptions, RewriteResult } from "./types.ts";

/** A rewrite of a rewrite that still finds something to do is given up after this many rounds. */
const MAX_ROUNDS = 5;

/**
 * Rewrites one Dockerfile and the files around it so that the image runs unprivileged.
 *
 * Pure: reads nothing but `tree`, writes nothing, and gives the same result for the same input. Never rejects
 * for what a Dockerfile holds; a file that cannot be read comes back as `failed`, one that must keep root or is
 * not understood as `declined`.
 *
 * @param tree where files come from.
 * @param path the Dockerfile, relative to the tree's root.
 * @returns status, changes as data (offsets are UTF-16 code units into the files as read), and diffs.
 */
export async function rewrite(
  tree: FileTree,
  path: string,
  given: RewriteOptions = {},
): Promise<RewriteResult> {
  const options = await withKeptImages(tree, given);
  if (options instanceof ProfileError) return brokenProfile(path, options);
  const first = await readAndDecide(tree, path, options);
  if (first.result.status !== "rewritten") return first.result;
  let last = first;
  let result = first.result;
  for (let count = 1; ; count++) {
    const next = await readAndDecide(overlay(tree, result.files), path, options, last);
    const failure = selfCheck(result, next);
    if (failure) return givenBack(path, result, failure);
    if (next.result.status !== "rewritten") return result;
    last = next;
    result = merged(result, last.result);
    if (count >= MAX_ROUNDS) {
      return givenBack(path, result, {
        message: "it would change again with every run",
        pass: last.result.changes[0]?.pass ?? null,
      });
    }
  }
}

/** The options, and what the tree itself knows of images. */
async function withKeptImages(
  tree: FileTree,
  options: RewriteOptions,
): Promise<RewriteOptions | ProfileError> {
  try {
    const { extra = [] } = await knownImages(tree, options);
    return extra.length === 0 ? options : { ...options, images: extra };
  } catch (error) {
    if (error instanceof ProfileError) return error;
    throw error;
  }
}

/** Without it a base would be taken for something that somebody has said it is not. */
function brokenProfile(path: string, error: ProfileError): RewriteResult {
  return {
    ...emptyResult(path),
    status: "failed",
    reason: {
      code: "image-profile",
      message: `${error.path}: ${error.message}`,
      remedy: "Correct the profile, or remove it.",
      line: null,
    },
  };
}

/** A rewrite that does not hold is not handed out: the file stays, and the pass to blame is named. */
function givenBack(
  path: string,
  result: RewriteResult,
  failure: { message: string; pass: string | null },
): RewriteResult {
  const blame = failure.pass ? ` (pass ${failure.pass})` : "";
  return {
    ...emptyResult(path),
    status: "failed",
    reason: {
      code: "self-check",
      message: `The rewrite did not hold${blame}: ${failure.message}`,
      remedy: "This is a defect of deroot: please report it. --skip PASS works around it.",
      line: null,
    },
    runsAsRoot:
      result.runsAsRoot.before === null
        ? result.runsAsRoot
        : { before: result.runsAsRoot.before, after: result.runsAsRoot.before },
  };
}
