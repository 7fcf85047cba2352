/** Working on trees by path: writing files, looking up, listing, applying changes, comparing two trees. */
import { itemType, type Mode, type ObjectType, type TreeItem, encodeTree } from "./objects.ts";
import type { GitRepository } from "./repository.ts";

export interface Entry {
  readonly path: string;
  readonly mode: Mode;
  readonly type: ObjectType;
  readonly oid: string;
}

/** What a path becomes; null removes it. */
export type Changes = ReadonlyMap<string, { readonly mode: Mode; readonly oid: string } | null>;

type Pending = Map<string, { mode: Mode; oid: string } | null | Pending>;

/** The tree that results when the changes are made to another one (null: the empty tree). */
export function editTree(git: GitRepository, tree: string | null, changes: Changes): string {
  const root: Pending = new Map();
  for (const [path, change] of changes) {
    const names = path.split("/");
    let at = root;
    for (const name of names.slice(0, -1)) {
      const next = at.get(name);
      if (next instanceof Map) at = next;
      else {
        const made: Pending = new Map();
        at.set(name, made);
        at = made;
      }
    }
    at.set(names.at(-1)!, change);
  }
  return apply(git, tree, root) ?? git.write("tree", Buffer.alloc(0));
}

/** Null when nothing is left: git has no empty directories. */
function apply(git: GitRepository, tree: string | null, changes: Pending): string | null {
  const items = new Map((tree === null ? [] : (git.tree(tree) ?? [])).map((item) => [item.name, item]));
  for (const [name, change] of changes) {
    if (change === null) items.delete(name);
    else if (change instanceof Map) {
      const old = items.get(name);
      const oid = apply(git, old?.mode === "40000" ? old.oid : null, change);
      if (oid === null) {
        // Taking away below what is not a directory takes nothing away.
        if (old?.mode === "40000") items.delete(name);
      } else items.set(name, item(name, "40000", oid));
    } else items.set(name, item(name, change.mode, change.oid));
  }
  return items.size === 0 ? null : git.write("tree", encodeTree([...items.values()]));
}

const item = (name: string, mode: Mode, oid: string): TreeItem => ({
  name,
  raw: Buffer.from(name),
  mode,
  oid,
});

/** The entry at a path below a tree; the tree itself for the empty path; null where there is none. */
export function lookUp(git: GitRepository, tree: string, path: string): Entry | null {
  let entry: Entry = { path: "", mode: "40000", type: "tree", oid: tree };
  for (const name of path.split("/").filter((part) => part !== "")) {
    const found = entry.type === "tree" ? git.tree(entry.oid)?.find((each) => each.name === name) : null;
    if (!found) return null;
    entry = {
      path: entry.path === "" ? name : `${entry.path}/${name}`,
      mode: found.mode,
      type: itemType(found.mode),
      oid: found.oid,
    };
  }
  return entry;
}

/** Everything below a tree in git's order, directories before what they hold. */
export function* walk(git: GitRepository, tree: string, below = "", recursive = true): Generator<Entry> {
  for (const { mode, name, oid } of git.tree(tree) ?? []) {
    const path = below === "" ? name : `${below}/${name}`;
    const type = itemType(mode);
    yield { path, mode, type, oid };
    if (recursive && type === "tree") yield* walk(git, oid, path);
  }
}

export interface Difference {
  readonly path: string;
  readonly before: Entry | null;
  readonly after: Entry | null;
}

/** The files that differ, by path. */
export function compareTrees(git: GitRepository, before: string | null, after: string | null): Difference[] {
  const found: Difference[] = [];
  const visit = (old: string | null, now: string | null, below: string): void => {
    if (old === now) return;
    const list = (tree: string | null): Map<string, TreeItem> =>
      new Map((tree === null ? [] : (git.tree(tree) ?? [])).map((each) => [each.name, each]));
    const [a, b] = [list(old), list(now)];
    for (const name of new Set([...a.keys(), ...b.keys()])) {
      const [x, y] = [a.get(name), b.get(name)];
      if (x?.oid === y?.oid && x?.mode === y?.mode) continue;
      const path = below === "" ? name : `${below}/${name}`;
      const tree = (each?: TreeItem): string | null => (each?.mode === "40000" ? each.oid : null);
      visit(tree(x), tree(y), path);
      const file = (each?: TreeItem): Entry | null =>
        each && each.mode !== "40000"
          ? { path, mode: each.mode, type: itemType(each.mode), oid: each.oid }
          : null;
      if (file(x) || file(y)) found.push({ path, before: file(x), after: file(y) });
    }
  };
  visit(before, after, "");
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
