/**
 * The form of a profile file. A profile says only what differs from the image it is made `from`: distro, package
 * manager, shell, user tools, accounts and taken ids come from there. `schema/profile.schema.json` is the same in JSON Schema.
 */
import type {
  BaseAccount,
  BaseEntrypoint,
  Distro,
  ImageStrategy,
  PackageManager,
  PortFile,
  Source,
  UserTools,
  WritablePath,
} from "./types.ts";

export interface Profile {
  readonly id: string;
  readonly match: {
    /** Names after normalisation: no `docker.io/library/`, lower case, no tag. */
    readonly names?: readonly string[];
    /** Regular expression for families of names; asked only when no profile lists the name. */
    readonly pattern?: string;
    /** Regular expression that restricts the profile to some tags. */
    readonly tag?: string;
    /** Restricts a profile that a repository keeps to one digest. */
    readonly digest?: string;
  };
  /**
   * The image it is made from where the tag does not tell: a reference (`debian:bookworm`), or a profile's id
   * (`distro/debian`) when only the distro is known and not its suite.
   */
  readonly from?: string;
  /** What its own tags mean; only profiles of distros have suites. */
  readonly suites?: readonly Suite[];
  readonly facts?: Facts;
  readonly variants?: readonly Variant[];
  readonly notes?: readonly string[];
  readonly sources?: readonly Source[];
  readonly confidence: "source" | "knowledge";
  /** Facts of a profile with `confidence: "source"` that were not read again. */
  readonly unverified?: readonly string[];
  /** Why no source is named. */
  readonly unsourced?: string;
}

export interface Suite {
  /** `bookworm`; `$1` stands for the first group of `tag`. */
  readonly name: string;
  readonly tag: string;
  readonly facts?: Facts;
  readonly notes?: readonly string[];
  readonly sources?: readonly Source[];
  readonly confidence?: "source" | "knowledge";
}

/** Applies when every condition it has matches. Its facts replace whole values; later variants win. */
export interface Variant {
  readonly id: string;
  /** For kin in one file: asks which of the names it is. */
  readonly name?: string;
  readonly tag?: string;
  readonly suite?: string;
  /** Says what tags of this kind are made from, where neither their words nor the tag data do. */
  readonly from?: string;
  readonly facts?: Facts;
  readonly note?: string;
  readonly sources?: readonly Source[];
  readonly confidence?: "source" | "knowledge";
}

export interface Facts {
  readonly os?: "linux" | "windows";
  readonly distro?: Distro;
  readonly suite?: string;
  readonly packageManager?: PackageManager;
  readonly shell?: string | false;
  readonly bash?: boolean;
  readonly userTools?: UserTools;
  readonly stepDownTools?: readonly string[];
  /** As in the image's configuration: `node`, `1654`, `1000:0`. Left out: root. */
  readonly user?: string;
  readonly users?: readonly Account[];
  readonly serviceAccount?: string | null;
  readonly takenIds?: { readonly uids: readonly number[]; readonly gids: readonly number[] };
  /** The image deletes the account of uid 1000 that its distro ships. */
  readonly removesUsers?: boolean;
  readonly ports?: readonly number[];
  readonly entrypoint?: (Partial<BaseEntrypoint> & Pick<BaseEntrypoint, "exec">) | null;
  readonly cmd?: readonly string[] | null;
  readonly workdir?: string;
  readonly home?: string;
  readonly volumes?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly writablePaths?: readonly (Omit<WritablePath, "when"> & { readonly when?: string })[];
  readonly portFiles?: readonly PortFile[];
  readonly portEnv?: readonly { readonly name: string; readonly default: string; readonly note?: string }[];
  readonly fileCapabilities?: readonly string[];
  readonly unprivileged?: {
    readonly image: string;
    readonly note: string;
    readonly alternatives?: readonly string[];
  };
  readonly strategy?: ImageStrategy;
  readonly notes?: readonly string[];
}

/** An account as written in a profile; what is left out is not known. */
export interface Account extends Partial<BaseAccount> {
  readonly name: string;
  readonly note?: string;
}
