import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";

interface ExplainArguments {
  readonly topic?: string | undefined;
}

export const explain = (choose: Choose): CommandModule<object, ExplainArguments> => ({
  command: "explain [topic]",
  describe: "Tell about a pass, a decline, or an image",
  builder: (command) =>
    command
      .positional("topic", { type: "string", describe: "A name from a summary, or an image reference" })
      .example("$0 explain", "List the topics")
      .example("$0 explain nginx:1.25", "What deroot knows of an image"),
  handler: ({ topic }) => choose(async () => (await import("./run-explain.ts")).runExplain(topic)),
});
