import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
} from "node:fs";
import {
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { FileChange, RewriteResult } from "../rewrite/types.ts";
import { isInside, systemMessage } from "../file-tree/disk.ts";

/** A file that could not be written; it is as it was. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  readonly path: string;
  readonly hint: string;
  constructor(path: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.hint = hint;
  }
}

/**
 * Changes the files of one result below `root`. All new files are laid down beside the old ones first and then
 * renamed over them, so that each file is the old or the new one, whole, whenever the process dies. The Dockerfile
 * goes last: if it dies in between, the next run still sees that there is work.
 */
export function writeInPlace(root: string, result: RewriteResult): void {
  writeTogether(root, result.files, [result.dockerfile]);
}

/** The same for the files of several results, all of them or none; `dockerfiles` go last. */
export function writeTogether(
  root: string,
  files: readonly FileChange[],
  dockerfiles: readonly string[],
): void {
  const last = (file: FileChange): number => (dockerfiles.includes(file.path) ? 1 : 0);
  const sorted = [...files].sort((a, b) => last(a) - last(b));
  replaceAll(sorted.map((file) => planInPlace(root, file)));
}

/** Writes the changed files of one result below `folder`, and leaves the originals alone. */
export function writeCopies(root: string, folder: string, result: RewriteResult): void {
  replaceAll(
    result.files.map((file) => {
      const target = locate(folder, file.path);
      const original = statSync(resolve(root, file.path), { throwIfNoEntry: false });
      return {
        path: file.path,
        target,
        content: file.after,
        mode: newMode(file, original),
        owner: null,
        before: undefined,
      };
    }),
  );
}

/** Removes what a run that was killed has left behind among these paths. Returns what was removed. */
export function removeStale(root: string, paths: readonly string[]): string[] {
  const stale = paths.filter((path) => {
    const pid = TEMPORARY.exec(path)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const path of stale) rmSync(resolve(root, path), { force: true });
  return stale;
}

/** A file that is written piece by piece and appears, whole, when it is finished. */
export class FileSink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#target = existsSync(path) ? realpathSync.native(path) : resolve(path);
    if (existsSync(path) && !statSync(path).isFile()) {
      throw new WriteError(path, "it is not a regular file", "Name a file that may be written.");
    }
    const folder = dirname(this.#target);
    this.#temporary = temporaryName(folder);
    this.#descriptor = guarded(path, () => {
      mkdirSync(folder, { recursive: true });
      return openSync(this.#temporary, "wx", 0o666);
    });
  }

  write(text: string): void {
    writeAll(this.#descriptor, Buffer.from(text));
  }

  commit(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    renameSync(this.#temporary, this.#target);
  }

  abandon(): void {
    rmSync(this.#temporary, { force: true });
  }
}

interface Replacement {
  readonly path: string;
  readonly target: string;
  readonly content: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** What the file must hold until it is replaced: null is no file, undefined is anything. */
  readonly before: string | null | undefined;
}

function planInPlace(root: string, file: FileChange): Replacement {
  const target = locate(root, file.path);
  const stats = lstatSync(target, { throwIfNoEntry: false });
  const { path, before, after: content } = file;
  if (stats === undefined)
    return { path, target, content, mode: newMode(file, undefined), owner: null, before };
  try {
    accessSync(target, constants.W_OK);
  } catch (error) {
    throw new WriteError(
      path,
      `it cannot be written: ${systemMessage(error)}`,
      "Make it writable and run deroot again.",
      {
        cause: error,
      },
    );
  }
  return { path, target, content, mode: newMode(file, stats), owner: stats, before };
}

/** The file to replace: symbolic links are followed as long as they stay inside the folder. */
function locate(folder: string, path: string): string {
  const top = resolve(folder);
  const named = resolve(top, path);
  const outside = (real: string): WriteError =>
    new WriteError(path, `it leads outside ${folder}, to ${real}`, "Run deroot where the file itself is.");
  if (!isInside(top, named)) throw outside(named);
  return guarded(path, () => {
    mkdirSync(top, { recursive: true });
    const bound = realpathSync.native(top);
    let existing = named;
    while (lstatSync(existing, { throwIfNoEntry: false }) === undefined) existing = dirname(existing);
    const real = join(realpathSync.native(existing), named.slice(existing.length));
    if (!isInside(bound, real)) throw outside(real);
    mkdirSync(dirname(real), { recursive: true });
    return real;
  });
}

function newMode(file: FileChange, original: Stats | undefined): number {
  const mode = original === undefined ? 0o644 : original.mode & 0o7777;
  if (file.mode === null) return mode;
  // git knows of one bit only; who may read may execute, as `chmod +x` does.
  return file.mode.endsWith("755") ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

function replaceAll(replacements: readonly Replacement[]): void {
  const laid: { readonly temporary: string; readonly replacement: Replacement }[] = [];
  try {
    for (const replacement of replacements) {
      const temporary = temporaryName(dirname(replacement.target));
      laid.push({ temporary, replacement });
      guarded(replacement.path, () => layDown(temporary, replacement));
    }
    for (const { replacement } of laid) expectUnchanged(replacement);
    for (const { temporary, replacement } of laid) {
      guarded(replacement.path, () => renameSync(temporary, replacement.target));
    }
  } catch (error) {
    for (const { temporary } of laid) rmSync(temporary, { force: true });
    throw error;
  }
  for (const folder of new Set(replacements.map(({ target }) => dirname(target)))) syncFolder(folder);
}

function layDown(temporary: string, { content, mode, owner }: Replacement): void {
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    writeAll(descriptor, Buffer.from(content));
    if (owner !== null) keepOwner(descriptor, owner);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Only root can give files away; for others the file becomes theirs, as with any editor. */
function keepOwner(descriptor: number, { uid, gid }: { uid: number; gid: number }): void {
  if (process.getuid === undefined) return;
  try {
    fchownSync(descriptor, process.getuid() === 0 ? uid : process.getuid(), gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

function expectUnchanged({ path, target, before }: Replacement): void {
  if (before === undefined) return;
  const now = existsSync(target) ? guarded(path, () => readFileSync(target)) : null;
  const same = before === null ? now === null : now?.equals(Buffer.from(before));
  if (!same) throw new WriteError(path, "it was changed by somebody else meanwhile", "Run deroot again.");
}

function writeAll(descriptor: number, content: Buffer): void {
  for (let offset = 0; offset < content.length;) offset += writeSync(descriptor, content, offset);
}

/** Makes the renames last; not every system lets a folder be opened. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch {
    // The files are whole in any case.
  }
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof WriteError) throw error;
    const hint = "Check the permissions of the file and of its folder, and the space on the disk.";
    throw new WriteError(path, `it cannot be written: ${systemMessage(error)}`, hint, { cause: error });
  }
}

const TEMPORARY = /(?:^|\/)\.deroot-tmp-(\d+)-[0-9a-f]{12}$/;

function temporaryName(folder: string): string {
  // Chance only keeps names of one process apart; files are opened so that an existing one is never taken.
  const chance = Math.floor(Math.random() * 2 ** 48);
  return join(folder, `.deroot-tmp-${process.pid}-${chance.toString(16).padStart(12, "0")}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
