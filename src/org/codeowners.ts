/** CODEOWNERS of GitHub and GitLab: the last line whose pattern fits names the owners. */
import ignore, { type Ignore } from "ignore";

/** Where it is looked for, in this order: https://docs.github.com/articles/about-code-owners */
export const CODEOWNERS_PATHS = [".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

export interface CodeOwners {
  /** Logins and `owner/team`, without `@`, each once. Addresses are left out: they name no account. */
  of(paths: readonly string[]): string[];
}

export function readCodeOwners(text: string): CodeOwners {
  const rules: { readonly pattern: Ignore; readonly owners: readonly string[] }[] = [];
  let ofSection: readonly string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const words = withoutComment(raw)
      .split(/(?<!\\)\s+/)
      .filter((word) => word !== "");
    const [first, ...rest] = words;
    if (first === undefined) continue;
    // GitLab: `[Section] @default-owner`, with `^` for optional ones and a number of approvals.
    if (/^\^?\[/.test(first)) {
      ofSection = ownersIn(words);
      continue;
    }
    // GitHub takes neither negation nor classes.
    if (first.startsWith("!") || first.includes("[")) continue;
    const owners = ownersIn(rest);
    const pattern = ignore().add(first.replaceAll("\\ ", " "));
    rules.push({ pattern, owners: owners.length > 0 || ofSection.length === 0 ? owners : ofSection });
  }
  return {
    of(paths) {
      const owners = new Set<string>();
      for (const path of paths) {
        const rule = ignore.isPathValid(path)
          ? rules.findLast(({ pattern }) => pattern.ignores(path))
          : undefined;
        for (const owner of rule?.owners ?? []) owners.add(owner);
      }
      return [...owners];
    },
  };
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, "");
}

function ownersIn(words: readonly string[]): string[] {
  return words.flatMap((word) => (OWNER.test(word) ? [word.slice(1)] : []));
}

const OWNER = /^@[\w.-]+(?:\/[\w./-]+)?$/;
