import { type FileTree } from "../file-tree.ts";
import { DockerfileError, decodeDockerfile, readDockerfile, type Dockerfile } from "../dockerfile/index.ts";
import { modelImage, type ImageModel } from "../analysis/index.ts";
import { gather, type SourceFacts, type Surroundings } from "../companions/index.ts";
import { unifiedDiff } from "../report/diff.ts";
import { passes as builtIn } from "../../transforms/index.ts";
import { applyEdits, withoutConflicts, withoutRejected } from "./apply.ts";
import { selfCheck } from "./check.ts";
import { Layout } from "./layout.ts";
import { overlay } from "./overlay.ts";
import type { Pass } from "./pass.ts";
import { decide } from "./plan/decide.ts";
import type { Plan } from "./plan/plan.ts";
import type { Change, FileChange, Reason, RewriteOptions, RewriteResult } from "./types.ts";

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
export async function rewrite(tree: FileTree, path: string, options: RewriteOptions = {}): Promise<RewriteResult> {
  const first = await round(tree, path, options);
  if (first.result.status !== "rewritten") return first.result;
  let last = first;
  let result = first.result;
  for (let count = 1; ; count++) {
    const next = await round(overlay(tree, result.files), path, options, last.source);
    const failure = selfCheck(result, next);
    if (failure) return givenBack(path, result, failure);
    if (next.result.status !== "rewritten") return result;
    last = next;
    result = merged(result, last.result);
    if (count >= MAX_ROUNDS) {
      return givenBack(path, result, { message: "it would change again with every run", pass: last.result.changes[0]?.pass ?? null });
    }
  }
}

