import { list } from "./arguments.ts";
import { isBelow, joinPath, normalizePath, parentOf } from "./paths.ts";
import type { Use } from "./spec.ts";
import type {
  AccountChange,
  Effects,
  LinkMade,
  Listen,
  ModeChange,
  OwnerChange,
  PathWrite,
  RootDaemon,
  ShellCommand,
  ShellWord,
} from "./types.ts";

export interface EffectsContext {
  readonly user: "root" | "other";
  readonly home: string | null;
  /** `adduser` is BusyBox', whose long options are called like Debian's. */
  readonly busybox?: boolean;
}

/** Whose what is written is, and with what mode. */
export type HowMade = Pick<PathWrite, "made" | "from" | "parents">;

/** Effects while they are being gathered. */
export class Draft {
  readonly reads: string[] = [];
  readonly writes: PathWrite[] = [];
  readonly owners: OwnerChange[] = [];
  readonly modes: ModeChange[] = [];
  readonly links: LinkMade[] = [];
  readonly accounts: AccountChange[] = [];
  readonly packages: string[] = [];
  readonly listens: Listen[] = [];
  switchesTo: Effects["switchesTo"] = null;
  daemon: RootDaemon | null = null;
  readonly context: EffectsContext;
  cwd: string | null;
  #need: "yes" | "unknown" | null = null;
  #why = "";
  /** Why, where it is only a path that asks for root, or may ask for it. */
  #systemPath: string | null = null;
  #unknownPath: string | null = null;

  /** Where the script began, when that is a directory of the application. */
  readonly #workdir: string | null;

  constructor(context: EffectsContext, command: ShellCommand) {
    this.context = context;
    this.cwd = command.cwd;
    const workdir = command.workdir === undefined ? command.cwd : command.workdir;
    this.#workdir = workdir !== null && isAppDirectory(workdir) ? workdir : null;
  }

  get home(): string | null {
    return this.context.home ?? (this.context.user === "root" ? "/root" : null);
  }

