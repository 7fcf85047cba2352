import { passes as builtIn } from "../../transforms/index.ts";
import { type ImageModel, modelImage } from "../analysis/index.ts";
import { type SourceFacts, type Surroundings, gather } from "../companions/index.ts";
import { type Dockerfile, DockerfileError, decodeDockerfile, readDockerfile } from "../dockerfile/index.ts";
import type { FileTree } from "../file-tree.ts";
import { carryOut } from "./carry-out.ts";
import { imageOptions } from "./images.ts";
import type { Pass } from "./pass.ts";
import { decide, idlePlan } from "./plan/decide.ts";
import type { Decision, Plan } from "./plan/plan.ts";
import { findRootSteps } from "./plan/root-steps.ts";
import { imagesSharing, withTextsOf } from "./sharing.ts";
import type { Advice, Reason, RewriteOptions, RewriteResult } from "./types.ts";

/** One reading of the file, with everything found in it. */
export interface Round {
  readonly result: RewriteResult;
  readonly dockerfile: Dockerfile | null;
  readonly model: ImageModel | null;
  /** What the app's source says; null when a change touched it, so that it has to be read again. */
  readonly source: SourceFacts | null;
  /** Another file builds a stage of it by name. */
  readonly hasTargets: boolean;
}

/** Reads a Dockerfile and its surroundings, decides, and carries the decision out on the text as it stands. */
export async function readAndDecide(
  tree: FileTree,
  path: string,
  options: RewriteOptions,
  earlier: Round | null = null,
): Promise<Round> {
  let dockerfile: Dockerfile;
  try {
    // A text that came out of edits in one on which both readers agreed is not compared again: that costs most.
    dockerfile = readDockerfile(decodeDockerfile(await tree.read(path)), { crossCheck: earlier === null });
  } catch (error) {
    return {
      result: unreadable(path, error),
      dockerfile: null,
      model: null,
      source: null,
      hasTargets: false,
    };
  }
  const own = options.transforms ?? [];
  const { target } = options;
  const images = imageOptions(options);
  if (earlier !== null && !earlier.hasTargets && own.length === 0) {
    const light = modelImage(dockerfile, { target, images, light: true });
    if (isSettled(light)) return settled(path, dockerfile, light);
  }
  const model = modelImage(dockerfile, { target, images });
  const around = await gather(tree, path, model, earlier?.source ?? null);
  const decision = await decideWithOthers(tree, path, model, around, options);
  const hasTargets = around.targets.length > 0;
  const others =
    decision.kind === "declined"
      ? { plans: [], advice: [] }
      : await otherTargets(tree, path, dockerfile, model, around, options);
  const plans: Plan[] = decision.kind === "plan" ? [decision.plan, ...others.plans] : others.plans;
  if (
    plans.length === 0 &&
    decision.kind === "unchanged" &&
    decision.reason.code !== "ignored" &&
    own.length > 0
  ) {
    plans.push(idlePlan(path, model, around, options));
  }
  if (plans.length === 0) {
    const { kind, reason, advice } = decision as Exclude<typeof decision, { kind: "plan" }>;
    const before = model.final.user === null ? null : model.final.root;
    const result: RewriteResult = {
      ...emptyResult(path),
      status: kind,
      reason,
      runsAsRoot: { before, after: before },
      advice: [...advice, ...others.advice],
    };
    return { result, dockerfile, model, source: around.source, hasTargets };
  }
  const result = carryOut(plans, dockerfile, options, selectPasses(options, own));
  const { listens, users } = around.source;
  const sites = new Set([...listens.map(({ site }) => site?.path), ...users.map(({ file }) => file)]);
  const kept = result.files.some((file) => sites.has(file.path)) ? null : around.source;
  return {
    result: { ...result, advice: [...result.advice, ...others.advice] },
    dockerfile,
    model,
    source: kept,
    hasTargets,
  };
}

/** Decides knowing which other images read the same files, because a port moves for all of them or for none. */
async function decideWithOthers(
  tree: FileTree,
  path: string,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
): Promise<Decision> {
  const sharing = await imagesSharing(tree, path, model, around, options);
  return decide(path, model, withTextsOf(around, sharing), options, sharing);
}

/** It runs unprivileged, and no step needs what it has not: there is nothing to do, whatever stands around it. */
function isSettled(model: ImageModel): boolean {
  return model.final.user !== null && !model.final.root && findRootSteps(model) === null;
}

function settled(path: string, dockerfile: Dockerfile, model: ImageModel): Round {
  const reason: Reason = {
    code: "already-nonroot",
    message: "It runs unprivileged.",
    remedy: null,
    line: null,
  };
  const result: RewriteResult = { ...emptyResult(path), reason, runsAsRoot: { before: false, after: false } };
  return { result, dockerfile, model, source: null, hasTargets: false };
}

/** Stages that compose files build by name are images that run, too. */
async function otherTargets(
  tree: FileTree,
  path: string,
  dockerfile: Dockerfile,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
): Promise<{ plans: Plan[]; advice: Advice[] }> {
  const plans: Plan[] = [];
  const advice: Advice[] = [];
  if (options.target !== undefined) return { plans, advice };
  for (const stage of dockerfile.stages) {
    if (stage === model.target || stage.name === null || !around.targets.includes(stage.name)) continue;
    if (model.chain.includes(stage)) {
      // USER there would take root from the steps of the stages that are built on it.
      const reason = `${model.target.name ?? "The last stage"} is built on it, and its steps may need root. To migrate ${stage.name} instead, pass --target ${stage.name}.`;
      advice.push({ title: `The target ${stage.name} stays as it is`, reason, path, line: stage.from.line });
      continue;
    }
    const other = modelImage(dockerfile, { target: stage.name, images: imageOptions(options) });
    const beside = await gather(tree, path, other, around.source);
    const decision = await decideWithOthers(tree, path, other, beside, options);
    if (decision.kind === "plan") plans.push(decision.plan);
    else if (decision.kind === "declined") {
      advice.push({
        title: `The target ${stage.name} stays as it is`,
        reason: decision.reason.message,
        path,
        line: stage.from.line,
      });
    }
  }
  return { plans, advice };
}

function selectPasses(options: RewriteOptions, own: readonly Pass[]): readonly Pass[] {
  return [...builtIn, ...own].filter(
    (pass) => (!options.only || options.only.includes(pass.name)) && !options.skip?.includes(pass.name),
  );
}

function unreadable(path: string, error: unknown): RewriteResult {
  if (!(error instanceof DockerfileError)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ...emptyResult(path),
      status: "failed",
      reason: {
        code: "unreadable",
        message,
        remedy: "Check that the file exists and may be read.",
        line: null,
      },
    };
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
  return { ...emptyResult(path), status: failed ? "failed" : "declined", reason };
}

/** The outcome of a file about which nothing is known yet. */
export function emptyResult(path: string): RewriteResult {
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
