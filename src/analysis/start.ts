import type { ShellCommand } from "../shell/index.ts";
import type { ImageModel, Start } from "./model.ts";
import { absolute } from "./paths.ts";

/** A script or program that the container starts, as a path in the image. */
export interface StartFile {
  readonly path: string;
  /** Named without a directory: found on PATH, so `path` is a guess at one of its directories. */
  readonly onPath: boolean;
  /** Started through an interpreter (`sh start.sh`), so its x bit does not matter. */
  readonly interpreted: boolean;
}

const INTERPRETERS = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);
const PATH_DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** ENTRYPOINT and CMD, in the order they run. */
export function starts(model: ImageModel): Start[] {
  return [model.final.entrypoint, model.final.cmd].filter((start): start is Start => start !== null);
}

/** Every command that ENTRYPOINT and CMD name. */
export function startCommands(model: ImageModel): ShellCommand[] {
  return starts(model).flatMap((start) => [...start.commands]);
}

/** Neither the file nor a service in its base is started: others are likely to build on the image. */
export function startsNothing(model: ImageModel): boolean {
  const { cmd, entrypoint } = model.final;
  const inherits = model.base.image?.strategy !== "create-user" && model.base.image !== null;
  return !cmd?.instruction && !entrypoint?.instruction && !inherits;
}

/** The files a command runs, as paths in the image: candidates, in the order to look for them. */
export function filesStartedBy(command: ShellCommand, workdir: string | null): StartFile[] {
  const name = command.argv[0]?.value ?? null;
  if (name === null) return [];
  if (INTERPRETERS.has(name.replace(/^.*\//, ""))) {
    const script = command.argv.slice(1).find((word) => !(word.value ?? "-").startsWith("-"));
    const path = script?.value ? absolute(script.value, command.cwd ?? workdir) : null;
    return path ? [{ path, onPath: false, interpreted: true }] : [];
  }
  if (name === "." || name === "source") {
    const path = command.argv[1]?.value ? absolute(command.argv[1].value, command.cwd ?? workdir) : null;
    return path ? [{ path, onPath: false, interpreted: true }] : [];
  }
  if (name.includes("/")) {
    const path = absolute(name, command.cwd ?? workdir);
    return path ? [{ path, onPath: false, interpreted: false }] : [];
  }
  return PATH_DIRECTORIES.map((directory) => ({
    path: `${directory}/${name}`,
    onPath: true,
    interpreted: false,
  }));
}
