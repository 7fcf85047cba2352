import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createColors } from "picocolors";
import { systemMessage } from "../file-tree/disk.ts";
import { describeOutcome } from "../report/report.ts";
import { printable } from "../report/text.ts";
import { WriteError } from "../report/write.ts";
import {
  type Decisions,
  DecisionsError,
  type Misfit,
  type Outcome,
  parseDecisions,
  replayDecisions,
  ReviewSession,
} from "../review/index.ts";
import type { ReviewArguments } from "./review.ts";
import { tellNotes } from "./support/deliver.ts";
import { saveDecisions } from "./support/decisions.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { pages } from "./support/pages.ts";
import { openSession, type Session } from "./support/session.ts";
import { wantsColour } from "./support/streams.ts";

export async function runReview(args: ReviewArguments): Promise<ExitCode> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && process.env["TERM"] !== "dumb";
  if (!interactive && args.web !== true && args.decisions === undefined) {
    throw new CliError(
      "a review needs a terminal, and this is none",
      "deroot review --web uses a browser, --decisions FILE applies what was decided before, and deroot migrate shows the whole patch.",
    );
  }
  const decisions = args.decisions === undefined ? null : readDecisions(args.decisions);
  const session = await openSession(args);
  tellNotes(session.notes, args);
  if (session.dockerfiles.length === 0) return session.hasProblems ? EXIT.usage : EXIT.done;
  if (args.web === true) {
    const { runReviewWeb } = await import("./run-review-web.ts");
    return runReviewWeb(session, decisions, args);
  }
  return interactive ? review(session, decisions, args) : apply(session, decisions!, args);
}

/** In the terminal. */
async function review(
  session: Session,
  decisions: Decisions | null,
  args: ReviewArguments,
): Promise<ExitCode> {
  const { createPaint, describeMisfits, Screen, TerminalReview } =
    await import("../review/terminal/index.ts");
  const root = session.root!;
  const first = new ReviewSession(session.tree, session.dockerfiles, session.options);
  const misfits = decisions === null ? [] : await replayDecisions(first, decisions);
  let used = false;
  const topics = pages();
  const reviewing = new TerminalReview({
    open: () => {
      if (used) return new ReviewSession(session.tree, session.dockerfiles, session.options);
      used = true;
      return first;
    },
    screen: new Screen(process.stdin, process.stdout),
    paint: createPaint(wantsColour(process.stdout, args.color)),
    name: (path) => session.name(path),
    locate: (path) => resolve(root, path),
    page: (topic) => {
      const file = topics.get(topic.toLowerCase());
      return file === undefined ? null : readFileSync(file, "utf8");
    },
    write: (chosen) => chosen.apply(root),
    keepsDecisions: args.save !== undefined,
    env: process.env,
    greeting: misfits.length === 0 ? null : describeMisfits(misfits),
  });
  const { outcome, session: last } = await reviewing.run();
  if (args.save !== undefined) await saveDecisions(last, args.save);
  if (outcome === null) {
    process.stdout.write("Nothing is written.\n");
    return session.hasProblems ? EXIT.usage : EXIT.done;
  }
  tell(session, outcome, args);
  return outcome.failed.length > 0 ? EXIT.failed : session.hasProblems ? EXIT.usage : EXIT.done;
}

/**
 * Without a terminal: applies what was decided before. A Dockerfile on which a decision does not fit, or is missing,
 * stays as it is and counts as failed.
 */
async function apply(session: Session, decisions: Decisions, args: ReviewArguments): Promise<ExitCode> {
  const trial = new ReviewSession(session.tree, session.dockerfiles, session.options);
  const misfits = await replayDecisions(trial, decisions);
  const unfit = new Set(misfits.map(({ dockerfile }) => dockerfile));
  const fit = Object.entries(decisions.dockerfiles).filter(([path]) => !unfit.has(path));
  const review = new ReviewSession(session.tree, session.dockerfiles, session.options);
  const late = await replayDecisions(review, { schema: 1, dockerfiles: Object.fromEntries(fit) });
  for (const misfit of [...misfits, ...late]) tellMisfit(session, misfit, args);
  if (late.length > 0)
    throw new CliError("nothing is written: the decisions depend on each other", null, EXIT.failed);
  let outcome: Outcome;
  try {
    outcome = await review.apply(session.root!);
  } catch (error) {
    if (error instanceof WriteError)
      throw new CliError(`${session.name(error.path)}: ${error.message}`, error.hint, EXIT.failed);
    throw error;
  }
  if (args.save !== undefined) await saveDecisions(review, args.save);
  tell(session, outcome, args);
  const without = session.dockerfiles.filter((path) => !Object.hasOwn(decisions.dockerfiles, path)).length;
  if (without > 0 && args.quiet !== true)
    process.stderr.write(
      `${without} of ${session.dockerfiles.length} Dockerfiles have no decisions and stay as they are.\n`,
    );
  if (unfit.size > 0 || outcome.failed.length > 0) return EXIT.failed;
  return session.hasProblems ? EXIT.usage : EXIT.done;
}

function tellMisfit(
  session: Session,
  { dockerfile, changeId, message }: Misfit,
  args: ReviewArguments,
): void {
  const colours = createColors(wantsColour(process.stderr, args.color));
  const id = changeId === null ? "" : ` ${changeId}:`;
  process.stderr.write(
    `${colours.red("failed")}  ${printable(`${session.name(dockerfile)}:${id} ${message}`)}\n`,
  );
}

function tell(session: Session, { files, results, failed }: Outcome, args: ReviewArguments): void {
  const colours = createColors(wantsColour(process.stderr, args.color));
  const line = (label: string, path: string, text: string): void => {
    process.stderr.write(`${label}  ${printable(session.name(path))}  ${printable(text)}\n`);
  };
  for (const result of failed) line(colours.red("failed"), result.dockerfile, describeOutcome(result));
  if (args.quiet === true) return;
  for (const result of results) line(colours.green("rewritten"), result.dockerfile, describeChosen(result));
  const written = `${files.length} file${files.length === 1 ? "" : "s"}`;
  process.stderr.write(
    files.length === 0
      ? "Nothing to write.\n"
      : `Written: ${written}. Build and try the images before you commit; git diff shows what changed.\n`,
  );
}

function describeChosen(result: Outcome["results"][number]): string {
  const runs = result.runsAsRoot.after === false ? "" : ", still as root";
  return describeOutcome(result) + runs;
}

function readDecisions(file: string): Decisions {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(`${file}: ${systemMessage(error)}`, "deroot review --save FILE writes such a file.");
  }
  try {
    return parseDecisions(text);
  } catch (error) {
    if (error instanceof DecisionsError) throw new CliError(`${file}: ${error.message}`, error.hint);
    throw error;
  }
}
