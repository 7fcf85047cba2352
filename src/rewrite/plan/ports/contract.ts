import type { PortSite } from "../../../companions/index.ts";
import type { Edit, Evidence } from "../../types.ts";

/** A place that takes part in a port's contract but cannot be changed here. */
export interface Place {
  readonly path: string;
  readonly line: number | null;
  readonly says: string;
}

/** Everything that has to change together so that one port can move. */
export class Contract {
  readonly from: number;
  readonly to: number;
  readonly evidence: Evidence[] = [];
  /** Shell commands that change the base image's own configuration. */
  readonly commands: string[] = [];
  /** `NAME=value` for new ENV lines. */
  readonly env: string[] = [];
  /** Variables that carry the port to the server. */
  readonly variables = new Set<string>();
  readonly left: Place[] = [];
  /** The base image exposes the port, and the Dockerfile says nothing of its own. */
  exposesNew = false;
  /** Whether all of it is known from the files, not concluded from customs. */
  sure = true;
  private listeners = 0;
  private readonly changed = new Map<string, Edit>();

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  get hasListener(): boolean {
    return this.listeners > 0;
  }

  /** Something that listens was found, and nothing that takes part has to be changed by hand. */
  get isWhole(): boolean {
    return this.hasListener && this.left.length === 0;
  }

  get edits(): readonly Edit[] {
    return [...this.changed.values()].sort((a, b) =>
      a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1,
    );
  }

  listener(evidence: Evidence): void {
    this.listeners++;
    this.evidence.push(evidence);
  }

  edit(edit: Edit): void {
    this.changed.set(`${edit.path}\0${edit.start}\0${edit.end}`, edit);
  }

  digits(path: string, start: number, end: number): void {
    this.edit({ path, start, end, text: String(this.to) });
  }

  /** Writes the new number at a site, or says that it cannot be done. */
  site(site: PortSite): void {
    const { path, line, start, end, says } = site;
    if (site.portEnd !== undefined && site.portEnd !== site.port) {
      this.cannot({ path, line, says: `${says} (a range of ports)` });
      return;
    }
    const { before, after } = site.implied ?? { before: "", after: "" };
    this.edit({ path, start, end, text: `${before}${this.to}${after}` });
    if (site.variable !== undefined) {
      this.sure = false;
      this.variables.add(site.variable);
    }
    if (site.redirects)
      this.edit({ path, start: site.redirects.at, end: site.redirects.at, text: site.redirects.text });
  }

  cannot(place: Place): void {
    if (!this.left.some((other) => other.path === place.path && other.line === place.line))
      this.left.push(place);
  }
}

/** Offsets of the port's digits in a value such as `80`, `http://+:80` or `0.0.0.0:80;http://[::]:80`. */
export function portsIn(value: string, port: number): number[] {
  const bare = value.trim().replace(/^["']|["']$/g, "");
  if (bare === String(port)) return [value.indexOf(bare)];
  return [...value.matchAll(new RegExp(`:${port}(?![\\d.:])`, "g"))].map((match) => match.index + 1);
}
