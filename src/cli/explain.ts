import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";

export interface ExplainArguments {
  readonly topic?: string | undefined;
  readonly json?: boolean | undefined;
  readonly inspect?: "engine" | "registry" | undefined;
  readonly platform?: string | undefined;
  readonly keep?: boolean | undefined;
}

export const explain = (choose: Choose): CommandModule<object, ExplainArguments> => ({
  command: "explain [topic]",
  describe: "Tell about a pass, a decline, or an image",
  builder: (command) =>
    command
      .positional("topic", { type: "string", describe: "A name from a summary, or an image reference" })
      .option("json", { type: "boolean", describe: "What is known of an image, as JSON" })
      .option("inspect", {
        choices: ["engine", "registry"] as const,
        requiresArg: true,
        describe: "Ask the image itself: a local one through an engine, or its registry",
      })
      .option("platform", {
        type: "string",
        requiresArg: true,
        implies: "inspect",
        describe: "Which of an image's platforms to ask: linux/arm64",
      })
      .option("keep", {
        type: "boolean",
        implies: "inspect",
        describe: "Write what it says to .deroot/images, for later runs here",
      })
      .example("$0 explain", "List the topics")
      .example("$0 explain nginx:1.25", "What deroot knows of an image"),
  handler: (args) => choose(async () => (await import("./run-explain.ts")).runExplain(args)),
});
