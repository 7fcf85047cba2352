import type { DiskTree } from "../../file-tree/disk.ts";
import type { RewriteOptions, RewriteResult } from "../../rewrite/types.ts";
import { EngineError, factsOf, verifyAll } from "../../verify/index.ts";
import type { VerificationView } from "./protocol.ts";

/** Builds and runs what one result makes of its Dockerfile. */
export type Verifier = (
  chosen: RewriteResult,
  signal: AbortSignal,
  onProgress: (stage: string, line: string) => void,
) => Promise<Omit<VerificationView, "stale">>;

/** With the container engine of this machine. */
export function engineVerifier(tree: DiskTree, options: RewriteOptions): Verifier {
  return async (chosen, signal, onProgress) => {
    const started = Date.now();
    try {
      const [seen] = await verifyAll({
        tree,
        dockerfiles: [chosen.dockerfile],
        rewrite: options,
        rewriter: () => Promise.resolve(chosen),
        signal,
        onProgress: ({ stage, line }) => onProgress(stage, line),
      });
      const { verdict, reason, remedy, findings, notes, engine, seconds } = seen!;
      return { verdict, reason, remedy, findings, notes, facts: factsOf(seen!), engine, seconds };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return {
        verdict: "not comparable",
        reason: error.message,
        remedy: error.hint,
        findings: [],
        notes: [],
        facts: [],
        engine: "no engine",
        seconds: (Date.now() - started) / 1000,
      };
    }
  };
}
