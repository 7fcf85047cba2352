import type { CommandModule } from "yargs";
import type { ExitCode } from "./support/errors.ts";

interface ExplainArguments {
  readonly topic?: string | undefined;
}

export const explain = (finish: (code: ExitCode) => void): CommandModule<object, ExplainArguments> => ({
  command: "explain [topic]",
  describe: "Tell about a pass, a decline, or an image",
  builder: (command) =>
    command
      .positional("topic", { type: "string", describe: "A name from a summary, or an image reference" })
      .example("$0 explain", "List the topics")
      .example("$0 explain nginx:1.25", "What deroot knows of an image"),
  handler: async ({ topic }) => {
    const { runExplain } = await import("./run-explain.ts");
    finish(await runExplain(topic));
  },
});
