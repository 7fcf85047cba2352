/** One repository looked at: what deroot makes of each of its Dockerfiles, and what it would commit. */
import ignore from "ignore";
import { OptionError } from "../config/options.ts";
import { discover, isVendored } from "../file-tree/discover.ts";
import { Overlay } from "../file-tree/overlay.ts";
import { TreeError, type FileTree, type TreeEntry } from "../file-tree.ts";
import { failure, rewrite } from "../rewrite/index.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import { CODEOWNERS_PATHS, readCodeOwners, type CodeOwners } from "./codeowners.ts";
import type { CommitFile } from "./forge.ts";
import type { JobSettings } from "./job.ts";
import type { DockerfileCounts } from "./ledger.ts";
import { CONFIG_PATHS, readProposalOptions, resolveOptions, type ProposalOptions } from "./options.ts";

export interface Scan {
  readonly options: ProposalOptions;
  readonly counts: DockerfileCounts;
  /** Why nothing may be proposed here: the repository says so, or its configuration cannot be used. */
  readonly no: { readonly code: string; readonly message: string } | null;
  /** What goes into one pull request each; those without files have nothing to propose. */
  readonly groups: readonly Group[];
  readonly codeOwners: CodeOwners | null;
}

export interface Group {
  /** Null for the whole repository. */
  readonly directory: string | null;
  readonly results: readonly RewriteResult[];
  readonly files: readonly CommitFile[];
  /** Can be rewritten, too, but not in the same pull request: nobody would review it. */
  readonly later: readonly RewriteResult[];
}

export async function scan(
  source: FileTree,
  { organisation, given }: Pick<JobSettings, "organisation" | "given">,
): Promise<Scan> {
  const { tree, check } = watched(source);
  const entries = new Map((await tree.list()).map((entry) => [entry.path, entry]));
  const own = await ownOptions(tree, entries);
  const options = resolveOptions(organisation, own.options, given);
  const left = ignore().add(options.ignore);
  const dockerfiles = discover([...entries.values()]).dockerfiles.filter(
    // Where a link leads is looked at by its own name.
    ({ path, mode }) =>
      mode !== "symlink" && !isVendored(path) && !(ignore.isPathValid(path) && left.ignores(path)),
  );
  const nothing = { options, groups: [], codeOwners: null };
  if (dockerfiles.length > MOST_DOCKERFILES) {
    const message = `it has ${dockerfiles.length} Dockerfiles; deroot looks at ${MOST_DOCKERFILES} at most`;
    return { ...nothing, counts: countOnly(dockerfiles), no: { code: "too-many", message } };
  }
  const groups: Group[] = [];
  for (const [directory, paths] of grouped(dockerfiles, options.per))
    groups.push(await group(tree, entries, directory, paths, options));
  check();
  const counts = countsOf(groups.flatMap((each) => [...each.results, ...each.later]));
  // Who says no is counted all the same: progress is about what runs as root.
  const no = own.error ?? (options.enabled ? null : OPTED_OUT);
  if (no !== null) return { ...nothing, counts: { ...counts, rewritten: 0 }, no };
  return {
    options,
    counts,
    no,
    groups,
    codeOwners: await codeOwnersOf(tree, entries),
  };
}

/**
 * A file that cannot be read is taken for one that is not there. When it is the forge that fails, nothing that was
 * concluded holds.
 */
function watched(tree: FileTree): { readonly tree: FileTree; readonly check: () => void } {
  let failure: { readonly error: unknown } | null = null;
  return {
    tree: {
      list: () => tree.list(),
      async read(path) {
        try {
          return await tree.read(path);
        } catch (error) {
          if (!(error instanceof TreeError)) failure ??= { error };
          throw error;
        }
      },
    },
    check() {
      if (failure !== null) throw failure.error;
    },
  };
}

