/** What is missing or does not fit in a profile, in words for the person who writes it. */
import type { Facts, Profile } from "./profile.ts";
import { parseReference } from "./reference.ts";

/** Ids of profiles that were read from the images themselves begin so: what could not be read is not missing. */
export const INSPECTED = "inspected/";

export function checkProfile(profile: Profile): string[] {
  const facts = profile.facts ?? {};
  const all = [
    facts,
    ...(profile.variants ?? []).map((one) => one.facts ?? {}),
    ...(profile.suites ?? []).map((one) => one.facts ?? {}),
  ];
  return [
    ...checkNames(profile),
    ...checkOrigin(profile),
    ...checkPatterns(profile),
    ...checkVariants(profile),
    ...all.flatMap(checkEntrypoint),
    ...(profile.id.startsWith(INSPECTED) ? [] : checkAccount(profile, facts)),
    ...checkPort(facts),
  ];
}

function checkNames({ match }: Profile): string[] {
  return (match.names ?? []).flatMap((name) => {
    const short = parseReference(name)?.name;
    return short === name ? [] : [`The name "${name}" is never looked up: write "${short ?? ""}".`];
  });
}

function checkOrigin(profile: Profile): string[] {
  const problems: string[] = [];
  if (
    profile.from === undefined &&
    profile.facts?.distro === undefined &&
    !profile.id.startsWith(INSPECTED)
  ) {
    problems.push(
      'It does not say what the image is made from: add "from", e.g. "debian:bookworm" or "distro/debian".',
    );
  }
  if (profile.confidence === "source" && sourcesOf(profile).length === 0) {
    problems.push('It says confidence "source" but names none: add "sources" with repository and path.');
  }
  return problems;
}

/** What deroot's own profiles need beside: every fact has its source, or it is said why there is none. */
export function checkSources(profile: Profile): string[] {
  const isNamed = sourcesOf(profile).length > 0;
  if (isNamed === (profile.unsourced === undefined)) return [];
  return isNamed
    ? ['It names sources, but "unsourced" says that there are none: drop one of them.']
    : ['It names no source: add "sources" with repository and path, or say in "unsourced" why none exists.'];
}

function sourcesOf({ sources = [], suites = [], variants = [] }: Profile) {
  return [
    ...sources,
    ...suites.flatMap((one) => one.sources ?? []),
    ...variants.flatMap((one) => one.sources ?? []),
  ];
}

function checkPatterns({ match, suites = [], variants = [] }: Profile): string[] {
  const patterns = [
    match.pattern,
    match.tag,
    ...suites.map((one) => one.tag),
    ...variants.flatMap((one) => [one.name, one.tag, one.suite]),
  ];
  return patterns.flatMap((pattern) => {
    if (pattern === undefined) return [];
    try {
      new RegExp(pattern);
      return [];
    } catch {
      return [`"${pattern}" is not a regular expression.`];
    }
  });
}

function checkVariants({ variants = [] }: Profile): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { id, name, from, facts, note, suite, tag } of variants) {
    if (seen.has(id)) problems.push(`Two variants are called "${id}".`);
    seen.add(id);
    if (from === undefined && facts === undefined && note === undefined) {
      problems.push(`The variant "${id}" says nothing: add "from", "facts" or "note", or drop it.`);
    }
    if (from !== undefined && name === undefined && tag === undefined && suite !== undefined) {
      problems.push(
        `The variant "${id}" has "from" but asks for the suite, which "from" decides: ask for the tag.`,
      );
    }
  }
  return problems;
}

function checkEntrypoint({ entrypoint }: Facts): string[] {
  if (
    entrypoint?.stepsDown === true &&
    entrypoint.mechanism === undefined &&
    entrypoint.target === undefined
  ) {
    return ['The entrypoint "stepsDown", but neither "mechanism" nor "target" says how and to whom.'];
  }
  return [];
}

function checkAccount({ from }: Profile, facts: Facts): string[] {
  const problems: string[] = [];
  const names = new Set((facts.users ?? []).map(({ name }) => name));
  const { serviceAccount, strategy, user = "root" } = facts;
  if (serviceAccount != null && !names.has(serviceAccount) && from === undefined) {
    problems.push(`The service account "${serviceAccount}" is not among "users".`);
  }
  if (strategy === "use-existing-user" && serviceAccount == null) {
    problems.push(
      'The strategy is "use-existing-user", but "serviceAccount" does not say which of "users" it is.',
    );
  }
  if (strategy === "already-nonroot" && /^(?:root|0)(?::|$)/.test(user)) {
    problems.push('The strategy is "already-nonroot", but "user" is missing: as whom does the image run?');
  }
  if (!/^(?:root|\d.*)$/.test(user) && !names.has(user.replace(/:.*/, "")) && from === undefined) {
    problems.push(`The image runs as "${user}", which is not among "users": add it with its uid and gid.`);
  }
  return problems;
}

function checkPort({ ports = [], portFiles = [], portEnv = [], strategy }: Facts): string[] {
  if (strategy !== "needs-config" || !ports.some((port) => port < 1024)) return [];
  if (portFiles.length + portEnv.length > 0) return [];
  return [`It listens on ${ports.join(", ")}, but neither "portFiles" nor "portEnv" says where that is set.`];
}
