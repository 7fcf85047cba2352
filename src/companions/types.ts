/**
 * The files around a Dockerfile: what they say about the image, with ranges so that a change can edit them.
 * Offsets are UTF-16 code units into the file's text.
 */
import type { ShellCommand } from "../shell/index.ts";

/** A place where a number fixes a port; `start`/`end` cover just its digits. */
export interface PortSite {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** `listen`: the server binds it. `reach`: somebody connects to it. `describe`: documentation such as EXPOSE. */
  readonly role: "listen" | "reach" | "describe";
  /** Server or format: `nginx`, `apache`, `compose`, `express`. */
  readonly kind: string;
  /** One line for a person: `listen 80 default_server`. */
  readonly says: string;
  /** The host that is reached or the address that is bound, where the text names one: `web`, `127.0.0.1`. */
  readonly host?: string;
  /** Last port of a range such as `8000-8010`; `start`/`end` cover the first. */
  readonly portEnd?: number;
  /** The variable whose default this is: `${PORT:-80}`. Changing the digits changes nothing where it is set. */
  readonly variable?: string;
  /**
   * The port is implied (`http://web`, a server block without `listen`): the range is empty, and whoever writes
   * a number there puts these around it.
   */
  readonly implied?: { readonly before: string; readonly after: string };
  /** What has to be written with a new number, so that redirects do not carry it to callers: nginx. */
  readonly redirects?: { readonly at: number; readonly text: string };
}

/** A place that fixes a port, but through a variable or macro, so that there are no digits to change. */
export interface OpenSite {
  readonly line: number;
  readonly says: string;
  readonly variable: string | null;
}

/** Half open, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A server's configuration file, read. */
export interface ServerConfig {
  readonly path: string;
  readonly server:
    "nginx" | "apache" | "caddy" | "haproxy" | "lighttpd" | "supervisord" | "tomcat" | "php-fpm" | "other";
  /** What it is where `server` says `other`, and the same word as `server` elsewhere: `redis`, `uwsgi`. */
  readonly format: string;
  readonly ports: readonly PortSite[];
  /** Paths that the server writes, absolute: logs, pid files, caches, sockets. */
  readonly writes: readonly ConfigWrite[];
  /** `user` directives: who the workers run as. */
  readonly users: readonly ConfigUser[];
  /** Files it includes, as written. */
  readonly includes: readonly string[];
  /** Programs it starts (supervisord); ranges of `commands` are offsets into this file. */
  readonly programs: readonly {
    readonly name: string;
    readonly command: string;
    readonly commands: readonly ShellCommand[];
    readonly user: string | null;
    readonly line: number;
  }[];
  /** Ports that a variable decides: `listen ${NGINX_PORT};`. */
  readonly open?: readonly OpenSite[];
  /** Private keys and the like: files that the server must be able to read at start. */
  readonly reads?: readonly string[];
  /** Why the file was not understood; there are no facts then, and it must be left alone. */
  readonly problem?: { readonly line: number; readonly message: string };
}

export interface ConfigUser {
  readonly name: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** The whole directive, without the blanks around it, for whoever takes it away. */
  readonly directive?: Span;
}

export interface ConfigWrite {
  /**
   * Absolute, or relative to the working directory; where a variable cuts it short, the directory up to there.
   */
  readonly path: string;
  readonly what: "log" | "pid" | "cache" | "socket" | "data" | "temp";
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface ComposeFile {
  readonly path: string;
  readonly services: readonly ComposeService[];
  /** What it says about services that only other files of the project have, by their names. */
  readonly reachedElsewhere: ReadonlyMap<string, readonly PortSite[]>;
}

export interface ComposeService {
  readonly name: string;
  readonly line: number;
  /** Null when it is not built here (an image, a URL as context, an inline Dockerfile). */
  readonly build: ComposeBuild | null;
  readonly image: string | null;
  /** `start`/`end` cover the value without quotes, `directive` the whole `user: …` entry. */
  readonly user: {
    readonly value: string;
    readonly line: number;
    readonly start: number;
    readonly end: number;
    readonly directive?: Span;
  } | null;
  readonly ports: readonly ComposePort[];
  readonly volumes: readonly {
    readonly type: "bind" | "volume" | "tmpfs";
    readonly source: string | null;
    readonly target: string;
    readonly readOnly: boolean;
    readonly line: number;
  }[];
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly networkMode: string | null;
  readonly command: readonly string[] | string | null;
  readonly entrypoint: readonly string[] | string | null;
  readonly environment: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly line: number;
    readonly start: number;
    readonly end: number;
  }[];
  readonly dependsOn: readonly string[];
  /** Ports of *this* service named in expose and healthcheck, and ports of it named by other services. */
  readonly reached: readonly PortSite[];
  /** Names under which other services of the project reach it: service, container_name, hostname, aliases. */
  readonly names?: readonly string[];
  readonly extends?: { readonly service: string; readonly file: string | null };
  /** Relative to the tree's root. */
  readonly envFiles?: readonly string[];
  /** Port mappings whose container side is a variable without a default. */
  readonly open?: readonly OpenSite[];
  /** What `command` and `entrypoint` tell the server to listen on. */
  readonly listens?: readonly PortSite[];
}

export interface ComposeBuild {
  /** Relative to the tree's root; the empty string is the root itself. May start with `..` where it leaves the tree. */
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly args?: ReadonlyMap<string, string | null>;
}

export interface ComposePort {
  /** Host port or range as written; null when Docker chooses. */
  readonly published: string | null;
  readonly target: number;
  readonly protocol: "tcp" | "udp";
  readonly line: number;
  /** The digits of the container port. For `- "80"` (published chosen by Docker) this is the whole number. */
  readonly start: number;
  readonly end: number;
  /** What to put there so that callers notice nothing, given the new container port: `80:8080` for a short `80` etc. */
  readonly form: "short" | "long";
  /** Last container port of a range; `start`/`end` cover the first. */
  readonly targetEnd?: number;
  /** The variable whose default the container port is: `80:${PORT:-80}`. */
  readonly variable?: string;
}

/** What the app's source says, found on syntax trees. */
export interface SourceFacts {
  readonly listens: readonly SourceListen[];
  readonly writes: readonly SourceWrite[];
  /** Frameworks recognised by their manifest or imports: `next`, `django`, `laravel`, `rails`, `spring-boot` … */
  readonly frameworks: readonly string[];
  /** Statements of a server's configuration that only root can obey: they name who it is to run as. */
  readonly users: readonly SourceUser[];
}

export interface SourceUser extends Span {
  readonly file: string;
  readonly line: number;
  /** The statement, on one line. */
  readonly says: string;
}

export interface SourceListen {
  /** Port number in the source; null when it only comes from the environment. */
  readonly site: PortSite | null;
  /** Environment variable that decides, if any: `process.env.PORT || 80` gives `PORT`. */
  readonly variable: string | null;
}

export interface SourceWrite {
  /** As in the source; a relative path begins at {@link relativeTo}, one with `~` at the account's home. */
  readonly path: string;
  readonly directory: boolean;
  readonly file: string;
  readonly line: number;
  readonly says: string;
  /**
   * What a relative `path` begins at: the working directory (default), or, for paths made from the source
   * file's own place (`__dirname`, `__file__`), the folder whose source was read.
   */
  readonly relativeTo?: "cwd" | "source";
  /** It goes where the system has its temporary files; that directory is not made. */
  readonly temporary?: true;
}
