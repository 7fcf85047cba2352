import {
  type Foreign,
  type ImageFiles,
  type ImageModel,
  type Step,
  type Subject,
  isInside,
  isSystemDirectory,
} from "../../analysis/index.ts";
import type { Instruction } from "../../dockerfile/index.ts";
import type { PlannedAccount } from "./account.ts";
import { bringsPages, endsPlainly, fillers } from "./fillers.ts";
import type { HandedPath } from "./handover.ts";
import { type HomeMove, movedHome } from "./home.ts";
import { userOf } from "./image-files.ts";
import { SERVICES } from "./services.ts";
import type { Policy, Sign, Wanted } from "./written/index.ts";

/** What the app writes, and who it runs as. */
export interface Found {
  readonly model: ImageModel;
  readonly account: PlannedAccount;
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly home: HomeMove | null;
  readonly policy: Policy;
}

/** What stands in the image when the paths are handed over. */
export class Ground {
  private readonly model: ImageModel;
  private readonly account: PlannedAccount;
  private readonly wanted: ReadonlyMap<string, Wanted>;
  private readonly home: HomeMove | null;
  private readonly policy: Policy;
  private readonly files: ImageFiles;
  private readonly filesAt: (step: Step) => ImageFiles;

  constructor(
    { model, account, wanted, home, policy }: Found,
    files: ImageFiles,
    filesAt: (step: Step) => ImageFiles,
  ) {
    this.model = model;
    this.account = account;
    this.wanted = wanted;
    this.home = home;
    this.policy = policy;
    this.files = files;
    this.filesAt = filesAt;
  }

