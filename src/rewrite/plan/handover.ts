import { posix } from "node:path";
import {
  type ImageModel,
  type Step,
  isInside,
  isSystemDirectory,
  isSystemPath,
  userName,
} from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Advice, Evidence, RewriteOptions } from "../types.ts";
import type { PlannedAccount } from "./account.ts";
import { bringsPages, endsPlainly, fillers } from "./fillers.ts";
import type { HomeMove } from "./home.ts";
import { SERVICES } from "./services.ts";
import { joined, type Policy, type Sign, type Wanted, findWrittenPaths } from "./written/index.ts";

/** What is handed over to the account, and why. */
export interface Handover {
  /** COPY and ADD that get --chown. */
  readonly copies: readonly HandedCopy[];
  readonly paths: readonly HandedPath[];
  /** Commands that move a server's files from the system's directories to where the account may write. */
  readonly commands: readonly string[];
  readonly advice: readonly Advice[];
}

export interface HandedCopy {
  readonly step: Step;
  readonly evidence: readonly Evidence[];
}

export interface HandedPath {
  readonly path: string;
  /** A file made empty and handed over, in a directory that stays the system's. */
  readonly file: boolean;
  /** Made by a RUN or the base, so what is in it is handed over too. */
  readonly recursive: boolean;
  /** The one RUN that fills it: a chown in there costs no second copy of the files. */
  readonly madeBy: Step | null;
  /** Made by an earlier step for certain, so that mkdir is not needed. */
  readonly exists: boolean;
  /** On a VOLUME of the target stage. */
  readonly onVolume: boolean;
  /** A step after VOLUME puts something there, which BuildKit keeps: it is handed over once more at the end. */
  readonly filledLater: boolean;
  /** Nothing says that it is written, only that it may be. */
  readonly isGuess: boolean;
  readonly evidence: readonly Evidence[];
}

/** Decides how each written path, and each file that COPY brings for the app, comes to belong to the account. */
export function planHandover(
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
  dockerfile: string,
  account: PlannedAccount,
  home: HomeMove | null,
): Handover {
  const policy = options.ownership ?? "app";
  const { wanted, commands, advice } = findWrittenPaths(model, around, policy, dockerfile);
  const moved = new Map([...wanted].map(([path, entry]) => [moveHome(path, home), entry]));
  for (const [path, entry] of [...(home?.written ?? []), ...(home?.filled ?? [])])
    moved.set(path, { ...joined(moved.get(path), entry), file: false });
  const ground = new Ground(
    model,
    account,
    belowHome(moved, account),
    home,
    around.configs.flatMap((config) => [...(config.reads ?? [])]),
  );
  return { copies: ground.copies(policy, dockerfile), paths: ground.paths(), commands, advice };
}

function isGuess(signs: ReadonlySet<Sign>): boolean {
  return [...signs].every((sign) => sign === "maybe");
}

function moveHome(path: string, home: HomeMove | null): string {
  return home && isInside(path, "/root") ? home.to + path.slice("/root".length) : path;
}

/**
 * mkdir -p of ~/.cache/tool makes ~/.cache, too, which others want to write: what is handed over below the home
 * is the whole entry in it.
 */
function belowHome(wanted: ReadonlyMap<string, Wanted>, account: PlannedAccount): Map<string, Wanted> {
  const { home } = account;
  const result = new Map<string, Wanted>();
  for (const [path, entry] of wanted) {
    const inside = home !== null && home.startsWith("/home/") && path !== home && isInside(path, home);
    const top =
      inside && path.slice(home.length + 1).startsWith(".")
        ? path
            .split("/")
            .slice(0, home.split("/").length + 1)
            .join("/")
        : path;
    const before = result.get(top);
    result.set(top, joined(before, { ...entry, file: top === path && entry.file }));
  }
  return result;
}

/** What stands in the image when the paths are handed over. */
class Ground {
  private readonly model: ImageModel;
  private readonly account: PlannedAccount;
  private readonly wanted: ReadonlyMap<string, Wanted>;
  private readonly home: HomeMove | null;
  /** Private keys and the like, which the server must be able to read. */
  private readonly reads: readonly string[];

  constructor(
    model: ImageModel,
    account: PlannedAccount,
    wanted: ReadonlyMap<string, Wanted>,
    home: HomeMove | null,
    reads: readonly string[],
  ) {
    this.reads = reads;
    this.model = model;
    this.account = account;
    this.wanted = wanted;
    this.home = home;
  }

  paths(): HandedPath[] {
    const { target, final } = this.model;
    const volumes = final.volumes.filter((v) => v.instruction.stage === target.index);
    const paths: HandedPath[] = [];
    for (const [path, { file, evidence, signs }] of this.wanted) {
      if (isInside(path, "/root") || this.isOwned(path)) continue;
      const recursive = !file && this.isFilled(path);
      const volume = volumes.find((v) => isInside(path, v.path) || isInside(v.path, path));
      const filledLater = volume !== undefined && this.isFilledAfter(path, volume.instruction.index);
      paths.push({
        path,
        file,
        recursive,
        madeBy: recursive && !volume && !this.isPointedAt(path) ? this.onlyFiller(path) : null,
        exists:
          volume === undefined && !signs.has("mounted") && (this.isMade(path) || this.isWrittenInto(path)),
        onVolume: volume !== undefined,
        filledLater,
        isGuess: isGuess(signs),
        evidence,
      });
    }
    paths.sort((a, b) => (a.path < b.path ? -1 : 1));
    return withoutCovered(paths);
  }

