import type { Round } from "./round.ts";
import type { RewriteResult } from "./types.ts";

export interface CheckFailure {
  readonly message: string;
  /** The pass to blame, where it can be told. */
  readonly pass: string | null;
}

/**
 * Looks at what a rewrite made before anybody gets it: it must be read again, keep every instruction it did not
 * mean to change, and end as it claims. Returns null when all holds.
 */
export function selfCheck(result: RewriteResult, next: Round): CheckFailure | null {
  if (next.dockerfile === null || next.model === null) {
    return {
      message: `it is not read again: ${next.result.reason?.message ?? ""}`,
      pass: suspect(result, next),
    };
  }
  if (result.runsAsRoot.after === false && next.model.final.root) {
    return { message: "it still ends as root", pass: "user" };
  }
  return null;
}

/** The pass whose edit stands at the line that is not understood any more. */
function suspect(result: RewriteResult, next: Round): string | null {
  const line = next.result.reason?.line ?? null;
  const file = result.files.find((f) => f.path === result.dockerfile);
  if (line === null || !file) return result.changes[0]?.pass ?? null;
  let offset = 0;
  for (let count = 1; count < line; count++) offset = file.after.indexOf("\n", offset) + 1;
  const end = file.after.indexOf("\n", offset);
  const text = file.after.slice(offset, end < 0 ? undefined : end);
  const edited = result.changes.find((change) =>
    change.edits.some((edit) => edit.text.trim() !== "" && text.includes(edit.text.trim())),
  );
  return edited?.pass ?? result.changes[0]?.pass ?? null;
}
