import { posix } from "node:path";
import { authorities } from "./authorities.ts";
import { SourceText } from "./source-text.ts";
import type { ConfigUser, ConfigWrite, OpenSite, PortSite, ServerConfig, Span } from "./types.ts";

/** Collects what one configuration file says. Every format's reader fills one of these. */
export class ConfigFacts {
  readonly source: SourceText;
  readonly ports: PortSite[] = [];
  readonly writes: ConfigWrite[] = [];
  readonly users: ConfigUser[] = [];
  readonly includes: string[] = [];
  readonly programs: ServerConfig["programs"][number][] = [];
  readonly open: OpenSite[] = [];
  readonly reads: string[] = [];
  private readonly server: ServerConfig["server"];
  private readonly format: string;

  constructor(path: string, text: string, server: ServerConfig["server"], format: string = server) {
    this.source = new SourceText(path, text);
    this.server = server;
    this.format = format;
  }

  port(span: Span, port: number, role: PortSite["role"], says: string, more: Partial<PortSite> = {}): void {
    this.ports.push(this.source.site(span, port, { role, kind: this.format, says, ...more }));
  }

  listen(span: Span, port: number, says: string, more: Partial<PortSite> = {}): void {
    this.port(span, port, "listen", says, more);
  }

  /** Hosts and ports in a value that this server connects to; the value stands letter by letter at `offset`. */
  reach(value: string, offset: number, says: string): void {
    for (const found of authorities(value)) {
      if (found.port === null) continue;
      const span = { start: offset + found.start, end: offset + found.end };
      const implied = found.written ? {} : { implied: { before: ":", after: "" } };
      this.port(span, found.port, "reach", says, { host: found.host, ...implied });
    }
  }

  /**
   * Keeps what is a path of the file system: not a stream, a pipe or a word such as `off`. A relative one is
   * resolved against `relativeTo`; with `""` it stays relative to the working directory, with null it is dropped.
   */
  write(what: ConfigWrite["what"], written: string, span: Span, relativeTo: string | null): void {
    const known = written.replace(/^file:(?:\/\/)?/, "").replace(/(?:\/[^/]*)?(?:\$|%[{(]|\{\{|<%).*$/s, "");
    if (known === "" || (!known.startsWith("/") && relativeTo === null)) return;
    const path = relativeTo === "" ? posix.normalize(known) : posix.resolve(relativeTo ?? "/", known);
    if (/^\/(?:dev|proc|sys)(?:\/|$)/.test(path)) return;
    this.writes.push({ path, what, ...this.source.at(span) });
  }

  user(name: string, span: Span, directive?: Span): void {
    this.users.push({ name, ...this.source.at(span), ...(directive && { directive }) });
  }

  unknown(offset: number, says: string): void {
    const variable = /\$[{(]?(\w+)/.exec(says)?.[1] ?? null;
    this.open.push({ line: this.source.lineAt(offset), says: says.slice(0, 120), variable });
  }

  result(): ServerConfig {
    const { ports, writes, users, includes, programs, open, reads } = this;
    return {
      path: this.source.path,
      server: this.server,
      format: this.format,
      ports,
      writes,
      users,
      includes,
      programs,
      open,
      reads,
    };
  }
}
