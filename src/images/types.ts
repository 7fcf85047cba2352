/** What is known of the image behind a FROM line. `null` always means "not known". */
export interface BaseImage {
  /** Id of the profile: `node`, `distro/debian-bookworm`. */
  readonly id: string;
  /** The reference after normalisation, e.g. `node:20-alpine`. */
  readonly reference: string;
  readonly os: "linux" | "windows";
  readonly distro: Distro | null;
  /** `bookworm`, `noble`; null where the distro has none or it is not known. */
  readonly suite: string | null;
  readonly packageManager: PackageManager | null;
  /** Path of the POSIX shell; false when there is none. */
  readonly shell: string | false | null;
  readonly bash: boolean | null;
  readonly userTools: UserTools;
  /** gosu, su-exec, setpriv … that the image ships. */
  readonly stepDownTools: readonly string[];
  readonly user: { readonly name: string; readonly isRoot: boolean; readonly numeric: boolean };
  /** Non-root accounts it ships. */
  readonly users: readonly BaseAccount[];
  /** The one of `users` that is made for running applications or this service (`node`, `nginx`, `www-data`). */
  readonly serviceAccount: string | null;
  readonly takenIds: { readonly uids: readonly number[]; readonly gids: readonly number[] };
  /** Ports its stock configuration listens on. */
  readonly ports: readonly number[];
  readonly entrypoint: BaseEntrypoint | null;
  readonly cmd: readonly string[] | null;
  readonly workdir: string | null;
  /** ENV HOME, where the image sets it. */
  readonly home: string | null;
  readonly volumes: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly writablePaths: readonly WritablePath[];
  readonly portFiles: readonly PortFile[];
  readonly portEnv: readonly { readonly name: string; readonly default: string; readonly note?: string }[];
  /**
   * Capabilities that its program's file has: where one of them is dropped, the kernel refuses to start it, whoever
   * does and whether it needs them or not.
   */
  readonly fileCapabilities: readonly string[];
  readonly unprivileged: { readonly image: string; readonly note: string } | null;
  readonly strategy: ImageStrategy;
  readonly notes: readonly string[];
  readonly sources: readonly Source[];
  /** `source`: read in the cited files; `knowledge`: known, not re-read. */
  readonly confidence: "source" | "knowledge";
  /** Facts that were not read in a source, where the others were. */
  readonly unverified: readonly string[];
  /** Why there is no source, where none is cited. */
  readonly unsourced: readonly string[];
}

export type Distro =
  | "debian"
  | "ubuntu"
  | "alpine"
  | "rhel"
  | "fedora"
  | "amazon"
  | "suse"
  | "arch"
  | "photon"
  | "azurelinux"
  | "wolfi"
  | "busybox"
  | "distroless-debian"
  | "scratch"
  | "nix"
  | "gentoo"
  | "clearlinux"
  | "windows";

export type PackageManager =
  | "apt"
  | "apk"
  | "dnf"
  | "microdnf"
  | "yum"
  | "tdnf"
  | "zypper"
  | "pacman"
  | "emerge"
  | "nix"
  | "swupd"
  | "none";

export interface UserTools {
  readonly useradd: boolean | null;
  readonly groupadd: boolean | null;
  readonly usermod: boolean | null;
  /** Which program `adduser` is. */
  readonly adduser: "debian" | "busybox" | "shadow-symlink" | false | null;
  readonly addgroup: "debian" | "busybox" | false | null;
  /** A command that installs the shadow tools. */
  readonly install: string | null;
}

export interface BaseAccount {
  readonly name: string;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly group: string | null;
  readonly home: string | null;
  readonly shell: string | null;
}

export interface BaseEntrypoint {
  readonly exec: readonly string[];
  readonly stepsDown: boolean;
  readonly mechanism: string | null;
  readonly target: string | null;
  /** Whether it can be started as any user. */
  readonly startAs: "any" | "root-required" | null;
  readonly note?: string;
}

export interface WritablePath {
  readonly path: string;
  readonly why: string;
  readonly when: string | null;
}

export interface PortFile {
  readonly path: string;
  /** JavaScript regular expression, multiline. */
  readonly find: string;
  readonly replace: string;
  readonly kind: "sed" | "delete-line" | "insert";
  readonly note?: string;
}

/** What to do on this base: see `SCHEMA` of the profiles. */
export type ImageStrategy =
  | "create-user"
  | "use-existing-user"
  | "already-nonroot"
  | "needs-config"
  | "keep-step-down"
  | "numeric-user"
  | "manual"
  | "skip"
  | "skip-build-image";

export interface Source {
  readonly repo: string;
  readonly path: string;
  readonly ref?: string;
  readonly note?: string;
}
