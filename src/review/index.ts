export { changeFiles } from "./change-files.ts";
export * from "./decisions.ts";
export type { EditedText, EditProblem } from "./edited.ts";
export {
  type Decided,
  type Outcome,
  type ReviewChange,
  ReviewError,
  type ReviewFile,
  ReviewSession,
  type Undone,
} from "./session.ts";
export { dependantsOf, neededBy, type Verdict } from "./verdicts.ts";
