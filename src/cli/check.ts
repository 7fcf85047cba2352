import type { CommandModule } from "yargs";
import type { ExitCode } from "./support/errors.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const OUTPUT = "What is printed:";

export interface CheckArguments extends RewriteArguments {
  readonly format?: string | undefined;
  readonly sarif?: string | undefined;
}

export const check = (finish: (code: ExitCode) => void): CommandModule<object, CheckArguments> => ({
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
          describe: "How findings are printed on standard output",
        },
        sarif: { type: "string", group: OUTPUT, requiresArg: true, describe: "Also write SARIF to FILE" },
        ...REWRITE_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example("$0 check", "Fail if a Dockerfile here could run unprivileged")
      .example("$0 check --sarif deroot.sarif", "For code scanning")
      .example("$0 check --format markdown >> $GITHUB_STEP_SUMMARY", "For a job summary"),
  handler: async (args) => {
    const { runCheck } = await import("./run-check.ts");
    finish(await runCheck(args));
  },
});
