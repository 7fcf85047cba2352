import { createColors } from "picocolors";
import yargs from "yargs";
import { check } from "./check.ts";
import { explain } from "./explain.ts";
import { migrate } from "./migrate.ts";
import { org } from "./org.ts";
import { review } from "./review.ts";
import type { Choose } from "./support/choose.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { closest } from "./support/closest.ts";
import { wantsColour } from "./support/streams.ts";
import { TOOL } from "./support/tool.ts";
import { verify } from "./verify.ts";

/** Runs one command line; returns the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  // Parsed first and run afterwards: for commands that it awaits itself, yargs lays out the help beforehand.
  let action = (): Promise<ExitCode> => Promise.resolve(EXIT.done);
  const choose: Choose = (chosen) => {
    action = chosen;
  };
  const parser = withoutTypes(yargs(args))
    .scriptName("deroot")
    .usage(
      "Rewrites Dockerfiles that run as root so that they run as an unprivileged user.\n\nUsage: $0 [command] [paths..]",
    )
    .command(migrate(choose))
    .command(check(choose))
    .command(review(choose))
    .command(verify(choose))
    .command(org(choose))
    .command(explain(choose))
    .option("color", { type: "boolean", describe: "Colour, also in a pipe; --no-color for none" })
    .group(["help", "version", "color"], "Other:")
    .version(TOOL.version)
    .alias("version", "V")
    .alias("help", "h")
    .strict()
    .detectLocale(false)
    .updateStrings(STRINGS)
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "strip-dashed": true })
    .wrap(Math.min(process.stdout.columns ?? 80, 90))
    .epilogue("Exit codes: 0 done, 1 check found something, 2 usage or input error, 3 some file failed")
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(message, knownOptions(parser), args);
    });
  try {
    parser.parse();
    return await action();
  } catch (error) {
    return report(error, args);
  }
}

/** The only place where errors are told. */
function report(error: unknown, args: readonly string[]): ExitCode {
  const asked = args.includes("--no-color") ? false : args.includes("--color") ? true : undefined;
  const colours = createColors(wantsColour(process.stderr, asked));
  if (error instanceof CliError) {
    process.stderr.write(`${colours.red("deroot:")} ${error.message}\n`);
    if (error.hint !== null) process.stderr.write(`${error.hint.replace(/^/gm, "  ")}\n`);
    return error.exitCode;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${colours.red("deroot:")} an error that should not happen; please report it\n${details}\n`,
  );
  return EXIT.failed;
}

/** The help names no types. Missing in the types of yargs. */
function withoutTypes<T>(parser: T): T {
  return (parser as { usageConfiguration(options: object): T }).usageConfiguration({ "hide-types": true });
}

/** Missing in the types of yargs: all options, of the command that was chosen too. */
function knownOptions(parser: unknown): string[] {
  return Object.keys((parser as { getOptions(): { key: object } }).getOptions().key);
}

function usageError(message: string, options: readonly string[], args: readonly string[]): CliError {
  const all = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(", ") ?? [];
  const word = all.find((each) => args.includes(each));
  if (word !== undefined)
    return new CliError(`"${word}" is one word too many`, "deroot --help shows commands and options.");
  const [unknown] = all;
  if (unknown === undefined) return new CliError(message, "deroot --help shows the options.");
  const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);
  const known = options.filter((name) => name.length > 1);
  const near = closest(unknown, known);
  return new CliError(
    `there is no option ${dashed(unknown)}`,
    near === null ? "deroot --help shows the options." : `Did you mean ${dashed(near)}?`,
  );
}

const STRINGS = {
  "Commands:": "Commands:",
  "Positionals:": "Arguments:",
  "Show help": "Show this help",
  "Show version number": "Show the version",
};
