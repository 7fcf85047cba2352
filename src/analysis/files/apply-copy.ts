import { posix } from "node:path";
import type { Step } from "../model.ts";
import { type Mode, UNKNOWN_MODE, changedMode, eitherMode, exactly } from "./mode.ts";
import { NOBODY_KNOWN, type Owner, ROOT } from "./owners.ts";
import type { Facts, Maker, Part } from "./tree.ts";
import type { Ground } from "./ground.ts";

export interface CopyOptions {
  readonly given?: ReadonlyMap<Step, string>;
  readonly source?: (path: string) => "file" | "executable" | null;
  /** Files of the build context that are known to be brought, by path in the image. */
  readonly brought?: ReadonlyMap<Step, readonly { path: string; kind: "file" | "executable" }[]>;
}

/**
 * COPY and ADD. What they bring belongs to root or to `--chown`, whatever USER says; the directories that they make
 * above it, too. A directory that is there keeps its owner and mode; one below it takes those of its source.
 */
export function applyCopy(
  step: Step,
  ground: Ground,
  { given, source: kindOf = () => null, brought: known }: CopyOptions,
): void {
  const copy = step.copy!;
  const by: Maker = step.instruction.keyword === "ADD" ? "ADD" : "COPY";
  const chown = copy.chown ?? given?.get(step) ?? null;
  const owner: Owner = chown === null ? ROOT : ground.accounts.copied(chown);
  if (copy.destination === null) {
    ground.tree.fill("/", { by, step, ...owner, mode: UNKNOWN_MODE });
    return;
  }
  const destination = ground.tree.real(copy.destination);
  const sources = copy.sources.map((source) => source.replace(/\/+$/, ""));
  const archive = by === "ADD" && copy.from === null && sources.some(isArchive);
  const isThere = ground.tree.facts(destination);
  const into = copy.intoDirectory || archive || (isThere.exists === "yes" && isThere.kind === "directory");
  const madeDirectory: Facts = {
    ...owner,
    exists: "yes",
    kind: "directory",
    by,
    step,
    mode: exactly(0o755),
    link: null,
  };
  // The classic builder gives what it makes for an archive to root.
  if (archive && chown !== null && ground.builder !== "buildkit")
    Object.assign(madeDirectory, ground.builder === "classic" ? ROOT : NOBODY_KNOWN);
  ground.make(into ? destination : posix.dirname(destination), madeDirectory);
  const mode = modeOf(copy.chmod, step);
  const heredocs = new Set(step.instruction.heredocs.map((heredoc) => heredoc.delimiter));
  const content: Part = { by, step, ...owner, mode };
  for (const source of sources) {
    const name = nameOf(source);
    const file: Facts = { ...content, exists: "yes", kind: "file", link: null };
    if (by === "ADD" && isArchive(source) && copy.from === null) {
      ground.tree.fill(destination, { ...content, ...NOBODY_KNOWN, mode: UNKNOWN_MODE });
      ground.overwrite(destination, { ...content, ...NOBODY_KNOWN, mode: UNKNOWN_MODE });
      continue;
    }
    if (heredocs.has(name ?? "") || (by === "ADD" && isAddress(source))) {
      const own = isAddress(source) ? 0o600 : 0o644;
      if (isAddress(source) && name === null) ground.tree.fill(destination, content);
      else
        ground.tree.set(
          into ? posix.join(destination, name!) : destination,
          { ...file, mode: copy.chmod === null ? exactly(own) : mode },
          ground.now,
        );
      continue;
    }
    const kind =
      name === null || copy.from !== null ? null : kindOf(posix.normalize(source).replace(/^\/+/, ""));
    if (kind !== null) {
      const own = modeInContext(kind);
      ground.tree.set(
        into ? posix.join(destination, name!) : destination,
        { ...file, mode: copy.chmod === null ? own : mode },
        ground.now,
      );
      continue;
    }
    if (!into) {
      if (isThere.exists !== "yes")
        ground.tree.set(
          destination,
          { ...file, kind: null, mode: eitherMode(mode, exactly(0o755)) },
          ground.now,
        );
      else ground.overwrite(destination, content, true);
      ground.tree.fill(destination, content);
    } else {
      ground.overwrite(destination, content);
      ground.tree.fill(destination, content);
    }
  }
  for (const { path, kind } of known?.get(step) ?? []) {
    const own = copy.chmod === null ? modeInContext(kind) : mode;
    ground.tree.set(path, { ...content, exists: "yes", kind: "file", link: null, mode: own }, ground.now);
  }
}

/** Git keeps one x bit; the others are a matter of the umask of whoever checked the files out. */
function modeInContext(known: "file" | "executable"): Mode {
  return known === "executable" ? { on: 0o500, off: 0 } : { on: 0o400, off: 0o111 };
}

function modeOf(chmod: string | null, step: Step): Mode {
  if (chmod === null || step.copy!.heredoc) {
    return chmod === null ? UNKNOWN_MODE : changedMode(exactly(0o644), chmod, false, 0o022);
  }
  return changedMode(UNKNOWN_MODE, chmod, null, 0o022);
}

function nameOf(source: string): string | null {
  const clean = isAddress(source) ? source.replace(/[?#].*$/, "") : source;
  const name = clean
    .slice(clean.lastIndexOf("/") + 1)
    .replace(/^<<-?/, "")
    .replace(/["']/g, "");
  return name === "" || name === "." || name === ".." || /[*?[\]$]/.test(name) ? null : name;
}

function isAddress(source: string): boolean {
  return /^(https?|ftp):\/\//.test(source) && !/\.git(#|$)/.test(source);
}

/** ADD unpacks local archives, known by what is in them; their names usually tell. */
export function isArchive(source: string): boolean {
  return /\.(tar(\.\w+)?|tgz|tbz2?|txz|tzst)$/.test(source) && !isAddress(source);
}
