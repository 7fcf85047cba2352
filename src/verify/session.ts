import type { DiskTree } from "../file-tree/disk.ts";
import { findEngine, type EngineName } from "./engine.ts";
import type { VerifyOptions } from "./options.ts";
import { repair } from "./repair.ts";
import type { Verification } from "./types.ts";
import { verify } from "./verify.ts";
import { removeLeftovers, Workspace } from "./workspace.ts";

export interface SessionRequest extends VerifyOptions {
  readonly tree: DiskTree;
  /** Relative to the tree's root; verified in this order. */
  readonly dockerfiles: readonly string[];
  /** Default: the first of docker and podman that answers. */
  readonly engine?: EngineName | undefined;
  /** Rewrite again with what went wrong, until it works. */
  readonly repair?: boolean;
  /** Ends what runs and removes it. */
  readonly signal?: AbortSignal;
  /** Each outcome as soon as it is there. */
  readonly onVerified?: (verification: Verification) => void | Promise<void>;
}

/**
 * Verifies one Dockerfile after the other. What earlier runs left that were killed is removed first, and in the end
 * everything that this one made. The result is plain data, safe to turn into JSON.
 * @throws {EngineError} when there is no engine, when it fails for good, and with the code `interrupted`, after all
 * is cleaned up, when the signal is given.
 */
export async function verifyAll(request: SessionRequest): Promise<Verification[]> {
  const { tree, dockerfiles, engine: name, signal, onVerified, ...options } = request;
  const engine = await findEngine(name, signal);
  await removeLeftovers(engine);
  const workspace = await Workspace.open(engine, options.keep);
  const work = request.repair ? repair : verify;
  const verifications: Verification[] = [];
  try {
    for (const dockerfile of dockerfiles) {
      const verification = await work(tree, dockerfile, engine, workspace, options);
      verifications.push(verification);
      await onVerified?.(verification);
    }
  } finally {
    await workspace.close();
  }
  return verifications;
}
