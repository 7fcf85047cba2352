import type { FileTree } from "../file-tree.ts";
import { ProfileError } from "../images/index.ts";
import { selfCheck } from "./check.ts";
import { fileChange } from "./file-change.ts";
import { overlay } from "../file-tree/overlay.ts";
import { knownImages } from "./images.ts";
import { emptyResult, readAndDecide } from "./round.ts";
import type { Change, Edit, FileChange, RewriteOptions, RewriteResult } from "./types.ts";

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

/**
 * Two rounds as one. The edits of the second are offsets into what the first made, so where both changed a file
 * their changes become one, with one edit from the text as read to the text at the end.
 */
function merged(first: RewriteResult, second: RewriteResult): RewriteResult {
  const files = new Map(first.files.map((file) => [file.path, file]));
  for (const file of second.files) {
    const before = files.get(file.path);
    const mode = file.mode ?? before?.mode ?? null;
    files.set(file.path, before ? fileChange(file.path, before.before, file.after, mode) : file);
  }
  const all = [...first.changes, ...second.changes];
  const [head] = all;
  const change: Change = {
    ...head!,
    title: [...new Set(all.map(({ title }) => title))].join("; "),
    reason: [...new Set(all.map(({ reason }) => reason))].join(" "),
    applicability: all.some(({ applicability }) => applicability === "likely") ? "likely" : "safe",
    dependsOn: [],
    evidence: all.flatMap(({ evidence }) => evidence),
    edits: [...files.values()].map(wholeEdit),
  };
  return {
    ...first,
    changes: [change],
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** What differs, as one edit. */
function wholeEdit({ path, before, after }: FileChange): Edit {
  const text = before ?? "";
  let start = 0;
  while (start < text.length && start < after.length && text[start] === after[start]) start++;
  let kept = 0;
  while (
    kept < text.length - start &&
    kept < after.length - start &&
    text[text.length - 1 - kept] === after[after.length - 1 - kept]
  )
    kept++;
  return { path, start, end: text.length - kept, text: after.slice(start, after.length - kept) };
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
