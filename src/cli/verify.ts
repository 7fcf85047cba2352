import type { CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const BUILD = "How images are built and run:";
const COMPARE = "What is compared, and what follows:";
const OUTPUT = "What is printed:";

export interface VerifyArguments extends RewriteArguments {
  readonly network?: string | undefined;
  readonly buildArg?: readonly string[] | undefined;
  readonly secret?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly envFile?: readonly string[] | undefined;
  readonly mount?: readonly string[] | undefined;
  readonly probe?: readonly string[] | undefined;
  readonly probeCmd?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
  readonly buildTimeout?: string | undefined;
  readonly learn?: boolean | undefined;
  readonly repair?: boolean | undefined;
  readonly keep?: boolean | undefined;
  readonly format?: string | undefined;
}

const several = { type: "string", array: true, nargs: 1 } as const;

export const verify = (choose: Choose): CommandModule<object, VerifyArguments> => ({
  command: "verify [paths..]",
  describe: "Build and run before and after with a container engine, and compare",
  builder: (command) =>
    command
      .positional("paths", {
        type: "string",
        array: true,
        describe: "Dockerfiles, or folders to look in [default: .]",
      })
      .options({
        engine: {
          type: "string",
          group: BUILD,
          choices: ["docker", "docker-classic", "podman", "buildah"] as const,
          describe: "Which engine [default: the first that answers]",
        },
        network: {
          type: "string",
          group: BUILD,
          requiresArg: true,
          describe: "Network of build steps: host",
        },
        "build-arg": { ...several, group: BUILD, describe: "NAME=VALUE for the build" },
        platform: { type: "string", group: BUILD, requiresArg: true, describe: "As in docker build" },
        secret: { ...several, group: BUILD, describe: "As in docker build" },
        env: { ...several, group: BUILD, alias: "e", describe: "NAME=VALUE for the containers" },
        "env-file": { ...several, group: BUILD, describe: "The same from FILE" },
        mount: { ...several, group: BUILD, describe: "As in docker run" },
        timeout: {
          type: "string",
          group: BUILD,
          requiresArg: true,
          describe: "Seconds a container may take to come up [default: 30]",
        },
        "build-timeout": {
          type: "string",
          group: BUILD,
          requiresArg: true,
          describe: "Seconds a build may take [default: 1200]",
        },
        probe: { ...several, group: COMPARE, describe: "A request: 'GET :8080/health 200'" },
        "probe-cmd": { ...several, group: COMPARE, describe: "A command in the container that must work" },
        learn: {
          type: "boolean",
          group: COMPARE,
          describe: "Keep what the app did as root in .deroot/evidence.json",
        },
        repair: {
          type: "boolean",
          group: COMPARE,
          describe: "Rewrite again with what went wrong, until it works",
        },
        keep: { type: "boolean", group: COMPARE, describe: "Leave containers and images in place" },
        format: {
          type: "string",
          group: OUTPUT,
          choices: ["text", "json", "markdown"],
          default: "text",
          describe: "text (default), json or markdown",
        },
        ...REWRITE_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example("$0 verify", "Prove that the rewritten images do what the old ones do")
      .example("$0 verify --probe 'GET :8080/health 200' api/Dockerfile", "Ask more than the root page")
      .example("$0 verify --repair", "Let runs tell what the rewrite has missed"),
  handler: (args) => choose(async () => (await import("./run-verify.ts")).runVerify(args)),
});
