/** How pull requests are made: options of the command line, of the organisation and of the repository. */
import { checkOptions, OptionError, type Config } from "../config/options.ts";

/** Where each repository and each organisation (see `organisation.ts`) can have its say. */
export const CONFIG_PATHS = [".github/deroot.yml", ".github/deroot.yaml", ".gitlab/deroot.yml"] as const;

export interface ProposalOptions {
  /** False: leave this repository, or this organisation's, alone. */
  readonly enabled: boolean;
  /** One pull request for the repository, or one per directory with Dockerfiles. */
  readonly per: "repository" | "directory";
  readonly draft: boolean;
  readonly title: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  /** Logins, `owner/team`, or whom CODEOWNERS names. */
  readonly reviewers: readonly string[] | "codeowners";
  readonly milestone: string | null;
  /** Paths that are left alone, in the notation of .gitignore. */
  readonly ignore: readonly string[];
  readonly rewrite: Config;
}

const DEFAULTS: ProposalOptions = {
  enabled: true,
  per: "repository",
  draft: false,
  title: null,
  labels: [],
  assignees: [],
  reviewers: "codeowners",
  milestone: null,
  ignore: [],
  rewrite: {},
};

/** Who is closer decides: the command line, then the repository, then the organisation. Nobody overrides a no. */
export function resolveOptions(
  organisation: Partial<ProposalOptions>,
  repository: Partial<ProposalOptions>,
  given: Partial<ProposalOptions>,
): ProposalOptions {
  return {
    ...DEFAULTS,
    ...organisation,
    ...repository,
    ...given,
    ignore: [...(organisation.ignore ?? []), ...(repository.ignore ?? []), ...(given.ignore ?? [])],
    rewrite: { ...organisation.rewrite, ...repository.rewrite, ...given.rewrite },
    enabled: repository.enabled ?? organisation.enabled ?? true,
  };
}

/** Reads one of {@link CONFIG_PATHS}. Rejects with an {@link OptionError}. */
export async function readProposalOptions(text: string): Promise<Partial<ProposalOptions>> {
  const { parse } = await import("yaml");
  let values: unknown;
  try {
    // Aliases that multiply are an old way to fill a memory.
    values = parse(text, { maxAliasCount: 20 }) ?? {};
  } catch (error) {
    const message = (error as Error).message.split("\n")[0];
    throw new OptionError("", `it is not valid YAML: ${message}`, "Correct the file.");
  }
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new OptionError("", "it holds no options", 'It should hold names and values, as "enabled: false".');
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof ProposalOptions] : undefined;
    if (check === undefined)
      throw new OptionError(
        key,
        `"${key}" is not an option`,
        `Options are: ${Object.keys(CHECKS).join(", ")}.`,
      );
    options[key] = check(value, key);
  }
  return options;
}

type Check = (value: unknown, key: string) => unknown;

const wrong = (key: string, expected: string, value: unknown): never => {
  const given = JSON.stringify(value);
  throw new OptionError(
    key,
    `"${key}": expected ${expected}, not ${given}`,
    "Correct the value, or leave it out.",
  );
};
const flag: Check = (value, key) => (typeof value === "boolean" ? value : wrong(key, "true or false", value));
const text: Check = (value, key) =>
  typeof value === "string" && value.trim() !== "" ? oneLine(value) : wrong(key, "a text", value);
const list: Check = (value, key) => {
  const items: unknown = typeof value === "string" ? [value] : value;
  const isList =
    Array.isArray(items) && items.length <= 50 && items.every((item) => typeof item === "string");
  return isList ? (items as string[]).map((item) => oneLine(item)) : wrong(key, "a list of names", value);
};

const CHECKS: Readonly<Record<keyof ProposalOptions, Check>> = {
  enabled: flag,
  per: (value, key) =>
    value === "repository" || value === "directory"
      ? value
      : wrong(key, '"repository" or "directory"', value),
  draft: flag,
  title: (value, key) => {
    const title = text(value, key) as string;
    // It becomes a commit message: there "@name" calls people, and "fixes #1" closes issues.
    return CALLS.test(title) ? wrong(key, "a title that names neither people nor issues", value) : title;
  },
  labels: list,
  assignees: list,
  reviewers: (value, key) => (value === "codeowners" ? value : value === "none" ? [] : list(value, key)),
  milestone: text,
  ignore: list,
  rewrite: (value) => {
    const { transform, ...config } = checkOptions(value);
    if (transform !== undefined) {
      const message = '"transform" names programs, and deroot runs none of a repository\'s';
      throw new OptionError("transform", message, "Give it on the command line.");
    }
    return config;
  },
};

const CALLS = /@\w|#\d|\bGH-\d/i;

function oneLine(value: string): string {
  return value.replace(/\s+/g, " ").trim().slice(0, 200);
}
