import { relative, resolve } from "node:path";
import type { Config } from "../../config/options.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { loadTransforms } from "../../config/transforms.ts";
import { memoryTree } from "../../file-tree/memory.ts";
import { Overlay } from "../../file-tree/overlay.ts";
import { select, type Selection } from "../../file-tree/select.ts";
import type { FileTree } from "../../file-tree.ts";
import { noTotals } from "../../report/report.ts";
import { attempt, failure } from "../../rewrite/index.ts";
import type { RewriteOptions, RewriteResult, Status } from "../../rewrite/types.ts";
import { passes } from "../../../transforms/index.ts";
import { closest } from "./closest.ts";
import { configuration, told } from "./configuration.ts";
import { CliError } from "./errors.ts";
import { keptAbove } from "./kept.ts";
import { optionsOf, type RewriteArguments } from "./options.ts";

/** What one command line asks for, found and checked before anything is done. */
export interface Session {
  readonly tree: FileTree;
  /** Absolute; null when the only file came from standard input. */
  readonly root: string | null;
  readonly dockerfiles: readonly string[];
  /** As each Dockerfile is rewritten with. */
  readonly options: RewriteOptions;
  readonly totals: Readonly<Record<Status, number>>;
  /** Told on standard error before the summary. */
  readonly notes: readonly Note[];
  /** Some path stands for nothing. */
  readonly hasProblems: boolean;
  /** How a path of the tree is called from where the user stands. */
  name(path: string): string;
  /** One result after the other; `settle` can still turn one into a failure, `onRead` hears of each file that is read. */
  results(
    settle?: (result: RewriteResult) => RewriteResult,
    onRead?: () => void,
  ): AsyncGenerator<RewriteResult>;
}

export interface Note {
  readonly level: "error" | "warning" | "note";
  readonly text: string;
  readonly hint: string | null;
}

export async function openSession(args: RewriteArguments): Promise<Session> {
  const cwd = process.cwd();
  const given = optionsOf(args);
  const selection = await select(args.paths ?? [], cwd);
  const loaded = await configuration(args.config, selection.start);
  const { tree, dockerfiles, start } = selection;
  const known = await bases(
    tree,
    dockerfiles,
    start,
    await rewriteOptions({ ...loaded.config, ...given }),
    args,
  );
  const { root } = tree;
  const name = (path: string): string => relative(cwd, resolve(root, path)).replaceAll("\\", "/") || path;
  return {
    ...running(tree, dockerfiles, known.options, selection),
    root,
    name,
    notes: [...notesOn(selection, loaded, name), ...known.notes],
    hasProblems: selection.problems.length > 0,
  };
}

/** A session on one Dockerfile that is not in a folder. */
export async function openStdin(args: RewriteArguments, content: Uint8Array): Promise<Session> {
  if ((args.paths?.length ?? 0) > 1)
    throw new CliError("--stdin reads one Dockerfile", "Give one path at most: its name.");
  const path = args.paths?.[0] ?? "Dockerfile";
  const loaded = await configuration(args.config, process.cwd());
  const options = await rewriteOptions({ ...loaded.config, ...optionsOf(args) });
  const tree = memoryTree({ [path]: content });
  const known = await bases(tree, [path], process.cwd(), options, args);
  const name = (file: string): string => file;
  return {
    ...running(tree, [path], known.options),
    root: null,
    name,
    notes: [...ignoredNotes(loaded, name), ...known.notes],
    hasProblems: false,
  };
}

function running(
  tree: FileTree,
  dockerfiles: readonly string[],
  options: RewriteOptions,
  selection?: Selection,
) {
  const totals = noTotals();
  const unreachable = new Map((selection?.unreachable ?? []).map((error) => [error.path, error]));
  const paths = [...dockerfiles, ...unreachable.keys()].sort();
  async function* results(
    settle = (result: RewriteResult): RewriteResult => result,
    onRead?: () => void,
  ): AsyncGenerator<RewriteResult> {
    // Two Dockerfiles can share a compose file: the second one starts from what the first one leaves.
    const overlay = new Overlay(onRead === undefined ? tree : heard(tree, onRead));
    for (const path of paths) {
      const error = unreachable.get(path);
      const result = settle(
        error
          ? failure(path, "unreadable", error.message, UNREACHABLE)
          : await attempt(overlay.tree, path, options),
      );
      overlay.put(result.files, path);
      totals[result.status]++;
      yield result;
      // Lets signals through.
      await new Promise((done) => setImmediate(done));
    }
  }
  return { tree, dockerfiles: paths, options, totals, results };
}

function heard(tree: FileTree, onRead: () => void): FileTree {
  return {
    list: () => tree.list(),
    read(path) {
      onRead();
      return tree.read(path);
    },
  };
}

const UNREACHABLE = "Name the file itself, or run deroot where it is.";

/** Adds what is known of base images where the user stands, and what those say that nobody knows. */
async function bases(
  tree: FileTree,
  dockerfiles: readonly string[],
  start: string,
  options: RewriteOptions,
  { inspect, engine, platform, quiet = false }: RewriteArguments,
): Promise<{ options: RewriteOptions; notes: readonly Note[] }> {
  const kept = await keptAbove(start);
  const known = kept.length === 0 ? options : { ...options, images: kept };
  if (inspect === undefined) return { options: known, notes: [] };
  const { askBases } = await import("./ask-bases.ts");
  const { images, notes } = await askBases(
    tree,
    dockerfiles,
    known,
    { how: inspect, engine: engine === "docker-classic" ? "docker" : engine, platform },
    quiet,
  );
  return { options: { ...known, images: [...kept, ...images] }, notes };
}

async function rewriteOptions({ transform = [], ...options }: Config): Promise<RewriteOptions> {
  const transforms = await told(() => loadTransforms(transform.map((file) => resolve(file))));
  const known = [...passes, ...transforms].map((pass) => pass.name);
  for (const name of [...(options.only ?? []), ...(options.skip ?? [])]) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    const guess = near === null ? "" : `Did you mean ${near}? `;
    throw new CliError(`there is no pass "${name}"`, `${guess}Passes are: ${known.join(", ")}.`);
  }
  return { ...options, transforms };
}

function notesOn(selection: Selection, loaded: LoadedConfig, name: (path: string) => string): Note[] {
  const problems = selection.problems.map(({ path, message, hint }): Note => {
    const command = /^[a-z]+$/.test(path) ? closest(path, ["migrate", "check", "explain"]) : null;
    const guess = command === null ? hint : `${hint} The command is called ${command}.`;
    return { level: "error", text: `${path}: ${message}`, hint: guess };
  });
  const templates = selection.templates.map(name).join(", ");
  const skipped: Note = {
    level: "note",
    text: `templates are not looked at unless named: ${templates}`,
    hint: null,
  };
  return [...problems, ...ignoredNotes(loaded, name), ...(templates === "" ? [] : [skipped])];
}

function ignoredNotes(loaded: LoadedConfig, name: (path: string) => string): Note[] {
  return loaded.ignored.map(({ file, message }) => ({
    level: "warning",
    text: `${name(file)} is ignored: ${message}`,
    hint: null,
  }));
}
