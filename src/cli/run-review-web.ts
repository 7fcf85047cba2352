import type { Decisions } from "../review/index.ts";
import type { ReviewArguments } from "./review.ts";
import { CliError, type ExitCode } from "./support/errors.ts";
import type { Session } from "./support/session.ts";

type RunReviewWeb = (
  session: Session,
  decisions: Decisions | null,
  args: ReviewArguments,
) => Promise<ExitCode>;

/** In a browser. */
export const runReviewWeb: RunReviewWeb = () => {
  throw new CliError("--web is not there yet", "deroot review without it works in the terminal.");
};
