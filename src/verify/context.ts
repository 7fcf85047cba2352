import { constants } from "node:fs";
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { dockerignoreCandidates, readDockerignore } from "../companions/index.ts";
import type { FileChange } from "../rewrite/types.ts";

/** Where a build reads from; absolute paths. */
export interface BuildContext {
  readonly folder: string;
  readonly dockerfile: string;
}

export interface ContextSource {
  /** Root of the tree, absolute. */
  readonly root: string;
  /** Both relative to it. */
  readonly context: string;
  readonly dockerfile: string;
}

/** The working tree itself: a builder only reads it. */
export function legacyContext({ root, context, dockerfile }: ContextSource): BuildContext {
  return { folder: join(root, context), dockerfile: join(root, dockerfile) };
}

/**
 * The same with the rewritten files, in `into`. Unchanged files are hard links where that can be, so a large
 * context costs little; changed ones are new files, so nothing is ever written through a link.
 */
export async function rewrittenContext(
  source: ContextSource,
  files: readonly FileChange[],
  into: string,
): Promise<BuildContext> {
  const { context, dockerfile } = source;
  const changed = new Map(files.map((file) => [file.path, file]));
  const folder = join(into, "context");
  const legacy = join(source.root, context);
  const outside = outsideContext(context, dockerfile);
  await mkdir(folder, { recursive: true });
  const kept = new Set([".dockerignore", ...(outside ? [] : [relativeTo(context, dockerfile)])]);
  if (!outside) kept.add(`${relativeTo(context, dockerfile)}.dockerignore`);
  await copyTree(legacy, folder, "", await ignoreRules(source, changed), kept);
  for (const file of files) {
    if (outsideContext(context, file.path)) continue;
    await place(join(folder, relativeTo(context, file.path)), join(source.root, file.path), file);
  }
  if (!outside) return { folder, dockerfile: join(folder, relativeTo(context, dockerfile)) };
  // BuildKit looks for the Dockerfile's own ignore file beside it.
  const apart = join(into, "dockerfile");
  await mkdir(apart, { recursive: true });
  for (const path of [dockerfile, `${dockerfile}.dockerignore`]) {
    const text = changed.get(path)?.after ?? (await readFile(join(source.root, path)).catch(() => null));
    if (text !== null) await writeFile(join(apart, posix.basename(path)), text);
  }
  return { folder, dockerfile: join(apart, posix.basename(dockerfile)) };
}

async function ignoreRules(
  { root, context, dockerfile }: ContextSource,
  changed: ReadonlyMap<string, FileChange>,
): Promise<{ ignores: (path: string) => boolean; mayTakeBack: boolean }> {
  for (const path of dockerignoreCandidates(dockerfile, context)) {
    const text = changed.get(path)?.after ?? (await readFile(join(root, path), "utf8").catch(() => null));
    if (text !== null) return { ignores: readDockerignore(text), mayTakeBack: /^\s*!/m.test(text) };
  }
  return { ignores: () => false, mayTakeBack: false };
}

async function copyTree(
  from: string,
  to: string,
  below: string,
  rules: { ignores: (path: string) => boolean; mayTakeBack: boolean },
  kept: ReadonlySet<string>,
): Promise<void> {
  for (const entry of await readdir(join(from, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const ignored = rules.ignores(path);
    const source = join(from, path);
    const target = join(to, path);
    if (entry.isDirectory()) {
      const needed = [...kept].some((file) => file.startsWith(`${path}/`));
      if (ignored && !rules.mayTakeBack && !needed) continue;
      const { mode, atime, mtime } = await lstat(source);
      await mkdir(target);
      await copyTree(from, to, path, rules, kept);
      // A folder that holds nothing and is left out itself would come up empty in the image.
      await chmod(target, mode);
      await utimes(target, atime, mtime);
    } else if (ignored && !kept.has(path)) {
      continue;
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target);
    } else if (entry.isFile()) {
      await linkOrCopy(source, target);
    }
  }
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch {
    // Another file system, or another owner's file.
    const { atime, mtime, mode } = await lstat(source);
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, mode);
    await utimes(target, atime, mtime);
  }
}

async function place(target: string, original: string, file: FileChange): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const before = await lstat(original).catch(() => null);
  const temporary = `${target}.deroot`;
  await writeFile(temporary, file.after);
  await chmod(temporary, file.mode === "100755" ? 0o755 : (before?.mode ?? 0o644));
  await rename(temporary, target);
}

function outsideContext(context: string, path: string): boolean {
  return context !== "" && !path.startsWith(`${context}/`);
}

function relativeTo(context: string, path: string): string {
  return context === "" ? path : path.slice(context.length + 1);
}
