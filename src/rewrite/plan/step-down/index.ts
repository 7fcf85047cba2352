import { posix } from "node:path";
import { type ImageModel, absolute, isInside, isSystemPath } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import type { Edit, Evidence, Reason, RewriteOptions } from "../../types.ts";
import type { PlannedAccount } from "../account.ts";
import { canRun } from "../account.ts";
import type { Handover } from "../handover.ts";
import { type StartPrefix, prefixStart } from "../start-prefix.ts";
import { looksLikeFile } from "../written/wishes.ts";
import { entrypointScript } from "./script.ts";
import { stepDownTool } from "./tools.ts";

/**
 * An entrypoint in place of USER: it starts as root, hands over the directories whose owner a mount decides, and
 * runs the app as the account. The script is a file of the build context, which every builder can copy; a heredoc
 * in the Dockerfile would be shorter, but the classic builder, kaniko and older buildah do not read it.
 */
export interface StepDown {
  /** The new file, in the tree. */
  readonly file: string;
  readonly text: string;
  /** The same, as COPY names it. */
  readonly source: string;
  readonly destination: string;
  readonly install: string | null;
  /** `ARG UID=…` and such: above ENV, in the target stage. */
  readonly args: readonly string[];
  readonly env: string;
  readonly start: StartPrefix;
  /** Lets the builder see the new file. */
  readonly ignoreFile: Edit | null;
  readonly paths: readonly string[];
  readonly evidence: readonly Evidence[];
}

const DIRECTORY = "/usr/local/bin";

export function planStepDown(
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
  path: string,
  account: PlannedAccount,
  handover: Handover,
): StepDown | Reason {
  if (!canRun(model)) return obstacle("The image has no shell that could run an entrypoint script.");
  const tool = stepDownTool(model);
  if (!tool)
    return obstacle(
      `Nothing is known in ${model.base.raw} that could change the user: no setpriv, su-exec or gosu, and no package of one.`,
    );
  const { uid } = account;
  if (uid === null)
    return obstacle(
      `The uid of ${account.name ?? "the account"} is not known.`,
      "Give the account a fixed uid where the Dockerfile makes it.",
    );
  const gid = account.gid ?? uid;
  const name = scriptName(path, model);
  const destination = `${DIRECTORY}/${name}`;
  const start = prefixStart(model, path, [destination]);
  if (!start)
    return obstacle(
      `What ${model.base.raw} starts is not known, and a new ENTRYPOINT would hide it.`,
      "Write the ENTRYPOINT into the Dockerfile.",
    );
  const folder = folderOf(path, around.context);
  const file = posix.join(folder, name);
  if (around.files.has(file)) return obstacle(`${file} is there already.`, "Rename it.");
  const source = posix.relative(around.context, file);
  const { paths, evidence } = mountable(model, around, account, handover);
  const known = (variable: string) =>
    account.args.length > 0 || model.final.env.get(variable)?.instruction.stage === model.target.index;
  return {
    file,
    text: entrypointScript({ tool: tool.name, uid, gid, home: account.home ?? "/", paths }),
    source,
    destination,
    install: tool.install,
    args: [...(known("UID") ? [] : [`ARG UID=${uid}`]), ...(known("GID") ? [] : [`ARG GID=${gid}`])],
    env: `ENV UID=$UID GID=$GID${options.umask === undefined ? "" : ` UMASK=${options.umask}`}`,
    start,
    ignoreFile: seen(around, source),
    paths,
    evidence,
  };
}

function obstacle(
  message: string,
  remedy = "Leave --strategy entrypoint out: USER needs none of it.",
): Reason {
  return { code: "step-down", message, remedy, line: null };
}

/** One per image: what it hands over and how differs. */
function scriptName(path: string, model: ImageModel): string {
  const own = posix
    .basename(path)
    .replace(/^(docker|container)file[._-]?|[._-]?(docker|container)file$/gi, "");
  const target = model.target.index === model.dockerfile.stages.length - 1 ? "" : (model.target.name ?? "");
  const parts = [own, target]
    .filter((part) => part !== "")
    .map((part) => `.${part.replace(/[^\w.-]/g, "-")}`);
  return `deroot-entrypoint${parts.join("")}.sh`;
}

/** Beside the Dockerfile, where the builder sees that. */
function folderOf(path: string, context: string): string {
  const own = posix.dirname(path) === "." ? "" : posix.dirname(path);
  return context === "" || isInside(own, context) ? own : context;
}

/** Takes the file back from what .dockerignore leaves out. */
function seen(around: Surroundings, source: string): Edit | null {
  const { dockerignore } = around;
  if (!dockerignore?.leavesOut(source)) return null;
  const { path, text } = dockerignore;
  const line = `${text === "" || text.endsWith("\n") ? "" : "\n"}!${source}\n`;
  return { path, start: text.length, end: text.length, text: line };
}

/**
 * What is known to be written, the home, and what compose files mount from the host. Never what only may be written,
 * nor what a COPY fills: mounted for development, it is somebody's working copy.
 */
function mountable(
  model: ImageModel,
  around: Surroundings,
  account: PlannedAccount,
  handover: Handover,
): { paths: string[]; evidence: Evidence[] } {
  const found = new Map<string, readonly Evidence[]>();
  for (const path of handover.paths) {
    if (!path.isGuess) found.set(path.path, path.evidence);
  }
  if (account.home?.startsWith("/home/") && !found.has(account.home)) found.set(account.home, []);
  for (const service of around.services) {
    for (const mount of service.volumes) {
      const target = absolute(mount.target, "/");
      if (mount.type !== "bind" || mount.readOnly || target === null || found.has(target)) continue;
      if (isSystemPath(target) || looksLikeFile(target) || isCopied(model, target)) continue;
      const says = `${service.name} mounts ${mount.source ?? "a directory of the host"} here`;
      found.set(target, [{ source: "companion", where: service.file, line: mount.line, says }]);
    }
  }
  const paths = [...found.keys()].filter(
    (path) => ![...found.keys()].some((other) => other !== path && isInside(path, other)),
  );
  return { paths: paths.sort(), evidence: [...found.values()].flat() };
}

function isCopied(model: ImageModel, target: string): boolean {
  return model.steps.some(({ copy }) => copy?.destination && isInside(copy.destination, target));
}