/** Two rounds as one: what the second changed on top of the first. */
function merged(first: RewriteResult, second: RewriteResult): RewriteResult {
  const files = new Map(first.files.map((file) => [file.path, file]));
  for (const file of second.files) {
    const before = files.get(file.path);
    const mode = file.mode ?? before?.mode ?? null;
    files.set(file.path, before ? fileChange(file.path, before.before, file.after, mode) : file);
  }
  return {
    ...first,
    changes: [...first.changes, ...second.changes.filter((change) => !first.changes.some((other) => other.id === change.id))],
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function fileChange(path: string, before: string | null, after: string, mode: string | null): FileChange {
  return { path, before, after, diff: unifiedDiff({ path, before, after, mode }), mode };
}

/** One reading of the file, with everything found in it. */
export interface Round {
  readonly result: RewriteResult;
  readonly dockerfile: Dockerfile | null;
  readonly model: ImageModel | null;
  /** What the app's source says; null when a change touched it, so that it has to be read again. */
  readonly source: SourceFacts | null;
}

async function round(tree: FileTree, path: string, options: RewriteOptions, source: SourceFacts | null = null): Promise<Round> {
  let text: string;
  try {
    text = decodeDockerfile(await tree.read(path));
  } catch (error) {
    return { result: unreadable(path, error), dockerfile: null, model: null, source: null };
  }
  let dockerfile: Dockerfile;
  try {
    dockerfile = readDockerfile(text);
  } catch (error) {
    return { result: unreadable(path, error), dockerfile: null, model: null, source: null };
  }
  const model = modelImage(dockerfile, { target: options.target });
  const around = await gather(tree, path, model, source);
  const decision = decide(path, model, around, options);
  if (decision.kind !== "plan") {
    const before = model.final.user === null ? null : model.final.root;
    const result: RewriteResult = {
      ...empty(path),
      status: decision.kind,
      reason: decision.reason,
      runsAsRoot: { before, after: before },
      advice: decision.advice,
    };
    return { result, dockerfile, model, source: around.source };
  }
  const result = carryOut(decision.plan, dockerfile, around, options);
  const sites = new Set(around.source.listens.map((listen) => listen.site?.path));
  return { result, dockerfile, model, source: result.files.some((file) => sites.has(file.path)) ? null : around.source };
}

/** Runs the passes and puts their changes into effect. */
function carryOut(plan: Plan, dockerfile: Dockerfile, around: Surroundings, options: RewriteOptions): RewriteResult {
  const layout = new Layout(dockerfile, plan.path);
  const all = selectPasses(options).flatMap((pass) => pass.run({ dockerfile, plan, layout }));
  const offered = withoutIgnored(dockerfile, plan.path, all);
  const minimum = options.min === "safe" ? ["safe"] : ["safe", "likely"];
  const rejected = new Set(options.reject ?? []);
  const wanted = withoutRejected(offered, (change) => rejected.has(change.id) || !minimum.includes(change.applicability));
  const changes = withoutConflicts(wanted);
  const texts = new Map([...around.texts, [plan.path, dockerfile.text]]);
  const files = changedFiles(changes, texts);
  const applied = new Set(changes.map((change) => change.pass));
  const switched = applied.has("user") || plan.account === null;
  return {
    ...empty(plan.path),
    status: files.length > 0 ? "rewritten" : "unchanged",
    reason: files.length > 0 ? null : { code: "nothing-left", message: "All changes were rejected or left out.", remedy: null, line: null },
    account: plan.account && switched ? accountOf(plan) : null,
    runsAsRoot: { before: plan.account !== null, after: !switched },
    ports: applied.has("ports") ? plan.ports.remaps.map(({ from, to, protocol }) => ({ from, to, protocol })) : [],
    writable: plan.handover.paths.map(({ path, evidence }) => ({ path, evidence })),
    changes: offered.filter((change) => changes.includes(change) || change.applicability === "manual"),
    advice: plan.advice,
    files,
  };
}

function accountOf(plan: Plan): RewriteResult["account"] {
  const { name, uid, gid, home, source } = plan.account!;
  return { name, uid, gid, home, source };
}

function selectPasses(options: RewriteOptions): readonly Pass[] {
  return [...builtIn, ...(options.transforms ?? [])].filter(
    (pass) => (!options.only || options.only.includes(pass.name)) && !options.skip?.includes(pass.name),
  );
}

/** `# deroot-ignore-next-line PASS`: no change of that pass (or of any, without a name) in the next instruction. */
function withoutIgnored(dockerfile: Dockerfile, path: string, changes: readonly Change[]): readonly Change[] {
  const comments = dockerfile.comments.filter((comment) => comment.text.startsWith("deroot-ignore-next-line"));
  if (comments.length === 0) return changes;
  const rules = comments.flatMap((comment) => {
    const next = dockerfile.instructions.find((instruction) => instruction.line > comment.line);
    const names = comment.text.split(/[\s,]+/).slice(1).filter(Boolean);
    return next ? [{ next, names }] : [];
  });
  return withoutRejected(changes, (change) =>
    rules.some(
      ({ next, names }) =>
        (names.length === 0 || names.includes(change.pass)) &&
        change.edits.some((edit) => edit.path === path && edit.end > next.start && edit.start < next.end),
    ),
  );
}

function changedFiles(changes: readonly Change[], texts: ReadonlyMap<string, string>): FileChange[] {
  const edits = new Map<string, Change["edits"][number][]>();
  const modes = new Set<string>();
  for (const change of changes) {
    for (const edit of change.edits) {
      const list = edits.get(edit.path);
      if (list) list.push(edit);
      else edits.set(edit.path, [edit]);
    }
    for (const mode of change.modes ?? []) modes.add(mode.path);
  }
  const files: FileChange[] = [];
  for (const path of [...new Set([...edits.keys(), ...modes])].sort()) {
    const before = texts.get(path) ?? null;
    const after = applyEdits(before ?? "", edits.get(path) ?? []);
    const mode = modes.has(path) ? "100755" : null;
    if (after === before && mode === null) continue;
    files.push(fileChange(path, before, after, mode));
  }
  return files;
}

function unreadable(path: string, error: unknown): RewriteResult {
  if (!(error instanceof DockerfileError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...empty(path), status: "failed", reason: { code: "unreadable", message, remedy: "Check that the file exists and may be read.", line: null } };
  }
  const { problem, line } = error;
  const failed = problem === "binary" || problem === "encoding";
  const remedies: Partial<Record<typeof problem, string>> = {
    template: "Run deroot on the file that the template makes.",
    binary: "This is not a text file; leave it out.",
    encoding: "Save it as UTF-8.",
  };
  const reason: Reason = {
    code: problem === "syntax" || problem === "disagreement" ? "not-understood" : problem,
    message: error.message,
    remedy: remedies[problem] ?? "docker build would not read it either; mend it first.",
    line,
  };
  return { ...empty(path), status: failed ? "failed" : "declined", reason };
}

function empty(path: string): RewriteResult {
  return {
    dockerfile: path,
    status: "unchanged",
    reason: null,
    account: null,
    runsAsRoot: { before: null, after: null },
    ports: [],
    writable: [],
    changes: [],
    advice: [],
    files: [],
  };
}

/** A rewrite that does not hold is not handed out: the file stays, and the pass to blame is named. */
function givenBack(path: string, result: RewriteResult, failure: { message: string; pass: string | null }): RewriteResult {
  const blame = failure.pass ? ` (pass ${failure.pass})` : "";
  return {
    ...empty(path),
    status: "failed",
    reason: { code: "self-check", message: `The rewrite did not hold${blame}: ${failure.message}`, remedy: "This is a defect of deroot: please report it. --skip PASS works around it.", line: null },
    runsAsRoot: result.runsAsRoot.before === null ? result.runsAsRoot : { before: result.runsAsRoot.before, after: result.runsAsRoot.before },
  };
}
