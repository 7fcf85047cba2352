/** The forge's search: words and qualifiers over repositories, pull requests and files. */
import { walk } from "../git/trees.ts";
import { permission } from "./access.ts";
import type { Account, Issue, Repository } from "./model.ts";
import { headOf } from "./refs.ts";
import { fullName, type World } from "./world.ts";

interface Query {
  readonly words: readonly string[];
  /** `org:acme` gives org -> [acme]; `-topic:x` gives -topic -> [x]. */
  readonly qualifiers: ReadonlyMap<string, readonly string[]>;
}

export function parseQuery(text: string): Query {
  const words: string[] = [];
  const qualifiers = new Map<string, string[]>();
  for (const [, name, quoted, plain] of text.matchAll(/(-?[a-z-]+:)?(?:"([^"]*)"|(\S+))/g)) {
    const value = quoted ?? plain ?? "";
    if (name === undefined) words.push(value);
    else {
      const key = name.slice(0, -1);
      qualifiers.set(key, [...(qualifiers.get(key) ?? []), value]);
    }
  }
  return { words, qualifiers };
}

/** Search finds no more than this, whatever is there. */
export const MOST_RESULTS = 1000;

function inScope(query: Query, of: Repository): boolean {
  const owners = [
    ...(query.qualifiers.get("org") ?? []),
    ...(query.qualifiers.get("user") ?? []),
    ...(query.qualifiers.get("owner") ?? []),
  ].map((each) => each.toLowerCase());
  const names = (query.qualifiers.get("repo") ?? []).map((each) => each.toLowerCase());
  if (owners.length === 0 && names.length === 0) return true;
  return owners.includes(of.owner.login.toLowerCase()) || names.includes(fullName(of).toLowerCase());
}

const visible = (world: World, account: Account): Repository[] =>
  [...world.repositories.values()].filter((each) => permission(each, account) !== null);

export function searchRepositories(world: World, text: string, account: Account): Repository[] {
  const query = parseQuery(text);
  const is = (name: string, value: boolean): boolean => {
    const wanted = query.qualifiers.get(name)?.[0];
    return wanted === undefined || wanted === "include" || (wanted === "true" || wanted === "only") === value;
  };
  const forks = query.qualifiers.get("fork")?.[0];
  return (
    visible(world, account)
      .filter((each) => inScope(query, each))
      .filter((each) => is("archived", each.archived) && is("template", each.template))
      // Forks are left out unless asked for.
      .filter((each) => (forks === undefined ? !each.fork : forks === "only" ? each.fork : true))
      .filter((each) => (query.qualifiers.get("topic") ?? []).every((topic) => each.topics.includes(topic)))
      .filter((each) => !(query.qualifiers.get("-topic") ?? []).some((topic) => each.topics.includes(topic)))
      .filter((each) => {
        const languages = (query.qualifiers.get("language") ?? []).map((name) => name.toLowerCase());
        return languages.length === 0 || languages.includes((each.language ?? "").toLowerCase());
      })
      .filter((each) => after(query.qualifiers.get("pushed")?.[0], each.pushedAt))
      .filter((each) => query.words.every((word) => each.name.toLowerCase().includes(word.toLowerCase())))
  );
}

/** `>2024-01-01`, `>=…`. */
function after(condition: string | undefined, date: Date): boolean {
  const match = /^(>=?|<=?)(.+)$/.exec(condition ?? "");
  if (!match) return true;
  const wanted = new Date(match[2]!);
  return match[1]!.startsWith(">") ? date >= wanted : date <= wanted;
}

export function searchIssues(world: World, text: string, account: Account): Issue[] {
  const query = parseQuery(text);
  const is = [
    ...(query.qualifiers.get("is") ?? []),
    ...(query.qualifiers.get("type") ?? []),
    ...(query.qualifiers.get("state") ?? []),
  ];
  const one = (name: string): string | undefined => query.qualifiers.get(name)?.[0];
  return visible(world, account)
    .filter((each) => inScope(query, each))
    .flatMap((each) => [...each.issues.values()])
    .filter((each) => !is.includes("pr") || each.pull !== null)
    .filter((each) => !is.includes("issue") || each.pull === null)
    .filter((each) => !is.includes("open") || each.state === "open")
    .filter((each) => !is.includes("closed") || each.state === "closed")
    .filter((each) => !is.includes("merged") || each.pull?.mergedAt != null)
    .filter((each) => !is.includes("unmerged") || each.pull?.mergedAt == null)
    .filter((each) => !is.includes("draft") || each.pull?.draft === true)
    .filter((each) => one("head") === undefined || each.pull?.head.startsWith(one("head")!))
    .filter((each) => one("base") === undefined || each.pull?.base === one("base"))
    .filter((each) => one("author") === undefined || sameAuthor(each.author, one("author")!))
    .filter((each) =>
      (query.qualifiers.get("label") ?? []).every((name) =>
        [...each.labels].some((has) => has.name === name),
      ),
    )
    .filter((each) => one("archived") !== "false" || !each.repository.archived)
    .filter((each) =>
      query.words.every((word) => `${each.title}\n${each.body}`.toLowerCase().includes(word.toLowerCase())),
    )
    .reverse();
}

/** A bot is searched for as `app/slug`. */
const sameAuthor = (author: Account, wanted: string): boolean =>
  author.login.toLowerCase() === wanted.replace(/^app\/(.+)$/, "$1[bot]").toLowerCase();

export interface CodeMatch {
  readonly repository: Repository;
  readonly path: string;
  readonly oid: string;
}

/** Default branches only, files below 384 KB, no forks: search is never complete. */
export function searchCode(world: World, text: string, account: Account): CodeMatch[] {
  const query = parseQuery(text);
  const one = (name: string): string | undefined => query.qualifiers.get(name)?.[0];
  const found: CodeMatch[] = [];
  for (const repository of visible(world, account)) {
    const head = headOf(repository);
    if (!inScope(query, repository) || head === null || repository.fork || repository.archived) continue;
    for (const { path, oid, mode } of walk(repository.git, repository.git.commit(head)!.tree)) {
      if (mode !== "100644" && mode !== "100755") continue;
      const name = path.split("/").at(-1)!.toLowerCase();
      if (one("filename") !== undefined && !name.includes(one("filename")!.toLowerCase())) continue;
      if (one("path") !== undefined && !path.toLowerCase().includes(one("path")!.toLowerCase())) continue;
      const content = repository.git.blob(oid)!;
      if (content.length > 384 * 1024) continue;
      const lower = content.toString("utf8").toLowerCase();
      if (query.words.every((word) => lower.includes(word.toLowerCase())))
        found.push({ repository, path, oid });
    }
  }
  return found;
}
