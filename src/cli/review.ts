import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const REVIEW = "The review:";

export interface ReviewArguments extends RewriteArguments {
  readonly save?: string | undefined;
  readonly decisions?: string | undefined;
  readonly web?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly port?: string | undefined;
}

export const review = (choose: Choose): CommandModule<object, ReviewArguments> => ({
  command: "review [paths..]",
  describe: "Accept or reject the patch change by change",
  builder: (command) =>
    command
      .positional("paths", {
        type: "string",
        array: true,
        describe: "Dockerfiles, or folders to look in [default: .]",
      })
      .options({
        save: { type: "string", group: REVIEW, requiresArg: true, describe: "Keep the decisions in FILE" },
        decisions: {
          type: "string",
          group: REVIEW,
          requiresArg: true,
          describe: "Begin with the decisions in FILE; without a terminal: apply them",
        },
        web: { type: "boolean", group: REVIEW, describe: "In a browser instead of the terminal" },
        open: {
          type: "boolean",
          default: true,
          group: REVIEW,
          describe: "Open the browser (--no-open: don't)",
        },
        port: { type: "string", group: REVIEW, requiresArg: true, describe: "Port for --web [default: any]" },
        ...REWRITE_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example("$0 review", "Decide on every change below this folder")
      .example("$0 review --save decisions.json", "Keep what was decided")
      .example("$0 review --decisions decisions.json < /dev/null", "Apply it, as in CI"),
  handler: (args) => choose(async () => (await import("./run-review.ts")).runReview(args)),
});
