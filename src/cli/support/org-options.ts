import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PACE, type Pace } from "../../org/limits.ts";
import type { ProposalOptions } from "../../org/options.ts";
import { EVERYTHING, type Filter } from "../../org/select.ts";
import type { OrgArguments } from "../org.ts";
import { CliError } from "./errors.ts";
import { optionsOf } from "./options.ts";

/** Options of pull requests as the command line has them: those that were given. */
export function proposalOptions(args: OrgArguments): Partial<ProposalOptions> {
  const reviewers = args.reviewer?.flatMap(words);
  return {
    ...(args.per !== undefined && { per: args.per as ProposalOptions["per"] }),
    ...(args.draft !== undefined && { draft: args.draft }),
    ...(args.title !== undefined && { title: args.title }),
    ...(args.label !== undefined && {
      labels: args.label.flatMap((each) => each.split(",")).map((each) => each.trim()),
    }),
    ...(args.assignee !== undefined && { assignees: args.assignee.flatMap(words) }),
    ...(args.milestone !== undefined && { milestone: args.milestone }),
    ...(reviewers !== undefined && {
      reviewers: reviewers.includes("codeowners")
        ? ("codeowners" as const)
        : reviewers.filter((each) => each !== "none"),
    }),
    rewrite: optionsOf(args),
  };
}

/** Before anything is asked or opened. */
export function checkOrgOptions(args: OrgArguments): void {
  proposalOptions(args);
  filterOf(args, new Date());
  paceOf(args);
  gapOf(args.writeGap);
  for (const [option, text] of [
    ["--max", args.max],
    ["--canary", args.canary],
    ["--concurrency", args.concurrency],
  ] as const)
    count(option, text);
}

export function filterOf(args: OrgArguments, now: Date): Filter {
  return {
    ...EVERYTHING,
    names: (args.name ?? []).flatMap(words),
    exclude: (args.exclude ?? []).flatMap(words),
    topics: (args.topic ?? []).flatMap(words),
    languages: (args.language ?? []).flatMap((each) => each.split(",")).map((each) => each.trim()),
    pushedSince: args.pushedSince === undefined ? null : since(args.pushedSince, now),
  };
}

export function paceOf(args: OrgArguments): Pace {
  return {
    writesPerHour: count("--writes-per-hour", args.writesPerHour, 0) ?? DEFAULT_PACE.writesPerHour,
    quiet: args.quietHours === undefined ? null : quietHours(args.quietHours),
  };
}

export function repositoriesOf(args: OrgArguments): string[] {
  return (args.repo ?? []).flatMap(words).map((name) => {
    const full = name.includes("/") || args.owner === undefined ? name : `${args.owner}/${name}`;
    if (/^[\w.-]+(?:\/[\w.-]+)+$/.test(full)) return full;
    throw new CliError(`--repo: expected OWNER/NAME, not "${name}"`, "For example --repo acme/api.");
  });
}

/** A whole number that is not below `least`; undefined when it was not given. */
export function count(option: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
  throw new CliError(
    `${option}: expected a number from ${least} on, not "${text}"`,
    `For example ${option} 10.`,
  );
}

export function gapOf(text: string | undefined): number {
  if (text === undefined) return 1;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new CliError(`--write-gap: expected seconds, not "${text}"`, "For example --write-gap 2.");
}

/** Markdown that `deroot verify --format markdown` has written, by repository. */
export function verificationsOf(folder: string | undefined): (repository: string) => string | null {
  return (repository) => {
    if (folder === undefined) return null;
    try {
      return readFileSync(join(folder, `${repository}.md`), "utf8");
    } catch {
      return null; // not verified
    }
  };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function since(text: string, now: Date): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const time = days === undefined ? Date.parse(text) : now.getTime() - Number(days) * 24 * 60 * 60 * 1000;
  if (Number.isNaN(time))
    throw new CliError(
      `--pushed-since: "${text}" is no date`,
      "For example 2026-01-31, or 90d for the last 90 days.",
    );
  return time;
}

function quietHours(text: string): NonNullable<Pace["quiet"]> {
  const [, fromHour, fromMinute, toHour, toMinute] = /^(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (!(from < 1440 && to < 1440 && from !== to))
    throw new CliError(
      `--quiet-hours: expected hours, not "${text}"`,
      "For example --quiet-hours 22:00-06:00.",
    );
  return { from, to };
}
