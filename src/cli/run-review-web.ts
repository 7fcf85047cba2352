import { diskTree } from "../file-tree/disk.ts";
import { printable } from "../report/text.ts";
import { type Decisions, replayDecisions, ReviewSession } from "../review/index.ts";
import {
  assetsOf,
  engineVerifier,
  openBrowser,
  readPageFiles,
  ReviewDesk,
  type ReviewServer,
  serveReview,
} from "../review/web/index.ts";
import type { ReviewArguments } from "./review.ts";
import { saveDecisions } from "./support/decisions.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { pages } from "./support/pages.ts";
import type { Session } from "./support/session.ts";
import { TOOL } from "./support/tool.ts";

/** In a browser, until its page is closed. The address goes to standard output. */
export async function runReviewWeb(
  session: Session,
  decisions: Decisions | null,
  args: ReviewArguments,
): Promise<ExitCode> {
  const { tree, options, dockerfiles, hasProblems } = session;
  const root = session.root!;
  const review = new ReviewSession(tree, dockerfiles, options);
  const misfits = decisions === null ? [] : await replayDecisions(review, decisions);
  for (const { message } of misfits) process.stderr.write(`not decided: ${printable(message)}\n`);
  const verifier = engineVerifier(diskTree(root), options);
  const desk = new ReviewDesk({ session: review, tree, root, options, tool: TOOL, pages: pages(), verifier });
  const server = await serve(desk, portOf(args));
  const signals = stopOnSignals(server);
  process.stdout.write(`${server.url}\n`);
  if (args.open !== false) openBrowser(server.url);
  try {
    await Promise.race([server.ended, desk.readAll()]);
    const why = await server.ended;
    if (args.quiet !== true) {
      process.stderr.write(
        desk.hasWritten ? "Written; git diff shows what changed.\n" : `${ENDINGS[why]} Nothing is written.\n`,
      );
    }
    if (args.save !== undefined) await saveDecisions(review, args.save);
  } finally {
    await desk.cancel();
    await server.close();
    signals.end();
  }
  return hasProblems ? EXIT.usage : EXIT.done;
}

const ENDINGS = { closed: "The page was closed.", idle: "The page was not used.", asked: "Stopped." };

async function serve(desk: ReviewDesk, port: number | undefined): Promise<ReviewServer> {
  try {
    return await serveReview(desk, assetsOf(readPageFiles()), { port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new CliError(`port ${port} is taken`, "Choose another one, or leave --port out.");
    if (code === "EACCES")
      throw new CliError(`port ${port} needs rights that you lack`, "Choose one from 1024 on.");
    throw error;
  }
}

function portOf({ port }: ReviewArguments): number | undefined {
  if (port === undefined) return undefined;
  const number = /^\d+$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535)
    throw new CliError(`--port: expected 1 to 65535, not "${port}"`, "For example --port 8123.");
  return number;
}

/** Ctrl-C ends the server, cleans up, and then ends deroot the way the signal would have. */
function stopOnSignals(server: ReviewServer): { end(): void } {
  let caught: NodeJS.Signals | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    caught = signal;
    void server.close();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, listener);
  return {
    end() {
      for (const signal of signals) process.off(signal, listener);
      if (caught !== null) process.kill(process.pid, caught);
    },
  };
}
