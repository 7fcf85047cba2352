import type { DiskTree } from "../file-tree/disk.ts";
import { rewrite } from "../rewrite/index.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import type { Engine } from "./engine.ts";
import { endsRun, EngineError } from "./errors.ts";
import type { VerifyOptions } from "./options.ts";
import { Trial, type Outcome } from "./trial.ts";
import type { Verification } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Builds and runs the image of one Dockerfile as it is and as deroot rewrites it, and compares the two.
 * @throws {EngineError} only where the engine fails in a way that spoils what comes after too.
 */
export async function verify(
  tree: DiskTree,
  dockerfile: string,
  engine: Engine,
  workspace: Workspace,
  options: VerifyOptions = {},
): Promise<Verification> {
  const started = Date.now();
  const rewriter = options.rewriter ?? rewrite;
  const result = await rewriter(tree, dockerfile, options.rewrite ?? {});
  const outcome = await outcomeOf(tree, result, engine, workspace, options);
  return {
    dockerfile,
    reason: null,
    remedy: null,
    findings: [],
    notes: [],
    legacy: null,
    rewritten: [],
    learned: null,
    ...outcome,
    engine: `${engine.name} ${engine.version}`,
    rewrite: result,
    repair: null,
    seconds: (Date.now() - started) / 1000,
  };
}

async function outcomeOf(
  tree: DiskTree,
  result: RewriteResult,
  engine: Engine,
  workspace: Workspace,
  options: VerifyOptions,
): Promise<Outcome> {
  const left: Outcome = {
    verdict: result.status === "failed" ? "not comparable" : "skipped",
    reason: result.reason?.message ?? result.status,
    remedy: result.reason?.remedy ?? null,
  };
  if (result.status === "failed" || (result.status !== "rewritten" && !options.learn)) return left;
  try {
    const trial = new Trial(tree, result, engine, workspace, options);
    // What is left as it is can be learned from all the same: a migration by hand may want to know.
    return result.status === "rewritten" ? await trial.run() : { ...left, ...(await trial.learnOnly()) };
  } catch (error) {
    if (!(error instanceof EngineError) || endsRun(error)) throw error;
    return { verdict: "not comparable", reason: error.message, remedy: error.hint };
  }
}
