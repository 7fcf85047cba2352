import { posix } from "node:path";
import { isInside } from "../paths.ts";
import { UNKNOWN_MODE, eitherMode } from "./mode.ts";
import { type Accounts, NOBODY_KNOWN } from "./owners.ts";
import { type Facts, type Part, type Rest, type Tree, visit } from "./tree.ts";

/**
 * The classic builder and BuildKit differ in two things: who owns a WORKDIR below USER, and whether a VOLUME keeps
 * what later steps do to it. `any`: what only one of them does is not known.
 */
export type Builder = "buildkit" | "classic" | "any";

/** A path that is known by name. */
export type Named = Pick<Facts, "exists" | "by" | "step"> & { readonly path: string };

/** What at and below a path is not as somebody wants it, or may not be. */
export interface Foreign {
  readonly directories: readonly Named[];
  /** Files, and what may be one, or may not be there. */
  readonly others: readonly Named[];
  /** What has no name of its own: what an installer or an archive brought, what the base has there. */
  readonly parts: readonly Part[];
  /** Numbers of the steps that ran a program which may have written there, and of which nobody knows it. */
  readonly unseen: readonly number[];
}

/** What the steps so far have made, and the small operations of which steps are made up. */
export class Ground {
  readonly tree: Tree;
  readonly accounts: Accounts;
  readonly builder: Builder;
  /** The number of the step. */
  now = 0;
  /** The steps that ran a program as root of which nobody knows what it writes. */
  readonly unseen: number[] = [];
  private readonly volumes: string[] = [];

  constructor(tree: Tree, accounts: Accounts, builder: Builder) {
    this.tree = tree;
    this.accounts = accounts;
    this.builder = builder;
  }

  /** Makes a directory, and those above it that are missing, if it is not there. */
  make(path: string, facts: Facts, above: Facts = facts): void {
    const missing: string[] = [];
    let at = path;
    for (; at !== "/"; at = posix.dirname(at)) {
      if (this.tree.facts(at).exists === "yes") break;
      missing.push(at);
    }
    for (const each of missing.toReversed()) {
      const wanted = each === path ? facts : above;
      const found = this.tree.facts(each);
      // It may have been there already, as whoever made it left it.
      this.tree.set(
        each,
        found.exists === "no" ? wanted : { ...either(found, wanted), exists: wanted.exists },
        this.now,
      );
    }
  }

  /** What a step writes into is there, whoever made it. */
  imply(path: string): void {
    if (path === "/" || this.tree.facts(path).exists === "yes") return;
    this.imply(posix.dirname(path));
    const found = this.tree.facts(path);
    if (found.exists === "no")
      this.tree.set(
        path,
        { ...found, ...NOBODY_KNOWN, exists: "yes", kind: "directory", mode: UNKNOWN_MODE },
        this.now,
      );
    else this.tree.update(path, (facts) => ({ ...facts, exists: "yes", kind: "directory" }));
  }

  /** What is named below a directory may be replaced by what is brought; `self`: so may its own place. */
  overwrite(path: string, part: Part, self = false): void {
    const top = this.tree.find(path);
    if (top === null) return;
    visit(top, (node) => {
      if (node.facts === null || node.facts.exists === "no" || (node === top && !self)) return;
      if (node === top && node.facts.kind === "directory") return;
      node.facts = { ...node.facts, ...eitherPart(node.facts, part) };
    });
  }

  /** What at and below a path is not for certain as `isFine` wants it. */
  foreignTo(path: string, isFine: (part: Part, facts: Facts | null) => boolean): Foreign {
    const directories: Named[] = [];
    const others: Named[] = [];
    const parts: Part[] = [];
    const rest = (at: string, { base, parts: below }: Rest) => {
      parts.push(...below.filter((part) => !isFine(part, null)));
      const shipped = base ? this.tree.baseBelow(at) : null;
      if (shipped !== null && !isFine(shipped, null)) parts.push(shipped);
    };
    const real = this.tree.real(path);
    const facts = this.tree.facts(real);
    const top = this.tree.find(real);
    const take = (at: string, found: Facts) => {
      const { exists, by, step } = found;
      const isSure = exists === "yes" && found.kind === "directory";
      (isSure ? directories : others).push({ path: at, exists, by, step });
    };
    if (facts.exists !== "yes" || !isFine(facts, facts)) take(real, facts);
    rest(real, this.tree.rest(real));
    if (top !== null)
      visit(top, (node) => {
        if (node === top) return;
        if (node.rest !== null) rest(node.path, node.rest);
        if (node.facts === null || node.facts.exists === "no" || isFine(node.facts, node.facts)) return;
        take(node.path, node.facts);
      });
    const since = top?.since ?? 0;
    directories.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { directories, others, parts, unseen: this.unseen.filter((step) => step > since) };
  }

  /** Everything at and below a path is known from here on. */
  settle(path: string): void {
    const top = this.tree.node(path);
    if (top !== null) visit(top, (node) => (node.since = this.now));
  }

  addVolume(path: string): void {
    this.volumes.push(path);
  }

  /** Whether what a RUN does to a path may be lost, because a VOLUME stands on it. */
  isOnVolume(path: string): boolean {
    return this.volumes.some((volume) => isInside(path, volume));
  }
}

/** What holds of both; who made it is kept if both agree. */
export function either(one: Facts, other: Facts): Facts {
  return {
    ...one,
    ...eitherPart(one, other),
    kind: one.kind ?? other.kind,
  };
}

function eitherPart(one: Part, other: Part): Part {
  return {
    by: one.by === other.by ? one.by : null,
    step: one.step === other.step ? one.step : null,
    user: one.user === other.user ? one.user : null,
    group: one.group === other.group ? one.group : null,
    mode: eitherMode(one.mode, other.mode),
  };
}
