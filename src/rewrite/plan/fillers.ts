import { type ImageModel, type Step, isInside, isSystemDirectory } from "../../analysis/index.ts";
import type { ShellCommand } from "../../shell/index.ts";

/** Commands that concern a directory, not what is in it. */
const OWN_BUSINESS = new Set([
  "mkdir",
  "chown",
  "chmod",
  "chgrp",
  "install",
  "rm",
  "rmdir",
  "cd",
  "ls",
  "test",
  "[",
  "echo",
  "touch",
]);

/**
 * The steps, run as root, that are about more than the directory itself and so may have put something into it. What
 * works in `/` or `/usr` may put something anywhere below, but hardly into a directory that another step makes.
 */
export function fillers(model: ImageModel, path: string, isMade = false): Step[] {
  return model.steps.filter(
    (step) =>
      step.root &&
      step.commands.some((command, index) => {
        if (command.name === null) return false;
        const { writes: written } = step.effects[index]!;
        if (OWN_BUSINESS.has(command.name))
          return written.some(
            (w) => w.kind !== "delete" && !w.directory && w.path !== path && isInside(w.path, path),
          );
        const named = command.argv
          .slice(1)
          .some((word) => word.value?.startsWith("/") === true && isInside(word.value, path));
        const writes = written.some(
          (w) =>
            w.kind !== "delete" &&
            (isInside(w.path, path) ||
              (w.recursive &&
                isInside(path, w.path) &&
                !(isMade && isSystemDirectory(w.path)) &&
                !(installs(command) && !isInside(path, `${w.path}/node_modules`)))),
        );
        return named || writes;
      }),
  );
}

/** npm and its like, which fill `node_modules` and nothing else of the directory they work in. */
function installs({ name, argv }: ShellCommand): boolean {
  const verb = argv.slice(1).find(({ prefix }) => !prefix.startsWith("-"));
  return INSTALLERS.has(name ?? "") && (verb === undefined || INSTALLING.has(verb.value ?? ""));
}

const INSTALLERS = new Set(["npm", "pnpm", "yarn"]);
const INSTALLING = new Set(["add", "ci", "clean-install", "i", "install", "prune"]);

/** A RUN to whose end `&& chown …` can be added: a plain command line whose last command runs for certain. */
export function endsPlainly(step: Step): boolean {
  const { instruction, opaque, commands } = step;
  const last = commands[commands.length - 1];
  if (!last || opaque || instruction.json || instruction.heredocs.length > 0) return false;
  if (last.conditional || last.background || last.substitution || last.function !== null) return false;
  if (
    commands.some(
      (command) => command.name === "exit" || command.name === "exec" || command.name === "return",
    )
  )
    return false;
  const line = instruction.body.text.trimEnd().split("\n").pop() ?? "";
  return /[\w"'./)*-]$/.test(line) && !/(^|[^\\])#/.test(line);
}

/** The base has pages of its own there, which are root's: `index.html` of nginx and httpd. */
export function bringsPages({ base }: ImageModel, path: string): boolean {
  if (!base.image || base.inferred) return false;
  return PAGES.some((pages) => pages.path === path && pages.image.test(base.image!.reference));
}

/** docker-library/nginx and httpd: what their packages and sources install. */
const PAGES = [
  { image: /(?:^|\/)nginx(?::|@|$)/, path: "/usr/share/nginx/html" },
  { image: /(?:^|\/)httpd(?::|@|$)/, path: "/usr/local/apache2/htdocs" },
];
