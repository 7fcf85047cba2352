import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const WHERE = "Where the patch goes (default: standard output):";

export interface MigrateArguments extends RewriteArguments {
  readonly write?: boolean | undefined;
  readonly outDir?: string | undefined;
  readonly patch?: string | undefined;
  readonly html?: string | undefined;
  readonly json?: boolean | undefined;
  readonly stdin?: boolean | undefined;
}

export const migrate = (choose: Choose): CommandModule<object, MigrateArguments> => ({
  command: ["migrate [paths..]", "$0"],
  describe: "Show the patch that makes Dockerfiles run unprivileged",
  builder: (command) =>
    command
      .positional("paths", {
        type: "string",
        array: true,
        describe: "Dockerfiles, or folders to look in [default: .]",
      })
      .options({
        write: { type: "boolean", alias: "w", group: WHERE, describe: "Change the files in place" },
        "out-dir": {
          type: "string",
          group: WHERE,
          requiresArg: true,
          describe: "Write changed copies below DIR",
        },
        patch: { type: "string", group: WHERE, requiresArg: true, describe: "Write the patch to FILE" },
        html: { type: "string", group: WHERE, requiresArg: true, describe: "Write a report to read to FILE" },
        json: { type: "boolean", group: WHERE, describe: "Print the report as JSON instead of the patch" },
        stdin: { type: "boolean", group: WHERE, describe: "Read one Dockerfile from standard input" },
        ...REWRITE_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .conflicts("stdin", ["write", "out-dir"])
      .conflicts("write", "out-dir")
      .example("$0", "Show what would change below this folder")
      .example("$0 --write services/api", "Change the files")
      .example("$0 > deroot.patch && git apply deroot.patch", "Read it first, then apply it")
      .example("$0 --ports 80=3000 --user app Dockerfile", "Choose port and account"),
  handler: (args) => choose(async () => (await import("./run-migrate.ts")).runMigrate(args)),
});
