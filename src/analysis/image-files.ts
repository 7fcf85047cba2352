import type { ShellCommand } from "../shell/index.ts";
import type { ImageModel, Step } from "./model.ts";
import { accessTo, type Access, type Allowed, type Subject } from "./files/access.ts";
import { originsOf } from "./copies.ts";
import { type CopyOptions, applyCopy } from "./files/apply-copy.ts";
import { applyRun } from "./files/apply-run.ts";
import { baseFacts, ownPaths } from "./files/base.ts";
import { type Builder, type Foreign, Ground } from "./files/ground.ts";
import { exactly } from "./files/mode.ts";
import { Accounts, type KnownAccount, NOBODY_KNOWN, ROOT } from "./files/owners.ts";
import { type Facts, type Part, Tree } from "./files/tree.ts";

export interface FilesOptions {
  /** Default: `any`. */
  readonly builder?: Builder;
  /** The account that the image will run as, which no step need have made. */
  readonly account?: KnownAccount;
  /** What a path of the build context is; null: no file, or not known. */
  readonly source?: (path: string) => ContextFile | null;
  /** Paths in the image to which a COPY may bring a file of the build context. */
  readonly wanted?: readonly string[];
  /** Is called before a step changes the owner of a path, with the files as they are then. */
  readonly watch?: (step: Step, command: ShellCommand, path: string, before: ImageFiles) => void;
  /** The files as this step leaves them. Default: as the last one does. */
  readonly until?: Step;
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
    const brought = broughtBy(model, options);
    const end = options.until === undefined ? model.steps.length : model.steps.indexOf(options.until) + 1;
    model.steps.slice(0, end).forEach((step, index) => {
      ground.now = index + 1;
      this.apply(step, model.steps[index + 1]?.workdir ?? model.final.workdir, model, {
        ...options,
        brought,
      });
    });
  }

  private apply(
    step: Step,
    workdir: string | null,
    model: ImageModel,
    options: FilesOptions & CopyOptions,
  ): void {
    const { ground } = this;
    const { instruction } = step;
    switch (instruction.keyword) {
      case "RUN": {
        const { watch } = options;
        applyRun(step, ground, watch && ((one, command, path) => watch(one, command, path, this)));
        break;
      }
      case "COPY":
      case "ADD":
        if (step.copy) applyCopy(step, ground, options);
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

  /** What at and below a path does not belong to a user, nor to a group where one is given. */
  foreignTo(path: string, user: string, group?: string): Foreign {
    const { accounts } = this.ground;
    const uid = accounts.user(user);
    const gid = group === undefined ? undefined : accounts.group(group);
    return this.ground.foreignTo(
      path,
      (part) => part.user === uid && (gid === undefined || part.group === gid),
    );
  }

  /** What at and below a path an account may not write for certain, whoever owns it. */
  closedTo(path: string, account: Subject): Foreign {
    return this.ground.foreignTo(path, (part, facts) => {
      const { write, execute } = accessTo(part, account);
      return write === true && (execute === true || facts?.kind === "file");
    });
  }

  /** What a step has put at or below a path, as it is now. */
  brought(step: Step, path: string): Part[] {
    const found: Part[] = [];
    const { tree } = this.ground;
    const real = this.real(path);
    const take = (part: Part | null) => {
      if (part?.step === step) found.push(part);
    };
    take(tree.facts(real));
    tree.below(real, ({ facts, parts }) => {
      take(facts);
      parts.forEach(take);
    });
    return found;
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

/** The wanted files, by the step that brings them from the build context. */
function broughtBy(model: ImageModel, { wanted = [], source }: FilesOptions): CopyOptions["brought"] {
  const found = new Map<Step, { path: string; kind: ContextFile }[]>();
  for (const path of wanted) {
    for (const origin of originsOf(model, path)) {
      const kind = origin.step.copy?.from == null ? (source?.(origin.source) ?? null) : null;
      if (kind === null) continue;
      found.set(origin.step, [...(found.get(origin.step) ?? []), { path, kind }]);
    }
  }
  return found;
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
