/** The files of an image as its layers, laid over each other, show them: only the paths that are wanted. */
import { posix } from "node:path";
import type { LayerFacts, Node, Wanted } from "./layer.ts";

export class RootFiles {
  readonly #wanted: Wanted;
  readonly #nodes = new Map<string, Node>();
  /** Nothing of the layers below shows at these paths and under them. */
  readonly #hidden = new Set<string>();
  /** The same, but only under them. */
  readonly #opaque = new Set<string>();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** Adds the next layer, from the newest to the oldest. */
  add({ nodes, deleted, opaque }: LayerFacts): void {
    const shown = Object.entries(nodes).filter(([path]) => !this.#isHidden(path));
    for (const [path, node] of shown) if (!this.#nodes.has(path)) this.#nodes.set(path, node);
    // What a layer deletes are files of the layers below, never its own.
    for (const [path, node] of shown) if (node.type !== "directory") this.#hidden.add(path);
    for (const path of deleted) this.#hidden.add(path);
    for (const path of opaque) this.#opaque.add(path);
  }

  /** The file behind a path, links followed inside the image only; null when there is none. */
  find(path: string): { readonly path: string; readonly content: string } | null {
    const { path: end, node } = this.#follow(path);
    return node?.type === "file" ? { path: `/${end}`, content: node.content } : null;
  }

  /** The path at which following a link has to stop because nobody looked there yet. */
  unread(path: string): string | null {
    const { path: end, node } = this.#follow(path);
    return node === null && end !== "" && !this.#wanted.has(end) ? end : null;
  }

  #follow(path: string): { readonly path: string; readonly node: Node | null } {
    let rest = path.split("/");
    let at: string[] = [];
    for (let links = 0; rest.length > 0;) {
      const name = rest.shift()!;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at.pop();
        continue;
      }
      at.push(name);
      const node = this.#nodes.get(at.join("/"));
      if (node?.type !== "link") continue;
      if (++links > MOST_LINKS) return { path: "", node: null };
      if (node.target.startsWith("/")) at = [];
      else at.pop();
      rest = [...node.target.split("/"), ...rest].slice(0, MOST_NAMES);
    }
    const end = at.join("/");
    return { path: end, node: this.#nodes.get(end) ?? null };
  }

  #isHidden(path: string): boolean {
    if (this.#hidden.has(path)) return true;
    for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) {
      if (this.#hidden.has(folder) || this.#opaque.has(folder)) return true;
    }
    return this.#opaque.has("");
  }
}

/** As Linux does it. */
const MOST_LINKS = 40;
const MOST_NAMES = 1000;
