import { posix } from "node:path";
import { type ImageModel, startsNothing } from "../../../analysis/index.ts";
import { isCopied, type SourceListen, type Surroundings } from "../../../companions/index.ts";
import type { ShellCommand } from "../../../shell/index.ts";
import { startedCommands } from "../started.ts";
import { runsStockServer } from "./stock.ts";

/** What the app's source listens on, where that source goes into the image and is what the container runs. */
export function sourceListens(model: ImageModel, around: Surroundings): readonly SourceListen[] {
  // Beneath a web server's own command the source is what was built, with a development server at most.
  if (runsStockServer(model, around)) return [];
  // What only builds, or is built on, listens to nobody.
  if (startsNothing(model) && around.services.length === 0) return [];
  const commands = startedCommands(model, around);
  return around.source.listens.filter(
    ({ site }) =>
      site === null ||
      (!around.isOthers(site.path) &&
        isCopied(model.dockerfile, around.context, site.path) &&
        (CONFIGURED[site.kind]?.(commands, posix.basename(site.path)) ?? true)),
  );
}

/** The image says which ports it listens on, and nobody says this one: the code may run in another place, or never. */
export function isElsewhere(from: number, { final }: ImageModel, around: Surroundings): boolean {
  const mapped = [
    ...around.services.flatMap(({ ports }) => ports.map(({ target }) => target)),
    ...around.deployment.workloads.flatMap(({ container }) => container.ports.map(({ port }) => port)),
  ];
  const exposed = final.exposed.map(({ port }) => port);
  return exposed.length > 0 && ![...exposed, ...mapped].includes(from);
}

/** A server's configuration counts where the server is started, and in the way that the setting is for. */
const CONFIGURED: Readonly<Record<string, (commands: readonly ShellCommand[], file: string) => boolean>> = {
  vite: started("vite", ["", "dev", "serve"]),
  "vite preview": started("vite", ["preview"]),
  "webpack-dev-server": (commands) =>
    started("webpack", ["serve", "server", "s"])(commands) ||
    started("rspack", ["serve", "dev", "s"])(commands) ||
    commands.some(({ name }) => name === "webpack-dev-server"),
  "vue-cli": started("vue-cli-service", ["serve"]),
  astro: started("astro", ["dev", "preview"]),
  nuxt: started("nuxt", ["", "dev"]),
  gunicorn: (commands, file) =>
    commands.some(({ name, argv }) => {
      if (name !== "gunicorn") return false;
      const words = argv.map((word) => word.value ?? "");
      const at = words.findIndex((word) => /^(?:-c|--config)(?:=|$)/.test(word));
      const config = at < 0 ? "gunicorn.conf.py" : (/=(.*)/.exec(words[at]!)?.[1] ?? words[at + 1] ?? "");
      return posix.basename(config) === file || `${config.replace(/^python:(?:.*\.)?/, "")}.py` === file;
    }),
};

function started(program: string, verbs: readonly string[]): (commands: readonly ShellCommand[]) => boolean {
  return (commands) =>
    commands.some(({ name, argv }) => {
      const verb = argv[1]?.value ?? "";
      return name === program && verbs.includes(verb.startsWith("-") ? "" : verb);
    });
}
