import {
  lstatSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  type Dirent,
  type Stats,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { TreeError, type FileMode, type FileTree, type TreeEntry } from "../file-tree.ts";
import { gitRules } from "./git-rules.ts";

export interface DiskTree extends FileTree {
  readonly root: string;
  /** The path of the file itself where `path` is or goes through a symbolic link. Throws a {@link TreeError}. */
  resolve(path: string): string;
}

export interface DiskTreeOptions {
  /** Folders below the root (`""` is the root itself) that bound what is listed and read. Default: all of it. */
  readonly scope?: readonly string[];
}

/** Never source code: nobody writes the Dockerfiles in there by hand. */
const SKIPPED: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".terraform",
  ".tox",
  ".venv",
  "__pycache__",
  "node_modules",
]);

/**
 * A folder on disk. Symbolic links are listed but folders behind them are not entered; a link is read only when
 * it leads to a file inside the scope. Folders that git ignores are left out, so that a working copy shows what
 * a fresh clone would. The folder is walked once, at the first `list`.
 */
export function diskTree(root: string, options: DiskTreeOptions = {}): DiskTree {
  const top = resolve(root);
  const scope = options.scope ?? [""];
  let listing: Promise<readonly TreeEntry[]> | undefined;
  let bounds: readonly string[] | undefined;
  const realPath = (path: string): string => {
    bounds ??= scope.map((folder) => realpathSync.native(join(top, folder)));
    return realPathInside(top, bounds, path);
  };
  return {
    root: top,
    list: () => (listing ??= Promise.resolve().then(() => walk(top, scope))),
    // Synchronous at heart: for many small files that is several times as fast.
    read: (path) => new Promise((done) => done(readRegularFile(path, realPath(path)))),
    resolve: (path) => relative(realpathSync.native(top), realPath(path)).split(sep).join("/"),
  };
}

/** Whether `path` is `folder` or lies below it; both absolute. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** `permission denied` instead of `EACCES: permission denied, open '…'`. */
export function systemMessage(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && SYSTEM_MESSAGES[code]) || message;
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "it is a folder",
  ELOOP: "the symbolic link leads in a circle",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EMFILE: "too many open files",
};

function realPathInside(root: string, bounds: readonly string[], path: string): string {
  if (path.includes("\0")) throw new TreeError(path, "it is not a file name");
  const file = resolve(root, path);
  if (!isInside(root, file)) throw new TreeError(path, "it is outside the folder that was given");
  const real = attempt(path, () => realpathSync.native(file));
  if (!bounds.some((bound) => isInside(bound, real))) {
    throw new TreeError(path, `it leads outside the folder that was given, to ${real}`);
  }
  return real;
}

function readRegularFile(path: string, real: string): Uint8Array {
  // A pipe or a device could block the run forever.
  if (!attempt(path, () => statSync(real)).isFile()) throw new TreeError(path, "it is not a regular file");
  return attempt(path, () => readFileSync(real));
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new TreeError(path, systemMessage(error), { cause: error });
  }
}

function walk(root: string, scope: readonly string[]): readonly TreeEntry[] {
  const rules = gitRules(root);
  const entries: TreeEntry[] = [];
  const seen = new Set<string>();
  const enter = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const children = childrenOf(join(root, folder));
    if (children.some((child) => child.name === ".gitignore")) rules?.enter(folder);
    for (const child of children) {
      const path = folder === "" ? child.name : `${folder}/${child.name}`;
      if (child.isFile()) entries.push(new DiskEntry(root, path, null));
      else if (child.isSymbolicLink()) entries.push(new DiskEntry(root, path, "symlink"));
      else if (child.isDirectory() && !SKIPPED.has(child.name) && !rules?.skips(path)) enter(path);
    }
  };
  // A folder given by name is walked even where the walk from above would have skipped it.
  for (const folder of scope) enter(folder.split(sep).join("/"));
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A folder that cannot be read has nothing to offer; a Dockerfile named in it fails when it is read. */
function childrenOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Asks for mode and size only when somebody wants them: on 50,000 files that is most of the time. */
class DiskEntry implements TreeEntry {
  readonly path: string;
  readonly #root: string;
  #mode: FileMode | null;
  #stats: Stats | undefined;

  constructor(root: string, path: string, mode: FileMode | null) {
    this.#root = root;
    this.path = path;
    this.#mode = mode;
  }

  get mode(): FileMode {
    return (this.#mode ??= ((this.#stat()?.mode ?? 0) & 0o111) === 0 ? "file" : "executable");
  }

  get size(): number | undefined {
    return this.#stat()?.size;
  }

  #stat(): Stats | undefined {
    return (this.#stats ??= lstatSync(join(this.#root, this.path), { throwIfNoEntry: false }));
  }
}