  /** It belongs to the account already: its own home, or the Dockerfile hands it over itself. */
  private isOwned(path: string): boolean {
    const { account, model } = this;
    if (
      path === account.home &&
      path.startsWith("/home/") &&
      (account.source !== "reused" || this.homeIsMade())
    )
      return true;
    return model.steps.some((step, at) =>
      step.effects.some((effects, index) => {
        if (step.commands[index]!.conditional) return false;
        const given = effects.owners.some(
          (o) =>
            (o.path === path || (o.recursive && isInside(path, o.path) && this.isMade(path, at))) &&
            o.user !== null &&
            this.isAccount(o.user),
        );
        // What root puts there afterwards is root's again.
        return given && !fillers(model, path).some((filler) => model.steps.indexOf(filler) > at);
      }),
    );
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

  private isAccount(user: string): boolean {
    const name = userName(user);
    return name === this.account.name || (this.account.uid !== null && name === String(this.account.uid));
  }

  /** WORKDIR or an unconditional mkdir makes it; so does whatever stands below it. */
  private isMade(path: string, before = this.model.steps.length): boolean {
    if (isSystemDirectory(path)) return true;
    const made = (directory: string | null) =>
      directory !== null && isInside(moveHome(directory, this.home), path);
    if (before === this.model.steps.length && made(this.model.final.workdir)) return true;
    return this.model.steps.slice(0, before).some((step) => {
      if (step.effects.some((effects) => effects.modes.some((mode) => mode.path === path))) return true;
      if (step.instruction.keyword !== "FROM" && made(step.workdir)) return true;
      const target = step.copy?.destination ?? null;
      if (made(target !== null && !step.copy!.intoDirectory ? posix.dirname(target) : target)) return true;
      return step.effects.some(
        (effects, index) =>
          !step.commands[index]!.conditional &&
          effects.writes.some((w) => w.directory && w.kind === "create" && made(w.path)),
      );
    });
  }

  /**
   * Something may stand in it that a --chown cannot reach. Where a COPY fills the path, a recursive chown would
   * only write its files into a second layer.
   */
  private isFilled(path: string): boolean {
    const { signs } = this.wanted.get(path)!;
    if (bringsPages(this.model, path) && !isGuess(signs)) return true;
    // The working directory is full of what installers left; only what a step put there as the app's own counts.
    if (this.model.final.workdir !== null && path === moveHome(this.model.final.workdir, this.home)) {
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
      (step) => step.copy?.destination && isInside(moveHome(step.copy.destination, this.home), path),
    );
  }

  /** A step writes below it for certain, so that it is there afterwards. */
  private isWrittenInto(path: string): boolean {
    return this.fillers(path).some((step) =>
      step.effects.some(
        (effects, index) =>
          !step.commands[index]!.conditional &&
          effects.writes.some(
            (w) => w.kind === "create" && w.path !== path && isInside(moveHome(w.path, this.home), path),
          ),
      ),
    );
  }

  private fillers(path: string): Step[] {
    const before =
      this.home && isInside(path, this.home.to) ? "/root" + path.slice(this.home.to.length) : path;
    const found = new Set([...fillers(this.model, before), ...(this.home?.fillers.get(path) ?? [])]);
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

  private onlyFiller(path: string): Step | null {
    const last = this.isVolume(path) ? undefined : this.fillers(path).at(-1);
    return last && last.stage === this.model.target && endsPlainly(last) ? last : null;
  }

  private isVolume(path: string): boolean {
    return this.model.final.volumes.some((volume) => volume.path === path);
  }

  /** The Dockerfile's own `chown -R` gives it to the account already. */
  private isHandedLater(step: Step, destination: string): boolean {
    const at = this.model.steps.indexOf(step);
    return this.model.steps
      .slice(at + 1)
      .some((later) =>
        later.effects.some(
          (effects, index) =>
            !later.commands[index]!.conditional &&
            effects.owners.some(
              (o) =>
                o.recursive && o.user !== null && isInside(destination, o.path) && this.isAccount(o.user),
            ),
        ),
      );
  }

  copies(policy: Policy, dockerfile: string): HandedCopy[] {
    const { workdir } = this.model.final;
    const handed: HandedCopy[] = [];
    for (const step of this.model.steps) {
      const copy = step.copy;
      if (!copy?.destination || copy.chown !== null) continue;
      const destination = moveHome(copy.destination, this.home);
      const here = (says: string): Evidence[] => [
        { source: "dockerfile", where: dockerfile, line: step.instruction.line, says },
      ];
      if (this.isHandedLater(step, destination)) continue;
      const written = [...this.wanted].find(
        ([path, { file }]) => !file && path !== workdir && isInside(destination, path),
      );
      if (written) handed.push({ step, evidence: written[1].evidence });
      else if (destination !== copy.destination)
        handed.push({ step, evidence: here("brings files into the home directory") });
      else if (
        policy !== "strict" &&
        workdir !== null &&
        !isSystemPath(workdir) &&
        isInside(destination, workdir)
      ) {
        handed.push({ step, evidence: here(`brings the app's files into ${workdir}`) });
      } else if (this.reads.some((path) => isInside(path, destination))) {
        handed.push({ step, evidence: here("the server reads it at start") });
      } else if (isUnreadable(step))
        handed.push({ step, evidence: here("ADD of a URL makes a file that only its owner can read") });
    }
    return handed;
  }
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

function isUnreadable(step: Step): boolean {
  const { copy, instruction } = step;
  return (
    instruction.keyword === "ADD" &&
    copy?.chmod === null &&
    copy.sources.some((source) => /^https?:/.test(source))
  );
}

/** A path below one that is handed over with everything in it needs no mention of its own. */
function withoutCovered(paths: readonly HandedPath[]): HandedPath[] {
  return paths.filter(
    (path) => !paths.some((other) => other !== path && other.recursive && isInside(path.path, other.path)),
  );
}
