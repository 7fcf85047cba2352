import type { RewriteOptions } from "../rewrite/types.ts";
import { ConfigError } from "./error.ts";
import { importFile } from "./module.ts";

type Pass = NonNullable<RewriteOptions["transforms"]>[number];

/** Passes of one's own: the default export of each file, one pass or a list of them. */
export async function loadTransforms(files: readonly string[]): Promise<Pass[]> {
  const passes: Pass[] = [];
  for (const file of files) {
    const { default: value } = await importFile(file);
    const found = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!found.every(isPass)) {
      const hint = 'Export it: export default { name: "mine", summary: "…", run(context) { return []; } };';
      throw new ConfigError(file, "its default export is not a pass", hint);
    }
    passes.push(...found);
  }
  return passes;
}

function isPass(value: unknown): value is Pass {
  if (typeof value !== "object" || value === null) return false;
  const { name, run } = value as { name?: unknown; run?: unknown };
  return typeof name === "string" && typeof run === "function";
}
