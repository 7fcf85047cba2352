import type { Options } from "yargs";
import { checkOptions, OptionError, type Config } from "../../config/options.ts";
import type { EngineName } from "../../verify/index.ts";
import { CliError } from "./errors.ts";
import type { InspectHow } from "./inspect.ts";

const ACCOUNT = "The account:";
const REWRITE = "The rewrite:";

/** Options that shape the rewrite: the same for `migrate` and `check`. */
export const REWRITE_OPTIONS = {
  user: { type: "string", group: ACCOUNT, requiresArg: true, describe: "Name of the account" },
  uid: { type: "string", group: ACCOUNT, requiresArg: true, describe: "Its user id [default: 10001]" },
  gid: { type: "string", group: ACCOUNT, requiresArg: true, describe: "Its group id [default: the same]" },
  "uid-args": { type: "boolean", group: ACCOUNT, describe: "Let builds set the ids: ARG UID, ARG GID" },
  "user-style": {
    type: "string",
    group: ACCOUNT,
    choices: ["numeric", "name"],
    describe: "What USER says: numeric (default) or name",
  },
  account: {
    type: "string",
    group: ACCOUNT,
    choices: ["reuse", "new"],
    describe: "reuse one that is there (default), or make a new one",
  },
  ownership: {
    type: "string",
    group: REWRITE,
    choices: ["app", "strict", "group0"],
    describe: "app (default): all of the app is its own; strict: only what it writes; group0: for OpenShift",
  },
  strategy: {
    type: "string",
    group: REWRITE,
    choices: ["user", "entrypoint"],
    describe: "user (default): USER; entrypoint: start as root, hand mounts over, step down",
  },
  umask: {
    type: "string",
    group: REWRITE,
    requiresArg: true,
    describe: "The app's umask, such as 002 for files that its group may write",
  },
  ports: {
    type: "string",
    array: true,
    nargs: 1,
    group: REWRITE,
    describe: "A new port for a low one: 80=3000",
  },
  "keep-ports": { type: "boolean", group: REWRITE, describe: "Leave ports below 1024 as they are" },
  harden: {
    type: "boolean",
    group: REWRITE,
    describe: "Take away what the app can do without: in compose capabilities, in Kubernetes a writable disk",
  },
  target: {
    type: "string",
    group: REWRITE,
    requiresArg: true,
    describe: "The stage that runs [default: the last]",
  },
  mirrors: {
    type: "string",
    array: true,
    nargs: 1,
    group: REWRITE,
    describe: "A prefix under which your registry serves those of others: HOST/PATH",
  },
  inspect: {
    type: "string",
    group: REWRITE,
    requiresArg: true,
    choices: ["engine", "registry"],
    describe: "Ask base images that are not known: engine (local ones), or registry (theirs)",
  },
  only: { type: "string", array: true, nargs: 1, group: REWRITE, describe: "Only these passes: PASS,.." },
  skip: { type: "string", array: true, nargs: 1, group: REWRITE, describe: "All but these passes: PASS,.." },
  min: {
    type: "string",
    group: REWRITE,
    choices: ["safe", "likely"],
    describe: "How sure a change must be: safe or likely (default)",
  },
  transform: {
    type: "string",
    array: true,
    nargs: 1,
    group: REWRITE,
    describe: "Add passes of your own from FILE",
  },
  config: {
    type: "string",
    group: REWRITE,
    requiresArg: true,
    describe: "Options from FILE; it may be a program",
  },
} as const satisfies Record<string, Options>;

export const OUTPUT_OPTIONS = {
  quiet: {
    type: "boolean",
    alias: "q",
    group: "Other:",
    conflicts: "verbose",
    describe: "Tell only what went wrong",
  },
  verbose: { type: "boolean", alias: "v", group: "Other:", describe: "Tell why for each change" },
} as const satisfies Record<string, Options>;

export interface RewriteArguments {
  readonly paths?: readonly string[] | undefined;
  readonly config?: string | undefined;
  readonly inspect?: InspectHow | undefined;
  /** Of `verify`: what builds is what is asked, for the platform that is built. */
  readonly engine?: EngineName | undefined;
  readonly platform?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly [option: string]: unknown;
}

/** The options of the command line, checked as those of a configuration file are. */
export function optionsOf(args: RewriteArguments): Config {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(REWRITE_OPTIONS)) {
    const value = args[name];
    if (value !== undefined && !(name in NOT_SHARED)) given[camelCase(name)] = convert(name, value);
  }
  try {
    return checkOptions(given, (key) => `--${kebabCase(key)}`);
  } catch (error) {
    if (error instanceof OptionError) throw new CliError(error.message, error.hint);
    throw error;
  }
}

/** Only on the command line: a repository must not have its own way with the user's logins. */
const NOT_SHARED = { config: true, inspect: true };

function convert(name: string, value: unknown): unknown {
  if (name === "uid" || name === "gid") return /^\d+$/.test(String(value)) ? Number(value) : value;
  if (name === "only" || name === "skip" || name === "mirrors")
    return (value as string[]).flatMap((each) => each.split(",")).map((each) => each.trim());
  if (name === "ports")
    return Object.fromEntries((value as string[]).flatMap((each) => each.split(",")).map(portPair));
  return value;
}

function portPair(text: string): [string, number] {
  const [, from, to] = /^(\d+)=(\d+)$/.exec(text.trim()) ?? [];
  if (from === undefined)
    throw new CliError(`--ports: expected OLD=NEW, not "${text}"`, "For example --ports 80=3000.");
  return [from, Number(to)];
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
