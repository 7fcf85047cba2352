import type { TreeEntry } from "../file-tree.ts";

export interface Discovery {
  readonly dockerfiles: readonly TreeEntry[];
  /** Dockerfiles to be: `Dockerfile.j2`. Looked at only when named. */
  readonly templates: readonly TreeEntry[];
}

/** The entries that are Dockerfiles by their name. */
export function discover(entries: readonly TreeEntry[]): Discovery {
  const dockerfiles: TreeEntry[] = [];
  const templates: TreeEntry[] = [];
  for (const entry of entries) {
    const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
    if (!NAME.test(name)) continue;
    if (TEMPLATE.test(name)) templates.push(entry);
    else if (!OTHER.test(name) && !SOURCE_CODE.test(name)) dockerfiles.push(entry);
  }
  return { dockerfiles, templates };
}

/** What a package manager put there, and will put there again: `vendor/github.com/acme/lib`. */
export function isVendored(path: string): boolean {
  return /(?:^|\/)(?:node_modules\/|bower_components\/|vendor\/[^/]+\/[^/]+\/)/.test(path);
}

const NAME = /^(?:docker|container)file(?:[._-].+)?$|.\.(?:docker|container)file(?:\.[^.]+)?$/i;
const TEMPLATE = /\.(?:j2|jinja2?|tmpl|tpl|gotmpl|template|erb|ejs|hbs|mustache|m4|in|liquid|twig)$/i;
/** Documents, leftovers of tools, and the ignore file of one Dockerfile. */
const OTHER =
  /\.(?:md|mdx|rst|adoc|txt|html?|pdf|json|ya?ml|lock|dockerignore|containerignore|orig|rej|bak|swp|patch|diff)$|~$/i;
/** `dockerfile.go` is a program; `Dockerfile.go` is how people name the image for one. */
const SOURCE_CODE =
  /^[a-z].*\.(?:c|cc|cpp|cs|go|java|js|jsx|kt|lua|mjs|php|pl|py|rb|rs|scala|sh|swift|ts|tsx|vim)$|^dockerfile[-_].*\./;
