import { unifiedDiff } from "../report/diff.ts";
import type { FileChange } from "./types.ts";

export function fileChange(
  path: string,
  before: string | null,
  after: string,
  mode: string | null,
): FileChange {
  return {
    path,
    before,
    after,
    // Made when it is asked for: not everybody wants it, and the checks in between never do.
    get diff() {
      return unifiedDiff({ path, before, after, mode });
    },
    mode,
  };
}
