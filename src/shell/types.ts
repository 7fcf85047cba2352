/** Text whose line continuations are removed, and where each of its characters stands in the file. */
export interface LogicalTextLike {
  readonly text: string;
  toSource(offset: number): number;
}

/**
 * Shell bodies as a flat list of simple commands, in the order they are written, each with what it needs and
 * touches. Offsets are UTF-16 code units into the file that holds the script.
 */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  /** Functions defined in the script, by name, with the commands in their bodies (also in `commands`). */
  readonly functions: readonly string[];
  /** Messages of the parser; a script with errors is not understood. */
  readonly errors: readonly string[];
}

export interface ShellCommand {
  /** The command's name without its directory (`/usr/sbin/nginx` is `nginx`); null when it is not literal. */
  readonly name: string | null;
  /** Name first. Wrappers are kept: `exec gosu app run` is one command named `exec`, see `unwrap`. */
  readonly argv: readonly ShellWord[];
  readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[];
  readonly redirects: readonly Redirect[];
  readonly start: number;
  readonly end: number;
  /** Not certain to run: in an `if`, `case`, loop body, function, or after `&&`/`||` whose left side decides. */
  readonly conditional: boolean;
  readonly background: boolean;
  /** Name of the enclosing function, if any. */
  readonly function: string | null;
  /** In `$( )`, backquotes or `<( )`. */
  readonly substitution: boolean;
  /** The working directory at this command after literal `cd`s: absolute, or null when not known. */
  readonly cwd: string | null;
  /** The working directory in which the script began: what `cd` leads to is not the application's for that. */
  readonly workdir?: string | null;
  /** A statement of its own: not part of a chain or a pipe, and not in the background. */
  readonly alone?: boolean;
  /** The script goes on when it fails, even with `set -e`: `chown … || true`, the condition of an `if`. */
  readonly tolerated?: boolean;
  /** The umask after literal `umask`s in the script: null when it is not known; absent when nothing sets it. */
  readonly umask?: number | null;
  /** In a branch that a test of the user id guards: `if [ "$(id -u)" = 0 ]; then` runs it as root only. */
  readonly guard?: "root" | "other" | null;
}

export interface ShellWord {
  /** As written. */
  readonly raw: string;
  /** What it expands to when that is known (quotes removed, known variables filled in); else null. */
  readonly value: string | null;
  /** The longest known beginning of the value: `/data/` for `/data/$NAME`. */
  readonly prefix: string;
  readonly start: number;
  readonly end: number;
  /** The word with its glob characters when these are all that keeps `value` from being known: `/data/*`. */
  readonly glob?: string | null;
  /** The variable that the index-th character of `value` comes from; null when it is written in the word. */
  variableAt?(index: number): string | null;
  /** Source offset of the index-th character of `value`; of the expansion, for one that a variable gave. */
  offsetOf?(index: number): number;
  /** The word as a script of its own, as `sh -c` sees it; expansions that are not known stay as written. */
  script?(): LogicalTextLike;
}

export interface Redirect {
  /** `>`, `>>`, `<`, `<>`, `&>`, `>|` …; for `<<` and `<<-` the target is the body of the heredoc. */
  readonly operator: string;
  readonly target: ShellWord;
}

/**
 * What a command needs and does. Paths are absolute where the working directory is known, and begin with `~`
 * where the home is not. Globs stay as written (`/data/*`); where a variable is not known, a written path ends
 * at the directory before it and is recursive, and owners and modes are left out.
 */
export interface Effects {
  /** `unknown` counts as needing root. */
  readonly root: "yes" | "no" | "unknown";
  /** Why, in a few words: "installs system packages", "not a known command". */
  readonly why: string;
  /** Root is needed for nothing but `writes` and `modes`: whoever may write there can run it too. */
  readonly pathsOnly?: boolean;
  readonly reads: readonly string[];
  readonly writes: readonly PathWrite[];
  readonly owners: readonly OwnerChange[];
  readonly modes: readonly ModeChange[];
  /** Symbolic links it makes; only where there are any. */
  readonly links?: readonly LinkMade[];
  readonly accounts: readonly AccountChange[];
  /** System packages it installs (apt, apk, dnf …): their names. */
  readonly packages: readonly string[];
  /** The command that runs in its place and as whom: `gosu app node x`, `su -c`, `sudo`, `setpriv`. */
  readonly switchesTo: { readonly user: string | null; readonly mechanism: string } | null;
  /** TCP ports it is told to listen on. */
  readonly listens: readonly Listen[];
  /** A reason why the image needs root to run, when this is the process that runs: cron, sshd, systemd … */
  readonly daemon: RootDaemon | null;
}

export interface Listen {
  readonly port: number;
  /** The range of the digits; of the whole word when a variable gives them. */
  readonly start: number;
  readonly end: number;
  /** The variable that holds the digits; null or absent when they are written here. */
  readonly variable?: string | null;
  /** Not a server that is known: an option that looks like one (`--port 80`). */
  readonly generic?: boolean;
}

export type RootDaemon =
  | "cron"
  | "sshd"
  | "init"
  | "docker-in-docker"
  | "mount"
  | "network-admin"
  | "package-install"
  | "vpn"
  | "ftp"
  | "dns"
  | "mail"
  | "ntp"
  | "syslog"
  | "file-server"
  | "service-manager";

export interface PathWrite {
  readonly path: string;
  readonly kind: "create" | "modify" | "delete";
  readonly directory: boolean;
  /** Everything below `path` may be written too. */
  readonly recursive: boolean;
  /**
   * Owner and mode of what it makes. `plain`: of whoever runs it, under the umask. `copied`: the mode is that of
   * `from`, under the umask. `kept`: owner and mode of `from`, if root runs it. `archive`: those in an archive, if
   * root runs it. `linked`: the same file under another name. `private`: of whoever runs it, for nobody else.
   * Absent: of whoever runs it, with an unknown mode.
   */
  readonly made?: "plain" | "copied" | "kept" | "archive" | "linked" | "private";
  /** What its contents come from, as they are or filtered, where that is one path and known. */
  readonly from?: string | null;
  /** Directories above it that are missing are made too. */
  readonly parents?: boolean;
}

export interface OwnerChange {
  readonly path: string;
  /** As written, name or number; null when unchanged. */
  readonly user: string | null;
  readonly group: string | null;
  readonly recursive: boolean;
}

export interface ModeChange {
  readonly path: string;
  /** As written: `755`, `+x`, `u+x`, `a+rwX`. */
  readonly mode: string;
  readonly recursive: boolean;
}

export interface LinkMade {
  readonly path: string;
  /** Absolute: where it leads. */
  readonly target: string;
}

export interface AccountChange {
  readonly kind: "user" | "group" | "delete-user" | "delete-group" | "modify-user";
  readonly name: string;
  readonly id: number | null;
  /** Primary group, name or number as written. */
  readonly group: string | null;
  readonly home: string | null;
  /** Whether the home directory is made. */
  readonly createsHome: boolean;
  readonly system: boolean;
}