  needsRoot(why: string): void {
    if (this.#need === "yes") return;
    this.#need = "yes";
    this.#why = why;
  }

  mayNeedRoot(why: string): void {
    if (this.#need !== null) return;
    this.#need = "unknown";
    this.#why = why;
  }

  get root(): "yes" | "unknown" | "no" {
    return (
      this.#need ?? (this.#systemPath === null ? (this.#unknownPath === null ? "no" : "unknown") : "yes")
    );
  }

  /** A word that names a path, as that path; what is not known of it is left to `use`. */
  path(word: ShellWord | string): { readonly path: string; readonly exact: boolean } | null {
    if (typeof word === "string") return { path: word, exact: true };
    let text = word.value ?? word.glob ?? null;
    const exact = text !== null;
    if (text === null) {
      const slash = word.prefix.lastIndexOf("/");
      if (slash < 0) return null;
      text = slash === 0 ? "/" : word.prefix.slice(0, slash);
    }
    if (text === "") return null;
    return { path: this.resolve(text), exact };
  }

  resolve(text: string): string {
    const { home } = this;
    if (text.startsWith("~") && home !== null && (text.length === 1 || text[1] === "/")) {
      return normalizePath(home + text.slice(1));
    }
    return joinPath(this.cwd, text) ?? normalizePath(text);
  }

  use(word: ShellWord, use: Use, recursive = false, how?: HowMade): void {
    if (use === "ignore" || word.value === "-") return;
    if (use === "package") {
      const name = word.value ?? word.glob;
      if (typeof name === "string") this.packages.push(name);
      return;
    }
    const found = this.path(word);
    if (found === null) {
      if (use !== "read" && word.value !== "") this.#unknownPath ??= "writes to a path that is not known";
      return;
    }
    if (use === "read") this.reads.push(found.path);
    else this.write(found.path, use, recursive || !found.exact, how);
  }

  write(
    path: string,
    use: Exclude<Use, "read" | "package" | "ignore">,
    recursive = false,
    how?: HowMade,
  ): void {
    if (DEVICES.test(path)) return;
    const kind =
      use === "delete"
        ? "delete"
        : use === "create" || use === "make" || use === "secret"
          ? "create"
          : "modify";
    const below = use === "fill" || use === "change" || recursive;
    this.writes.push({
      path,
      kind,
      directory: use === "make" || use === "fill",
      recursive: below,
      ...(use === "secret" && { made: "private" as const }),
      ...how,
    });
    this.touch(path, use === "fill" || (kind !== "delete" && this.#isOpen(path)) ? path : parentOf(path));
  }

  /** Writes anywhere below a directory, `.` or `~/.cache` too. What is below `~` moves with the user. */
  fills(path: string, how?: HowMade): void {
    const resolved = this.resolve(path);
    this.writes.push({ path: resolved, kind: "modify", directory: true, recursive: true, ...how });
    if (!path.startsWith("~")) this.touch(resolved, resolved);
  }

  own(word: ShellWord | string, user: string | null, group: string | null, recursive: boolean): void {
    const found = this.path(word);
    if (found?.exact === true) this.owners.push({ path: found.path, user, group, recursive });
  }

  /** A link whose ends are both known. */
  link(path: string, target: string): void {
    const leads = joinPath(parentOf(path), target);
    if (path.startsWith("/") && leads !== null) this.links.push({ path, target: normalizePath(leads) });
  }

  mode(word: ShellWord | string, mode: string | null, recursive: boolean): void {
    const found = this.path(word);
    if (found === null) {
      this.#unknownPath ??= "changes the mode of a path that is not known";
      return;
    }
    this.touch(found.path, parentOf(found.path));
    if (found.exact && mode !== null) this.modes.push({ path: found.path, mode, recursive });
  }

  /** Whether root is needed to write at `path`, whose entry is made in `directory`. */
  touch(path: string, directory = parentOf(path)): void {
    if (this.#systemPath !== null) return;
    if (path.startsWith("~")) return;
    if (!path.startsWith("/")) {
      this.#unknownPath ??= `writes to ${path} below a directory that is not known`;
      return;
    }
    if (!this.#isOpen(directory)) this.#systemPath = `writes to ${path}`;
  }

  /** Whether anybody may write below a directory, or the user whose home or working directory it is. */
  #isOpen(directory: string): boolean {
    const { home } = this;
    if (this.#workdir !== null && isBelow(directory, this.#workdir)) return true;
    // A step that fills root's home is not one that any user can run.
    if (home !== null && home !== "/root" && isBelow(directory, home)) return true;
    return OPEN.some((open) => isBelow(directory, open));
  }

  /** Takes over what an inner command does. */
  absorb(inner: Draft): void {
    this.reads.push(...inner.reads);
    this.writes.push(...inner.writes);
    this.owners.push(...inner.owners);
    this.modes.push(...inner.modes);
    this.links.push(...inner.links);
    this.accounts.push(...inner.accounts);
    this.packages.push(...inner.packages);
    this.listens.push(...inner.listens);
    this.switchesTo ??= inner.switchesTo;
    this.daemon ??= inner.daemon;
    if (inner.#need === "yes") this.needsRoot(inner.#why);
    else if (inner.#need === "unknown") this.mayNeedRoot(inner.#why);
    this.#systemPath ??= inner.#systemPath;
    this.#unknownPath ??= inner.#unknownPath;
  }

  finish(): Effects {
    const { root } = this;
    const byPath = this.#need === null ? (this.#systemPath ?? this.#unknownPath) : null;
    return {
      root,
      why: this.#need === null ? (byPath ?? "needs nothing of root") : this.#why,
      pathsOnly: root === "yes" && this.#need === null,
      reads: this.reads,
      writes: this.writes,
      owners: this.owners,
      modes: this.modes,
      ...(this.links.length > 0 && { links: this.links }),
      accounts: this.accounts,
      packages: this.packages,
      switchesTo: this.switchesTo,
      listens: this.listens,
      daemon: this.daemon,
    };
  }
}

const DEVICES =
  /^\/(?:dev\/(?:null|stdout|stderr|stdin|tty|zero|fd\/\d+|tcp\/.*|udp\/.*)$|proc\/(?:self|1|\$\$)\/fd\/)/;

const OPEN = ["/tmp", "/var/tmp", "/dev/shm"];

/** Directories of the system: to work in one does not make it the application's. */
const SHARED = list(`
  / /usr /usr/local /usr/src /usr/share /usr/local/src /usr/local/share /var /var/lib /var/log
  /var/cache /var/run /var/www /opt /home /srv /mnt /media /root`);
const SYSTEM =
  /^\/(?:etc|bin|sbin|lib\w*|boot|dev|proc|sys|run|root|usr\/(?:s?bin|lib\w*|include|local\/(?:s?bin|lib\w*|include|etc)))(?:\/|$)/;

export function isAppDirectory(path: string): boolean {
  return !SHARED.has(path) && !SYSTEM.test(path);
}
