import type { Argv, CommandModule } from "yargs";
import type { Choose } from "./support/choose.ts";
import { OUTPUT_OPTIONS, REWRITE_OPTIONS, type RewriteArguments } from "./support/options.ts";

const WHICH = "Which repositories:";
const FORGE = "The forge:";
const PROPOSAL = "The pull requests:";
const OUTPUT = "What is printed:";

export type OrgTask = "plan" | "open" | "status" | "sync" | "close";

export interface OrgArguments extends RewriteArguments {
  readonly owner?: string | undefined;
  readonly repo?: readonly string[] | undefined;
  readonly team?: readonly string[] | undefined;
  readonly name?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly topic?: readonly string[] | undefined;
  readonly language?: readonly string[] | undefined;
  readonly pushedSince?: string | undefined;
  readonly forks?: boolean | undefined;
  readonly templates?: boolean | undefined;
  readonly forge?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly writesPerHour?: string | undefined;
  readonly writeGap?: string | undefined;
  readonly quietHours?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly branch?: string | undefined;
  readonly per?: string | undefined;
  readonly draft?: boolean | undefined;
  readonly title?: string | undefined;
  readonly label?: readonly string[] | undefined;
  readonly assignee?: readonly string[] | undefined;
  readonly reviewer?: readonly string[] | undefined;
  readonly milestone?: string | undefined;
  readonly verification?: string | undefined;
  readonly approval?: string | undefined;
  readonly approved?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly max?: string | undefined;
  readonly canary?: string | undefined;
  readonly json?: boolean | undefined;
  readonly html?: string | undefined;
  readonly queue?: string | undefined;
}

const several = { type: "string", array: true, nargs: 1 } as const;
const one = { type: "string", requiresArg: true } as const;

const WHICH_OPTIONS = {
  repo: { ...several, group: WHICH, describe: "Only OWNER/NAME; can be given several times" },
  team: { ...several, group: WHICH, describe: "Those of a team (GitHub) or subgroup (GitLab)" },
  name: { ...several, group: WHICH, describe: "Those whose name fits a pattern: 'api-*'" },
  exclude: { ...several, group: WHICH, describe: "Not those whose name fits a pattern" },
  topic: { ...several, group: WHICH, describe: "Those with a topic" },
  language: { ...several, group: WHICH, describe: "Those mostly in a language" },
  "pushed-since": { ...one, group: WHICH, describe: "Those pushed to since 2026-01-31, or in the last 90d" },
  forks: { type: "boolean", group: WHICH, describe: "Forks, too" },
  templates: { type: "boolean", group: WHICH, describe: "Template repositories, too" },
} as const;

const FORGE_OPTIONS = {
  forge: {
    type: "string",
    group: FORGE,
    choices: ["github", "gitlab"],
    describe: "github (default) or gitlab",
  },
  "api-url": { ...one, group: FORGE, describe: "Of another host: https://github.example.com/api/v3" },
  concurrency: { ...one, group: FORGE, describe: "Repositories at the same time [default: 4]" },
  queue: {
    ...one,
    group: FORGE,
    describe: "Let org worker do it, over redis:// or postgres:// [or $DEROOT_QUEUE]",
  },
} as const;

const WRITE_OPTIONS = {
  "writes-per-hour": { ...one, group: FORGE, describe: "Budget; 0 for none [default: 300]" },
  "write-gap": { ...one, group: FORGE, describe: "Seconds between two writes [default: 1]" },
  "quiet-hours": { ...one, group: FORGE, describe: "Write nothing in these hours: 22:00-06:00" },
} as const;

const PROPOSAL_OPTIONS = {
  branch: { ...one, group: PROPOSAL, describe: "Name of the branch [default: deroot/non-root]" },
  per: {
    type: "string",
    group: PROPOSAL,
    choices: ["repository", "directory"],
    describe: "One for a repository (default), or for each directory",
  },
  draft: { type: "boolean", group: PROPOSAL, describe: "Open them as drafts" },
  title: { ...one, group: PROPOSAL, describe: "Their title" },
  label: { ...several, group: PROPOSAL, describe: "Give them a label" },
  assignee: { ...several, group: PROPOSAL, describe: "Assign them to LOGIN" },
  reviewer: { ...several, group: PROPOSAL, describe: "LOGIN, OWNER/TEAM, codeowners (default) or none" },
  milestone: { ...one, group: PROPOSAL, describe: "Give them a milestone, by its title" },
  verification: { ...one, group: PROPOSAL, describe: "Folder with OWNER/NAME.md of deroot verify" },
} as const;

