export { changeFiles } from "./change-files.ts";
export * from "./decisions.ts";
export type { EditedText, EditProblem } from "./edited.ts";
export { ReviewSession } from "./session.ts";
export * from "./types.ts";
export { dependantsOf, neededBy, type Verdict } from "./verdicts.ts";
