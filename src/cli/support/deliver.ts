import { createColors } from "picocolors";
import type { AnyReport, Report } from "../../report/report.ts";
import { colourDiff, printable, TextSummary, type TextOptions } from "../../report/text.ts";
import { FileSink, WriteError } from "../../report/write.ts";
import type { RewriteResult } from "../../rewrite/types.ts";
import { CliError, EXIT, type ExitCode } from "./errors.ts";
import type { RewriteArguments } from "./options.ts";
import { Progress } from "./progress.ts";
import type { Note, Session } from "./session.ts";
import { Output, wantsColour, widthOf } from "./streams.ts";

export interface Delivery {
  /** What goes to standard output. */
  readonly stdout: Report | null;
  /** Coloured where standard output takes colour. */
  readonly stdoutIsDiff?: boolean;
  readonly files: readonly { readonly path: string; readonly report: AnyReport }[];
  /** Standard output is all that is made: without a reader there is nothing left to do. */
  readonly onlyStdout?: boolean;
  readonly settle?: (result: RewriteResult) => RewriteResult;
}

/** Runs a session and takes its results to where they are wanted, one by one. */
export async function deliver(
  session: Session,
  delivery: Delivery,
  args: RewriteArguments,
): Promise<TextSummary> {
  const output = new Output(process.stdout);
  const palette = createColors(delivery.stdoutIsDiff === true && wantsColour(process.stdout, args.color));
  const summary = new TextSummary(summaryOptions(session, args, process.stderr));
  const sinks: Sink[] = [];
  const stop = delivery.files.length === 0 ? (): void => undefined : stopCleanly(sinks);
  const watched = {
    isTTY: process.stderr.isTTY && !(delivery.stdout && process.stdout.isTTY),
    columns: process.stderr.columns,
  };
  const progress = new Progress(
    { ...watched, write: (text) => process.stderr.write(text) },
    session.dockerfiles.length,
  );
  const say = (text: string): Promise<void> =>
    output.write(delivery.stdoutIsDiff && palette.isColorSupported ? colourDiff(text, palette) : text);
  try {
    for (const file of delivery.files) sinks.push(openSink(file));
    await say(delivery.stdout?.begin() ?? "");
    for (const { sink, report } of sinks) sink.write(report.begin());
    for await (const result of session.results(delivery.settle, () => progress.read())) {
      summary.add(result);
      progress.advance(session.name(result.dockerfile));
      await say(delivery.stdout?.add(result) ?? "");
      for (const { sink, report } of sinks) sink.write(await report.add(result));
      if (delivery.onlyStdout && !output.isOpen) break;
    }
    await say(delivery.stdout?.end(session.totals) ?? "");
    for (const { sink, report } of sinks) sink.write(await report.end(session.totals));
    for (const { path, sink } of sinks) explainWriteError(path, () => sink.commit());
  } catch (error) {
    for (const { sink } of sinks) sink.abandon();
    throw error;
  } finally {
    progress.clear();
    stop();
  }
  return summary;
}

export function summaryOptions(
  session: Session,
  args: RewriteArguments,
  stream: { readonly isTTY?: boolean; readonly columns?: number },
): TextOptions {
  return {
    palette: createColors(wantsColour(stream, args.color)),
    width: widthOf(stream),
    verbose: args.verbose ?? false,
    name: (path) => session.name(path),
  };
}

export function tellNotes(notes: readonly Note[], args: RewriteArguments): void {
  const colours = createColors(wantsColour(process.stderr, args.color));
  const paint = { error: colours.red, warning: colours.yellow, note: colours.dim };
  for (const { level, text, hint } of notes) {
    if (args.quiet && level === "note") continue;
    process.stderr.write(
      `${paint[level](`${level}:`)} ${printable(text)}\n${hint === null ? "" : `  ${printable(hint)}\n`}`,
    );
  }
}

export function exitCodeOf(session: Session, found = false): ExitCode {
  if (session.totals.failed > 0) return EXIT.failed;
  if (session.hasProblems) return EXIT.usage;
  return found ? EXIT.found : EXIT.done;
}

interface Sink {
  readonly path: string;
  readonly sink: FileSink;
  readonly report: AnyReport;
}

function openSink({ path, report }: Delivery["files"][number]): Sink {
  return { path, report, sink: explainWriteError(path, () => new FileSink(path)) };
}

function explainWriteError<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof WriteError) throw new CliError(`${path}: ${error.message}`, error.hint);
    throw error;
  }
}

/**
 * Half a report is worth nothing: it goes when the run is interrupted. Not for other runs, because without a
 * listener a signal ends the process at once, even in the middle of a long computation.
 */
function stopCleanly(sinks: readonly Sink[]): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = (): void => {
      for (const { sink } of sinks) sink.abandon();
      process.kill(process.pid, signal);
    };
    process.once(signal, listener);
    return [signal, listener] as const;
  });
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
