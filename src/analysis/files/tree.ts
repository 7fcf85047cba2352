import type { Step } from "../model.ts";
import { absolute } from "../paths.ts";
import { type Mode, UNKNOWN_MODE, eitherMode } from "./mode.ts";
import { NOBODY_KNOWN, type Owner } from "./owners.ts";

export type Maker = "base" | "COPY" | "ADD" | "RUN" | "WORKDIR" | "VOLUME";

/** What is known of one path. */
export interface Facts extends Owner {
  /** `maybe`: it is there if a step that cannot be seen through makes it, or one that may not run. */
  readonly exists: "yes" | "maybe" | "no";
  readonly kind: "file" | "directory" | "link" | null;
  /** Who made it; null where that is not known. */
  readonly by: Maker | null;
  readonly step: Step | null;
  readonly mode: Mode;
  /** Of a symbolic link: where it leads. */
  readonly link: string | null;
}

export const ABSENT: Facts = {
  exists: "no",
  kind: null,
  by: null,
  step: null,
  user: null,
  group: null,
  mode: UNKNOWN_MODE,
  link: null,
};

/** Things below a directory that have no name here: what a COPY or an installer brought. */
export type Part = Pick<Facts, "by" | "step" | "user" | "group" | "mode">;

/** All that stands below a directory without a name of its own. */
export interface Rest {
  /** What the base has there may be among it. */
  readonly base: boolean;
  readonly parts: readonly Part[];
}

export const EMPTY: Rest = { base: false, parts: [] };

export interface Node {
  readonly path: string;
  readonly children: Map<string, Node>;
  /** Null where only `rest` of a directory above tells something of it. */
  facts: Facts | null;
  /** Null: as in the directory above. */
  rest: Rest | null;
  /** A step may have removed or moved it, and none has made it again since. */
  gone: boolean;
  /** When everything below it was seen through for the last time: a number of steps. */
  since: number;
  /** More is named below it than is kept apart. */
  crowded: boolean;
}

/** What is known beside one another of more than this is not kept apart any more. */
const MOST_PARTS = 8;
/** So that each step costs the same, however many paths a file names. */
const MOST_NODES = 2000;
const MOST_HOPS = 20;

/** The paths that are known by name, and what is known of the rest. */
export class Tree {
  readonly root: Node = {
    path: "/",
    children: new Map(),
    facts: null,
    rest: { base: true, parts: [] },
    gone: false,
    since: 0,
    crowded: false,
  };
  private readonly base: (path: string) => Facts;
  private nodes = 1;

  /** @param base what the base image has at a path. */
  constructor(base: (path: string) => Facts) {
    this.base = base;
  }

  /** What is known of a path as it is named, links not followed. */
  facts(path: string): Facts {
    let node = this.root;
    let rest = this.root.rest!;
    for (const name of names(path)) {
      if (node.facts?.exists === "no") return ABSENT;
      const child = node.children.get(name);
      if (child === undefined) return this.unnamed(path, rest);
      node = child;
      rest = node.rest ?? rest;
    }
    return node.facts ?? this.unnamed(path, this.restAbove(path));
  }

  private unnamed(path: string, rest: Rest): Facts {
    const [first, ...others] = rest.parts;
    const base = rest.base ? this.base(path) : ABSENT;
    if (first === undefined) return base;
    if (base.exists === "yes") return base;
    let merged: Part = first;
    for (const part of base.exists === "no" ? others : [...others, base]) {
      merged = {
        by: merged.by === part.by ? part.by : null,
        step: merged.step === part.step ? part.step : null,
        ...sameOwner(merged, part),
        mode: eitherMode(merged.mode, part.mode),
      };
    }
    return { ...merged, exists: "maybe", kind: null, link: null };
  }

  /** What holds for a path without facts of its own: the rest of the nearest directory above. */
  private restAbove(path: string): Rest {
    let node = this.root;
    let rest = node.rest!;
    const parts = names(path);
    for (const name of parts.slice(0, -1)) {
      const child = node.children.get(name);
      if (child === undefined) return rest;
      node = child;
      rest = node.rest ?? rest;
    }
    return rest;
  }

  /** What stands below a path without a name of its own. */
  rest(path: string): Rest {
    return this.restAbove(path === "/" ? "/x" : `${path}/x`);
  }

