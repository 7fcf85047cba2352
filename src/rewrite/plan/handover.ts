import { type ImageFiles, type ImageModel, type Step, isInside } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Advice, Evidence, RewriteOptions } from "../types.ts";
import type { PlannedAccount } from "./account.ts";
import { type Fold, planFolds } from "./fold.ts";
import { planCopies } from "./handed-copies.ts";
import { Ground } from "./handed-paths.ts";
import { type HomeMove, movedHome } from "./home.ts";
import { imageFiles, ownerOf } from "./image-files.ts";
import { joined, type Wanted, findWrittenPaths } from "./written/index.ts";

/** What is handed over to the account, and why. */
export interface Handover {
  /** COPY and ADD that get --chown. */
  readonly copies: readonly HandedCopy[];
  /** `chown -R` of the Dockerfile that these copies make pointless, or nearly so. */
  readonly folds: readonly Fold[];
  readonly paths: readonly HandedPath[];
  /** Commands that move a server's files from the system's directories to where the account may write. */
  readonly commands: readonly string[];
  readonly advice: readonly Advice[];
  /** The image's files as the account finds them, with the copies that are its own. */
  readonly files: ImageFiles;
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
  /** Anybody may write there already. */
  readonly open: boolean;
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
  const before = imageFiles(model, around, account);
  const { wanted, commands, advice } = findWrittenPaths(model, around, before, account, policy, dockerfile);
  const moved = new Map([...wanted].map(([path, entry]) => [movedHome(path, home), entry]));
  for (const [path, entry] of [...(home?.written ?? []), ...(home?.filled ?? [])])
    moved.set(path, { ...joined(moved.get(path), entry), file: false });
  const folds = planFolds(model, around, account);
  const found = { model, account, wanted: belowHome(moved, account), home, policy };
  const copies = planCopies(found, before, folds, readsOf(around), dockerfile);
  const given = new Map(copies.map(({ step }) => [step, ownerOf(account)]));
  const files = copies.length === 0 ? before : imageFiles(model, around, account, { given });
  const filesAt = (until: Step) => imageFiles(model, around, account, { given, until });
  return { copies, folds, paths: new Ground(found, files, filesAt).paths(), commands, advice, files };
}

/** Private keys and the like, which a server must be able to read. */
function readsOf({ configs }: Surroundings): string[] {
  return configs.flatMap((config) => [...(config.reads ?? [])]);
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