async function group(
  tree: FileTree,
  entries: ReadonlyMap<string, TreeEntry>,
  directory: string | null,
  paths: readonly string[],
  options: ProposalOptions,
): Promise<Group> {
  // Two Dockerfiles can share a compose file: the second one starts from what the first one leaves.
  const overlay = new Overlay(tree);
  const results: RewriteResult[] = [];
  const later: RewriteResult[] = [];
  const files = new Map<string, CommitFile>();
  let rewritten = 0;
  for (const path of paths) {
    // Lets signals and other repositories through.
    await new Promise((done) => setImmediate(done));
    const result = await attempt(overlay.tree, path, options);
    if (result.status === "rewritten" && ++rewritten > MOST_TOGETHER) {
      later.push(result);
      continue;
    }
    overlay.put(result.files, path);
    results.push(result);
    for (const file of result.files) {
      const isExecutable = entries.get(file.path)?.mode === "executable";
      const sets = file.mode?.endsWith("755") === true && !isExecutable;
      const before = files.get(file.path);
      files.set(file.path, {
        path: file.path,
        isNew: !entries.has(file.path),
        content: file.after,
        mode: isExecutable || sets || before?.mode === "executable" ? "executable" : "file",
        modeChanges: sets || before?.modeChanges === true,
      });
    }
  }
  return { directory, results, files: [...files.values()], later };
}

/** Whatever goes wrong in one file, the others are still done; but without the forge there is nothing to do. */
async function attempt(tree: FileTree, path: string, options: ProposalOptions): Promise<RewriteResult> {
  // eslint-disable-next-line no-control-regex -- no tool that people use agrees on what such a name means
  if (/[\x00-\x1f\x7f]/.test(path))
    return failure(path, "odd-name", "Its name holds control characters.", null);
  try {
    return await rewrite(tree, path, options.rewrite);
  } catch (error) {
    if (error instanceof TreeError) return failure(path, "unreadable", error.message, null);
    throw error;
  }
}

function grouped(
  dockerfiles: readonly TreeEntry[],
  per: ProposalOptions["per"],
): ReadonlyMap<string | null, readonly string[]> {
  const groups = new Map<string | null, string[]>();
  for (const { path } of dockerfiles) {
    const slash = path.lastIndexOf("/");
    const directory = per === "repository" ? null : slash === -1 ? "." : path.slice(0, slash);
    const paths = groups.get(directory);
    if (paths) paths.push(path);
    else groups.set(directory, [path]);
  }
  return groups;
}

interface OwnOptions {
  readonly options: Partial<ProposalOptions>;
  readonly error: Scan["no"];
}

async function ownOptions(tree: FileTree, entries: ReadonlyMap<string, TreeEntry>): Promise<OwnOptions> {
  const path = CONFIG_PATHS.find((each) => entries.has(each));
  if (path === undefined) return { options: {}, error: null };
  try {
    return { options: await readProposalOptions(await textOf(tree, path)), error: null };
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof TreeError)) throw error;
    // Perhaps it was meant to say no.
    return { options: {}, error: { code: "config", message: `${path}: ${error.message}` } };
  }
}

async function codeOwnersOf(
  tree: FileTree,
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<CodeOwners | null> {
  const path = CODEOWNERS_PATHS.find((each) => entries.has(each));
  if (path === undefined) return null;
  try {
    return readCodeOwners(await textOf(tree, path));
  } catch (error) {
    if (error instanceof TreeError) return null;
    throw error;
  }
}

async function textOf(tree: FileTree, path: string): Promise<string> {
  return new TextDecoder().decode(await tree.read(path));
}

function countsOf(results: readonly RewriteResult[]): DockerfileCounts {
  const count = (test: (result: RewriteResult) => boolean): number => results.filter(test).length;
  return {
    total: results.length,
    root: count(({ runsAsRoot }) => runsAsRoot.before === true),
    rewritten: count(({ status }) => status === "rewritten"),
    declined: count(({ status }) => status === "declined"),
    failed: count(({ status }) => status === "failed"),
  };
}

function countOnly(dockerfiles: readonly TreeEntry[]): DockerfileCounts {
  return { total: dockerfiles.length, root: 0, rewritten: 0, declined: 0, failed: 0 };
}

const OPTED_OUT = { code: "opted-out", message: 'the configuration says "enabled: false"' };
/** What a pull request rewrites: those after it come when it is merged. */
export const MOST_TOGETHER = 500;
/** More are not there for people to build. */
const MOST_DOCKERFILES = 2000;