  paths(): HandedPath[] {
    const { target, final } = this.model;
    const volumes = final.volumes.filter((v) => v.instruction.stage === target.index);
    const paths: HandedPath[] = [];
    for (const [path, { file, evidence, signs }] of this.wanted) {
      if (isInside(path, "/root")) continue;
      const filled = !file && this.isFilled(path);
      if (this.isOwned(path, filled)) continue;
      const volume = volumes.find((v) => isInside(path, v.path) || isInside(v.path, path));
      const filledLater = volume !== undefined && this.isFilledAfter(path, volume.instruction.index);
      const named = filled && !filledLater ? this.named(path) : null;
      const recursive = filled && (named === null || (volume !== undefined && named.length > 0));
      const madeBy = recursive && !volume && !this.isPointedAt(path) ? this.onlyFiller(path) : null;
      const handed: HandedPath = {
        path,
        file,
        recursive,
        madeBy,
        open: this.isOpen(path, recursive),
        exists:
          !signs.has("mounted") &&
          (volume === undefined ? this.exists(path, madeBy) : this.existsBefore(path, volumes)),
        onVolume: volume !== undefined,
        filledLater,
        isGuess: isGuess(signs),
        evidence,
      };
      paths.push(handed);
      if (!recursive) for (const each of named ?? []) paths.push({ ...handed, path: each, exists: true });
    }
    const covered = withoutCovered(paths);
    const handed = [...covered, ...covered.flatMap((path) => this.madeLater(path))];
    return handed.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Directories that root makes below a path after the step in which it is handed over. */
  private madeLater(handed: HandedPath): HandedPath[] {
    const { path, madeBy } = handed;
    if (madeBy === null) return [];
    const later = this.model.steps
      .filter((step) => step.root && step.instruction.index > madeBy.instruction.index)
      .flatMap((step) => step.effects.flatMap(({ writes }) => writes))
      .filter(({ kind, directory, path: made }) => kind === "create" && directory && isInside(made, path))
      .map(({ path: made }) => movedHome(made, this.home));
    return [...new Set(later)]
      .filter((made) => made !== path && !this.isOwned(made, false))
      .map((made) => ({ ...handed, path: made, recursive: false, madeBy: null, exists: true }));
  }

  /** It belongs to the account already: its own home, or the Dockerfile hands it over itself. */
  private isOwned(path: string, recursive: boolean): boolean {
    const { account, files } = this;
    if (
      path === account.home &&
      path.startsWith("/home/") &&
      (account.source !== "reused" || this.homeIsMade())
    )
      return true;
    // Of any user, but always of group 0.
    const foreign =
      this.policy === "group0"
        ? files.closedTo(path, ANY_OF_ROOTS_GROUP)
        : files.foreignTo(path, userOf(account));
    return isWhole(path, foreign, recursive);
  }

  /** What is to be handed over below a path, where all of it is known by name; null where it is not. */
  private named(path: string): string[] | null {
    const { signs } = this.wanted.get(path)!;
    if (this.policy === "group0" || signs.has("filled") || signs.has("cache") || this.isPointedAt(path))
      return null;
    if (this.home && isInside(path, this.home.to)) return null;
    // What a package has there is not seen.
    if (signs.has("default") || SERVICES.some((service) => service.directories.includes(path))) return null;
    const { directories, others, parts, unseen } = this.files.foreignTo(path, userOf(this.account));
    const below = [...directories, ...others].filter((each) => each.path !== path);
    if (parts.length > 0 || unseen.length > 0 || below.length > MOST_NAMED) return null;
    return below.every(({ exists }) => exists === "yes") ? below.map((each) => each.path) : null;
  }

  /** Anybody may write there, whoever owns it. */
  private isOpen(path: string, recursive: boolean): boolean {
    return this.policy !== "group0" && isWhole(path, this.files.closedTo(path, ANYBODY), recursive);
  }

  private homeIsMade(): boolean {
    const { account, model } = this;
    if (account.madeBy === null) return true;
    return account.madeBy.effects.some((e) =>
      e.accounts.some(
        (a) =>
          a.name === account.name &&
          (a.createsHome || model.base.image?.distro === "rhel" || model.base.image?.distro === "fedora"),
      ),
    );
  }

  /** A step makes it for certain, or something below it; or every image has it. By then, where a step is given. */
  private exists(path: string, by: Step | null): boolean {
    if (isSystemDirectory(path)) return true;
    const { home } = this;
    const before = home && isInside(path, home.to) ? `/root${path.slice(home.to.length)}` : path;
    return [path, before].some((each) => {
      const { exists, step } = this.files.at(each);
      if (exists !== "yes") return false;
      return by === null || step === by || this.filesAt(by).at(each).exists === "yes";
    });
  }

  /** All that stands on volumes is handed over before the first of them. */
  private existsBefore(path: string, volumes: readonly { readonly instruction: Instruction }[]): boolean {
    const first = Math.min(...volumes.map(({ instruction }) => instruction.index));
    const before = this.model.steps.findLast((step) => step.instruction.index < first);
    return before !== undefined && this.exists(path, before);
  }

  /**
   * Something may stand in it that a --chown cannot reach. Where a COPY fills the path, a recursive chown would
   * only write its files into a second layer.
   */
  private isFilled(path: string): boolean {
    const { signs } = this.wanted.get(path)!;
    if (bringsPages(this.model, path) && !isGuess(signs)) return true;
    // The working directory is full of what installers left; only what a step put there as the app's own counts.
    if (this.model.final.workdir !== null && path === movedHome(this.model.final.workdir, this.home)) {
      const onbuild =
        /-?onbuild/.test(this.model.base.reference ?? "") && path === this.model.base.image?.workdir;
      const unpacked = this.model.steps.some(
        (step) =>
          step.copy?.destination &&
          bringsArchive(step) &&
          (isInside(path, step.copy.destination) || isInside(step.copy.destination, path)),
      );
      return onbuild || unpacked || (!this.isCopiedInto(path) && this.fillers(path).some(bringsFiles));
    }
    if (signs.has("filled")) return true;
    if (this.isCopiedInto(path)) return false;
    if (signs.has("cache")) return true;
    if (this.isPointedAt(path)) return true;
    const base = this.model.base.image;
    if (
      base &&
      !this.model.base.inferred &&
      base.writablePaths.some((w) => w.path.replace(/^\/var\/run\//, "/run/") === path)
    )
      return true;
    if (SERVICES.some((service) => service.directories.includes(path))) return true;
    return this.isVolume(path) || this.fillers(path).length > 0;
  }

  /** What a variable points to may be filled by steps nobody can see through, so it is handed over last. */
  private isPointedAt(path: string): boolean {
    return this.home !== null && [...this.home.written.keys()].some((written) => isInside(written, path));
  }

  private isCopiedInto(path: string): boolean {
    return this.model.steps.some(
      (step) => step.copy?.destination && isInside(movedHome(step.copy.destination, this.home), path),
    );
  }

  private fillers(path: string): Step[] {
    const before =
      this.home && isInside(path, this.home.to) ? "/root" + path.slice(this.home.to.length) : path;
    const made = this.files.at(before).exists === "yes";
    const found = new Set([...fillers(this.model, before, made), ...(this.home?.fillers.get(path) ?? [])]);
    return this.model.steps.filter((step) => found.has(step));
  }

  private isFilledAfter(path: string, index: number): boolean {
    return this.model.steps.some(
      (step) =>
        step.instruction.index > index &&
        step.effects.some((effects) =>
          effects.writes.some((w) => w.kind !== "delete" && isInside(w.path, path)),
        ),
    );
  }

  /** The last step that fills the path, or makes it: what it hands over stands there by then. */
  private onlyFiller(path: string): Step | null {
    const filler = this.isVolume(path) ? undefined : this.fillers(path).at(-1);
    if (filler === undefined) return null;
    const index = this.model.steps.indexOf(filler);
    const last =
      this.model.steps.findLast((step, at) => at > index && step.root && makes(step, path)) ?? filler;
    return last.stage === this.model.target && endsPlainly(last) ? last : null;
  }

  private isVolume(path: string): boolean {
    return this.model.final.volumes.some((volume) => volume.path === path);
  }
}

function makes(step: Step, path: string): boolean {
  return step.effects.some(({ writes }) =>
    writes.some((write) => write.kind === "create" && write.path === path),
  );
}

/** ADD unpacks local archives. */
function bringsArchive(step: Step): boolean {
  return (
    step.instruction.keyword === "ADD" &&
    step.copy!.sources.some((source) => /\.(tar(\.\w+)?|tgz|tbz2?|txz)$/.test(source))
  );
}

/** More than an installer: it copies, unpacks, clones or writes files of the app. */
function bringsFiles(step: Step): boolean {
  return step.commands.some(
    (command) =>
      command.name !== null &&
      /^(cp|mv|tar|unzip|git|svn|rsync|echo|printf|cat|tee|curl|wget|install|gunzip|bsdtar|7z)$/.test(
        command.name,
      ),
  );
}

function isGuess(signs: ReadonlySet<Sign>): boolean {
  return [...signs].every((sign) => sign === "maybe");
}

/** The path itself is as wanted, and all below it where that matters. */
function isWhole(path: string, { directories, others, parts }: Foreign, recursive: boolean): boolean {
  if (recursive) return directories.length + others.length + parts.length === 0;
  return ![...directories, ...others].some((each) => each.path === path);
}

/** More than these are handed over with all that is in the directory. */
const MOST_NAMED = 4;

const ANYBODY: Subject = { name: null, uid: null, group: null, gid: null };
const ANY_OF_ROOTS_GROUP: Subject = { name: null, uid: null, group: "root", gid: 0 };

/** A path below one that is handed over with everything in it needs no mention of its own. */
function withoutCovered(paths: readonly HandedPath[]): HandedPath[] {
  return paths.filter(
    (path) => !paths.some((other) => other !== path && other.recursive && isInside(path.path, other.path)),
  );
}
