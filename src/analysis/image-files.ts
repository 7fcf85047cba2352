import type { ImageModel, Step } from "./model.ts";
import { accessTo, type Access, type Allowed, type Subject } from "./files/access.ts";
import { applyCopy } from "./files/apply-copy.ts";
import { applyRun } from "./files/apply-run.ts";
import { baseFacts, ownPaths } from "./files/base.ts";
import { type Builder, Ground } from "./files/ground.ts";
import { exactly } from "./files/mode.ts";
import { Accounts, type KnownAccount, NOBODY_KNOWN, ROOT } from "./files/owners.ts";
import { type Facts, Tree } from "./files/tree.ts";

export interface FilesOptions {
  /** Default: `any`. */
  readonly builder?: Builder;
  /** The account that the image will run as, which no step need have made. */
  readonly account?: KnownAccount;
  /** What a path of the build context is; null: no file, or not known. */
  readonly source?: (path: string) => ContextFile | null;
  /** Owners for the COPY and ADD that have none: as `--chown` writes them. */
  readonly given?: ReadonlyMap<Step, string>;
}

/** A file, with or without an x bit. */
export type ContextFile = "file" | "executable";

/** What an account may do with a path, with all directories above it. */
export interface Reach extends Access {
  readonly facts: Facts;
  /** The directory above it that keeps the account out, if one does. */
  readonly closed: string | null;
}

/**
 * The image's file system after all steps: who made each path, who owns it, with what mode, and what an account may do
 * with it. What cannot be known from the Dockerfile and the base's profile is said to be unknown.
 */
export class ImageFiles {
  private readonly ground: Ground;

  constructor(model: ImageModel, options: FilesOptions = {}) {
    const accounts = new Accounts(model.base.image, options.account ?? null);
    const base = baseFacts(model.base, accounts);
    this.ground = new Ground(new Tree(base), accounts, options.builder ?? "any");
    const { ground } = this;
    for (const path of ownPaths(model.base)) ground.tree.set(path, base(path), 0);
    for (const path of model.base.image?.volumes ?? []) ground.addVolume(path);
    model.steps.forEach((step, index) => {
      ground.now = index + 1;
      applyStep(step, model.steps[index + 1]?.workdir ?? model.final.workdir, model, ground, options);
    });
  }

  /** What is at a path, links followed. */
  at(path: string): Facts {
    return this.ground.tree.facts(this.real(path));
  }

  /** What is at a path itself, which may be a link. */
  named(path: string): Facts {
    return this.ground.tree.facts(this.ground.tree.real(path, false));
  }

  /** Where a path leads when the symbolic links that the steps made are followed. */
  real(path: string): string {
    return this.ground.tree.real(path);
  }

  /** Whether a step removes or moves it, and none makes it again. */
  isGone(path: string): boolean {
    return this.ground.tree.isGone(path);
  }

  /** What the account may do with a path when the image starts. */
  access(path: string, account: Subject): Reach {
    const real = this.real(path);
    let enter: Allowed = true;
    let closed: string | null = null;
    for (let at = real.lastIndexOf("/"); at >= 0; at = at === 0 ? -1 : real.lastIndexOf("/", at - 1)) {
      const directory = real.slice(0, at) || "/";
      if (directory === real) continue;
      const { execute } = accessTo(this.ground.tree.facts(directory), account);
      if (execute === false) {
        enter = false;
        closed = directory;
      } else if (execute === null && enter === true) enter = null;
    }
    const facts = this.ground.tree.facts(real);
    const own = accessTo(facts, account);
    return {
      facts,
      closed,
      read: both(enter, own.read),
      write: both(enter, own.write),
      execute: both(enter, own.execute),
    };
  }
}

function both(one: Allowed, other: Allowed): Allowed {
  if (one === false || other === false) return false;
  return one === null || other === null ? null : true;
}

function applyStep(
  step: Step,
  workdir: string | null,
  model: ImageModel,
  ground: Ground,
  { given, source }: FilesOptions,
): void {
  const { instruction } = step;
  switch (instruction.keyword) {
    case "RUN":
      applyRun(step, ground);
      break;
    case "COPY":
    case "ADD":
      if (step.copy) applyCopy(step, ground, given?.get(step) ?? null, source ?? (() => null));
      break;
    case "WORKDIR":
      if (workdir !== null) makeWorkdir(step, workdir, ground);
      break;
    case "VOLUME":
      for (const { path } of model.final.volumes.filter((volume) => volume.instruction === instruction))
        makeVolume(path, step, ground);
      break;
  }
}

/** BuildKit makes it for the user in force, with the group of the same number; the classic builder for root. */
function makeWorkdir(step: Step, workdir: string, ground: Ground): void {
  const user = step.user === null ? NOBODY_KNOWN : step.root ? ROOT : ground.accounts.copied(step.user);
  const isSame = user.user === "0" && user.group === "0";
  const owner =
    isSame || ground.builder === "classic" ? ROOT : ground.builder === "buildkit" ? user : NOBODY_KNOWN;
  ground.make(ground.tree.real(workdir), {
    ...owner,
    exists: "yes",
    kind: "directory",
    by: "WORKDIR",
    step,
    mode: exactly(0o755),
    link: null,
  });
}

function makeVolume(path: string, step: Step, ground: Ground): void {
  ground.make(path, {
    ...ROOT,
    exists: "yes",
    kind: "directory",
    by: "VOLUME",
    step,
    mode: exactly(0o755),
    link: null,
  });
  ground.addVolume(path);
}