const REPORT_OPTIONS = {
  json: { type: "boolean", group: OUTPUT, describe: "Print the status as JSON" },
  html: { ...one, group: OUTPUT, describe: "Write the status as a page to FILE" },
  ...OUTPUT_OPTIONS,
} as const;

/** Programs of the user's own cannot be sent to workers, and configuration stands in the forge. */
const REWRITE = Object.fromEntries(
  Object.entries(REWRITE_OPTIONS).filter(([name]) => !["transform", "config", "inspect"].includes(name)),
);

export const org = (choose: Choose): CommandModule<object, object> => ({
  command: "org",
  describe: "Pull requests over an organisation: plan, open, status, sync, close",
  builder: (command) =>
    command
      .command(task(choose, "plan", "Look at every repository and report; open nothing", PLAN_OPTIONS))
      .command(task(choose, "open", "Open or update pull requests", OPEN_OPTIONS))
      .command(
        task(
          choose,
          "status",
          "Tell how far it is: pull requests, and what still runs as root",
          STATUS_OPTIONS,
        ),
      )
      .command(
        task(choose, "sync", "Refresh pull requests that are open, close what is obsolete", SYNC_OPTIONS),
      )
      .command(task(choose, "close", "Close our pull requests again", CLOSE_OPTIONS))
      .command(worker(choose))
      .demandCommand(1, "org: which of plan, open, status, sync, close, worker?")
      .example("$0 org plan acme --approval plan.json", "Look, and write down what would be opened")
      .example("$0 org open acme --approved plan.json --canary 3", "Open what the plan says, three first")
      .example("$0 org status acme --html status.html", "A page to show around"),
  handler: () => undefined,
});

const PLAN_OPTIONS = {
  ...WHICH_OPTIONS,
  ...FORGE_OPTIONS,
  ...PROPOSAL_OPTIONS,
  approval: { ...one, group: OUTPUT, describe: "Write what would be opened to FILE, to read and pass" },
  ...REPORT_OPTIONS,
  ...REWRITE,
} as const;

const OPEN_OPTIONS = {
  yes: {
    type: "boolean",
    alias: "y",
    group: PROPOSAL,
    describe: "Open them: without it, or --approved, nothing is",
  },
  approved: { ...one, group: PROPOSAL, describe: "Open what stands in FILE, of org plan --approval" },
  max: { ...one, group: PROPOSAL, describe: "Open so many at most" },
  canary: { ...one, group: PROPOSAL, describe: "Open so many first, and wait until they have passed" },
  ...WHICH_OPTIONS,
  ...FORGE_OPTIONS,
  ...WRITE_OPTIONS,
  ...PROPOSAL_OPTIONS,
  ...REPORT_OPTIONS,
  ...REWRITE,
} as const;

const STATUS_OPTIONS = PLAN_OPTIONS;
const SYNC_OPTIONS = {
  ...WHICH_OPTIONS,
  ...FORGE_OPTIONS,
  ...WRITE_OPTIONS,
  ...PROPOSAL_OPTIONS,
  ...REPORT_OPTIONS,
  ...REWRITE,
} as const;
const CLOSE_OPTIONS = {
  yes: { type: "boolean", alias: "y", group: PROPOSAL, describe: "Close them: without it nothing is done" },
  branch: PROPOSAL_OPTIONS.branch,
  ...WHICH_OPTIONS,
  ...FORGE_OPTIONS,
  ...WRITE_OPTIONS,
  ...REPORT_OPTIONS,
} as const;

const worker = (choose: Choose): CommandModule<object, OrgArguments> => ({
  command: "worker [owner]",
  describe: "Do what other commands put into the --queue, on as many machines as you like",
  builder: (command) =>
    command
      .positional("owner", { type: "string", describe: "Organisation, user or group" })
      .options({ ...FORGE_OPTIONS, ...WRITE_OPTIONS, ...OUTPUT_OPTIONS }) as Argv<OrgArguments>,
  handler: (args) => choose(async () => (await import("./run-org-worker.ts")).runOrgWorker(args)),
});

function task(
  choose: Choose,
  name: OrgTask,
  describe: string,
  options: Parameters<Argv["options"]>[0],
): CommandModule<object, OrgArguments> {
  return {
    command: `${name} [owner]`,
    describe,
    builder: (command) =>
      command
        .positional("owner", { type: "string", describe: "Organisation, user or group" })
        .options(options) as Argv<OrgArguments>,
    handler: (args) => choose(async () => (await import("./run-org.ts")).runOrg(name, args)),
  };
}
