export { applyEdits, partId, withoutRejected } from "./apply.ts";
export { attempt, failure } from "./attempt.ts";
export { fileChange } from "./file-change.ts";
export { knownImages } from "./images.ts";
export type { Pass, PassContext } from "./pass.ts";
export type { Plan } from "./plan/plan.ts";
export { rewrite } from "./rewrite.ts";
export type * from "./types.ts";