  /** Where a path leads when links are followed, the last one too where `last` says so. */
  real(path: string, last = true): string {
    let found = path;
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const link = this.linkOn(found, last);
      if (link === null) return found;
      const below = found.slice(link.path.length);
      found = absolute(link.facts!.link! + below, "/")!;
    }
    return path; // links that lead in a circle lead nowhere
  }

  private linkOn(path: string, last: boolean): Node | null {
    let node = this.root;
    for (const name of names(path)) {
      const child = node.children.get(name);
      if (child === undefined) return null;
      node = child;
      if (node.facts?.link != null && node.facts.exists !== "no" && (last || node.path !== path)) return node;
    }
    return null;
  }

  /** The node of a path, made where there is none; null when there are too many. */
  node(path: string): Node | null {
    let node = this.root;
    for (const name of names(path)) {
      let child = node.children.get(name);
      if (child === undefined) {
        if (this.nodes >= MOST_NODES) return null;
        this.nodes++;
        child = {
          path: node.path === "/" ? `/${name}` : `${node.path}/${name}`,
          children: new Map(),
          facts: null,
          rest: null,
          gone: false,
          since: node.since,
          crowded: false,
        };
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }

  /** Everything named below a path, and the parts of what is not. */
  below(path: string, see: (found: { facts: Facts | null; parts: readonly Part[] }) => void): void {
    see({ facts: null, parts: this.rest(path).parts });
    const top = this.find(path);
    if (top === null) return;
    visit(top, (node) => {
      if (node !== top) see({ facts: node.facts, parts: node.rest?.parts ?? [] });
    });
  }

  /** What has no name right below a directory may be changed, or may not. */
  spread(directory: string, change: (part: Part) => Part): void {
    const rest = this.rest(directory);
    const node = this.node(directory);
    if (node === null) return this.forget(directory);
    const base = rest.base ? this.baseBelow(directory) : null;
    const changed = (base === null ? rest.parts : [...rest.parts, base]).map(change);
    node.rest = { ...rest, parts: distinct([...rest.parts, ...changed]) };
  }

  find(path: string): Node | null {
    let node: Node | undefined = this.root;
    for (const name of names(path)) {
      node = node.children.get(name);
      if (node === undefined) return null;
    }
    return node;
  }

  /** Says what is at a path; what is made anew has nothing below it. */
  set(path: string, facts: Facts, now: number): void {
    const before = this.facts(path);
    const node = this.node(path);
    if (node === null) return this.forget(path);
    if (before.exists === "no" && facts.exists !== "no") {
      node.children.clear();
      node.rest = EMPTY;
      node.since = now;
    }
    node.facts = facts;
    node.gone = false;
  }

  /** Nothing below the nearest known directory is certain any more. */
  private forget(path: string): void {
    let node = this.root;
    for (const name of names(path)) {
      const child = node.children.get(name);
      if (child === undefined) break;
      node = child;
    }
    if (node.crowded) return;
    node.crowded = true;
    this.addBelow(node, { by: null, step: null, ...NOBODY_KNOWN, mode: UNKNOWN_MODE });
  }

  /** A link's target, a file's owner …: changes what is known of a path, without making it. */
  update(path: string, change: (facts: Facts) => Facts): void {
    const facts = this.facts(path);
    const node = this.node(path);
    if (node !== null) node.facts = change(facts);
  }

  /** Changes everything at and below a path, named or not. */
  updateAll(path: string, change: (part: Part, facts: Facts | null) => Part): void {
    const above = this.rest(path);
    this.update(path, (facts) => ({ ...facts, ...change(facts, facts) }));
    const node = this.find(path);
    if (node === null) return;
    node.rest ??= above;
    visit(node, (each) => {
      if (each !== node && each.facts !== null)
        each.facts = { ...each.facts, ...change(each.facts, each.facts) };
      if (each.rest !== null) each.rest = this.changed(each, change);
    });
  }

  /** What the base may have somewhere below a directory. */
  baseBelow(path: string): Part | null {
    const facts = this.base(path === "/" ? "/x" : `${path}/x`);
    return facts.exists === "no" ? null : facts;
  }

  private changed({ rest, path }: Node, change: (part: Part, facts: Facts | null) => Part): Rest {
    const base = rest!.base ? this.baseBelow(path) : null;
    const parts = base === null ? rest!.parts : [...rest!.parts, base];
    return { base: false, parts: distinct(parts.map((part) => change(part, null))) };
  }

  /** Something may be put anywhere below a path. */
  fill(path: string, part: Part): void {
    const above = this.rest(path);
    const node = this.node(path);
    if (node === null) return this.forget(path);
    node.rest ??= above;
    this.addBelow(node, part);
  }

  private addBelow(node: Node, part: Part): void {
    visit(node, (each) => {
      if (each.rest === null || each.facts?.exists === "no") return;
      each.rest = { ...each.rest, parts: distinct([...each.rest.parts, part]) };
    });
  }

  /** Takes away a path and what is below it; `certain`: that happens in any case. */
  remove(path: string, certain: boolean, now: number): void {
    const node = this.node(path);
    if (node === null) return;
    if (!certain) {
      visit(node, (each) => {
        if (each.facts?.exists === "yes") each.facts = { ...each.facts, exists: "maybe" };
        each.gone = true;
      });
      node.facts ??= { ...this.facts(path), exists: "maybe" };
      return;
    }
    this.nodes -= node.children.size === 0 ? 0 : count(node) - 1;
    node.children.clear();
    node.facts = ABSENT;
    node.rest = EMPTY;
    node.gone = true;
    node.since = now;
    node.crowded = false;
  }

  /** Whether a step may have removed it, or a directory above it, and none has made it since. */
  isGone(path: string): boolean {
    let node = this.root;
    for (const name of names(path)) {
      const child = node.children.get(name);
      if (child === undefined) return false;
      node = child;
      if (node.gone) return true;
    }
    return false;
  }
}

export function visit(node: Node, see: (node: Node) => void): void {
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    see(next);
    waiting.push(...next.children.values());
  }
}

function count(node: Node): number {
  let sum = 0;
  visit(node, () => sum++);
  return sum;
}

function names(path: string): string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}

function sameOwner(one: Owner, other: Owner): Owner {
  return {
    user: one.user === other.user ? one.user : null,
    group: one.group === other.group ? one.group : null,
  };
}

function distinct(parts: readonly Part[]): Part[] {
  const kept: Part[] = [];
  for (const part of parts) {
    const same = kept.findIndex(
      (each) =>
        each.by === part.by &&
        each.user === part.user &&
        each.group === part.group &&
        each.mode.on === part.mode.on &&
        each.mode.off === part.mode.off,
    );
    if (same < 0) kept.push(part);
    else if (kept[same]!.step !== part.step) kept[same] = { ...part, step: null };
  }
  if (kept.length <= MOST_PARTS) return kept;
  return [...kept.slice(0, MOST_PARTS - 1), { by: null, step: null, ...NOBODY_KNOWN, mode: UNKNOWN_MODE }];
}
