/** Which repositories a campaign is about, and which of them it leaves out, and why. */
import type { Repository } from "./forge.ts";

export interface Filter {
  /** Patterns with `*` and `?` for the name without its owner; none means all. */
  readonly names: readonly string[];
  readonly exclude: readonly string[];
  /** One of them is enough. */
  readonly topics: readonly string[];
  readonly languages: readonly string[];
  /** Milliseconds since the epoch. */
  readonly pushedSince: number | null;
}

export const EVERYTHING: Filter = { names: [], exclude: [], topics: [], languages: [], pushedSince: null };

/** What the user did not ask for is not even counted. */
export function isWanted(repository: Repository, filter: Filter): boolean {
  const name = repository.name.slice(repository.name.lastIndexOf("/") + 1);
  const fits = (patterns: readonly string[]): boolean => patterns.some((pattern) => matches(name, pattern));
  return (
    (filter.names.length === 0 || fits(filter.names)) &&
    !fits(filter.exclude) &&
    (filter.topics.length === 0 || filter.topics.some((topic) => repository.topics.includes(topic))) &&
    (filter.languages.length === 0 ||
      filter.languages.some((language) => language.toLowerCase() === repository.language?.toLowerCase())) &&
    (filter.pushedSince === null ||
      (repository.pushedAt !== null && Date.parse(repository.pushedAt) >= filter.pushedSince))
  );
}

export interface SkipOptions {
  readonly forks: boolean;
  readonly templates: boolean;
}

export interface Skip {
  readonly code: string;
  readonly message: string;
}

/** A topic of this name is a no. */
export const OPT_OUT_TOPIC = "deroot-ignore";

/** Null for a repository to look at. */
export function skipReason(repository: Repository, { forks, templates }: SkipOptions): Skip | null {
  if (repository.archived) return { code: "archived", message: "it is archived" };
  if (repository.disabled) return { code: "disabled", message: "it is disabled or locked" };
  if (repository.head === null) return { code: "empty", message: "it is empty" };
  if (repository.topics.includes(OPT_OUT_TOPIC))
    return { code: "opted-out", message: `it has the topic ${OPT_OUT_TOPIC}` };
  if (repository.fork && !forks) return { code: "fork", message: "it is a fork (--forks takes them in)" };
  if (repository.template && !templates)
    return { code: "template", message: "it is a template (--templates takes them in)" };
  if (repository.canPush === false) return { code: "no-access", message: "the token may not push to it" };
  return null;
}

/** Linear, whatever the pattern: the name is compared part by part. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = name.toLowerCase();
  const at = (start: number, part: string): boolean =>
    start + part.length <= text.length &&
    [...part].every((letter, i) => letter === "?" || letter === text[start + i]);
  const first = parts.shift()!;
  if (!at(0, first)) return false;
  if (parts.length === 0) return text.length === first.length;
  const last = parts.pop()!;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    while (from + part.length <= end && !at(from, part)) from++;
    if (from + part.length > end) return false;
    from += part.length;
  }
  return end >= from && at(end, last);
}
