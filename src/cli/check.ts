import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const OUTPUT = "What is printed:";

export interface CheckArguments extends RewriteArguments {
  readonly format?: string | undefined;
  readonly sarif?: string | undefined;
}

export const check = (choose: Choose): CommandModule<object, CheckArguments> => ({
  command: "check [paths..]",
  describe: "The same as a gate: exit code 1 if anything would change",
  builder: (command) =>
    command
      .positional("paths", {
        type: "string",
        array: true,
        describe: "Dockerfiles, or folders to look in [default: .]",
      })
      .options({
        format: {
          type: "string",
          group: OUTPUT,
          choices: ["text", "json", "sarif", "markdown"],
          default: "text",
          describe: "text (default), json, sarif or markdown",
        },
        sarif: { type: "string", group: OUTPUT, requiresArg: true, describe: "Also write SARIF to FILE" },
        ...REWRITE_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example("$0 check", "Fail if a Dockerfile here could run unprivileged")
      .example("$0 check --sarif deroot.sarif", "For code scanning")
      .example("$0 check --format markdown >> $GITHUB_STEP_SUMMARY", "For a job summary"),
  handler: (args) => choose(async () => (await import("./run-check.ts")).runCheck(args)),
});
