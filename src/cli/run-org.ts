import { readFileSync } from "node:fs";
import { createColors } from "picocolors";
import { approvalEntry, approvalFile, readApproval } from "../org/approval.ts";
import { runCampaign, type CampaignOptions, type OpenQueue } from "../org/campaign.ts";
import { awaitCanaries, findCanaries, type Canary } from "../org/canary.ts";
import type { Forge } from "../org/forge.ts";
import { inProcess } from "../org/in-process.ts";
import type { Ledger } from "../org/ledger.ts";
import { ledgerBudget } from "../org/limits.ts";
import { organisationOptions } from "../org/organisation.ts";
import type { Store } from "../org/shared/store.ts";
import { openCache, openLedger } from "../org/state.ts";
import { statusHtml, statusJson, type StatusReport } from "../org/status-report.ts";
import { statusLine, statusSummary } from "../org/status-text.ts";
import { StatusCount, statusRow } from "../org/status.ts";
import { printable } from "../report/text.ts";
import { FileSink } from "../report/write.ts";
import type { OrgArguments, OrgTask } from "./org.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { interruptible } from "./support/interruption.ts";
import { connect, DEFAULT_CONCURRENCY, forgeOf, openSharedStore, told } from "./support/org-forge.ts";
import {
  checkOrgOptions,
  count,
  filterOf,
  paceOf,
  proposalOptions,
  repositoriesOf,
  verificationsOf,
} from "./support/org-options.ts";
import { tellCanaries, tellDeeds } from "./support/org-tell.ts";
import { Output, wantsColour } from "./support/streams.ts";
import { TOOL } from "./support/tool.ts";

export async function runOrg(command: OrgTask, args: OrgArguments): Promise<ExitCode> {
  const names = repositoriesOf(args);
  if (args.owner === undefined && names.length === 0)
    throw new CliError(
      `org ${command}: whose repositories?`,
      `Name an organisation, or some with --repo: deroot org ${command} acme`,
    );
  if ((command === "open" && !args.yes && args.approved === undefined) || (command === "close" && !args.yes))
    throw new CliError(
      `org ${command} ${command === "open" ? "opens" : "closes"} pull requests: it wants --yes${command === "open" ? ", or --approved FILE" : ""}`,
      "deroot org plan shows what it would do.",
    );
  checkOrgOptions(args);
  const interruption = interruptible();
  try {
    return await told(() => run(command, args, names, interruption.signal));
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write("Stopped. The same command goes on from here.\n");
    return EXIT.failed;
  } finally {
    interruption.end();
  }
}

async function run(
  command: OrgTask,
  args: OrgArguments,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ExitCode> {
  const { host } = forgeOf(args);
  const approvedText = args.approved === undefined ? null : readFile(args.approved);
  const approved = approvedText === null ? null : readApproval(approvedText, host);
  const owner = args.owner ?? names[0]?.split("/")[0] ?? null;
  const ledger = await openLedger(process.env, host);
  const cache = await openCache(process.env);
  const store = await openSharedStore(args);
  let forge: Forge | null = null;
  try {
    forge = await connect(args, owner, ledgerBudget(ledger, paceOf(args).writesPerHour), cache, signal);
    const identity = await forge.identify(command === "plan" || command === "status" ? "read" : "write");
    const branch = args.branch ?? "deroot/non-root";
    const verification = verificationsOf(args.verification);
    const options: CampaignOptions = {
      task: command === "status" ? "plan" : command,
      where: { owner: args.owner ?? null, names, teams: args.team ?? [], branch },
      filter: filterOf(args, new Date()),
      settings: {
        branch,
        given: proposalOptions(args),
        organisation: await organisationOptions(forge, args.owner ?? null, branch),
        login: identity.login,
        forks: args.forks ?? false,
        templates: args.templates ?? false,
        version: TOOL.version,
      },
      verification,
      max: count("--max", args.max) ?? null,
      approved,
    };
    const queue =
      store === null
        ? inProcess(forge, count("--concurrency", args.concurrency) ?? DEFAULT_CONCURRENCY)
        : await shared(store, host, owner!, signal);
    return await new Campaign(forge, ledger, queue, options, args, signal).run();
  } finally {
    await forge?.close();
    await store?.close();
    await ledger.close();
    cache.close();
  }
}

async function shared(store: Store, host: string, owner: string, signal: AbortSignal): Promise<OpenQueue> {
  const { inWorkers, queueName } = await import("../org/in-workers.ts");
  const onNoWorker = (): void =>
    void process.stderr.write(`Waiting for a worker: deroot org worker ${printable(owner)} --queue …\n`);
  return inWorkers(store, queueName(host, owner), { signal, onNoWorker });
}

/** Runs what was asked for, and tells of it as it goes. */
class Campaign {
  readonly #forge: Forge;
  readonly #ledger: Ledger;
  readonly #queue: OpenQueue;
  readonly #options: CampaignOptions;
  readonly #args: OrgArguments;
  readonly #signal: AbortSignal;
  readonly #now = new Date();
  readonly #output = new Output(process.stdout);
  readonly #colours;

  constructor(
    forge: Forge,
    ledger: Ledger,
    queue: OpenQueue,
    options: CampaignOptions,
    args: OrgArguments,
    signal: AbortSignal,
  ) {
    this.#forge = forge;
    this.#ledger = ledger;
    this.#queue = queue;
    this.#options = options;
    this.#args = args;
    this.#signal = signal;
    this.#colours = createColors(wantsColour(process.stdout, args.color));
  }

  async run(): Promise<ExitCode> {
    const canaries = count("--canary", this.#args.canary);
    if (this.#options.task === "open" && canaries !== undefined && !(await this.#sendAhead(canaries)))
      return EXIT.found;
    return this.#campaign(this.#options);
  }

  async #campaign(options: CampaignOptions): Promise<ExitCode> {
    const { owner } = options.where;
    const json = this.#args.json ? statusJson(TOOL, this.#forge.host, owner, this.#now) : null;
    const page = this.#args.html === undefined ? null : new FileSink(this.#args.html);
    const html = page === null ? null : statusHtml(TOOL, owner, this.#now);
    const plan: NonNullable<ReturnType<typeof approvalEntry>>[] = [];
    const totals = new StatusCount();
    try {
      await this.#begin(json, html, page);
      await runCampaign(this.#forge, this.#ledger, this.#queue, options, async (repository, result) => {
        const row = statusRow(repository, result, this.#now);
        totals.add(row);
        tellDeeds(result);
        await this.#output.write(
          json?.add(row) ?? (this.#isQuiet(row.state) ? "" : statusLine(row, this.#colours)),
        );
        if (html) page!.write(html.add(row));
        const entry = this.#args.approval === undefined ? null : approvalEntry(result.record);
        if (entry) plan.push(entry);
      });
      await this.#output.write(json?.end(totals.totals) ?? "");
      if (html) page!.write(html.end(totals.totals));
      page?.commit();
    } catch (error) {
      page?.abandon();
      throw error;
    }
    if (this.#args.approval !== undefined)
      writeFile(this.#args.approval, approvalFile(this.#forge.host, plan));
    if (!this.#args.quiet) this.#summary(totals);
    return (totals.totals.states.failed ?? 0) > 0 ? EXIT.failed : EXIT.done;
  }

  async #begin(json: StatusReport | null, html: StatusReport | null, page: FileSink | null): Promise<void> {
    await this.#output.write(json?.begin() ?? "");
    if (html) page!.write(html.begin());
  }

  #isQuiet(state: string): boolean {
    return this.#args.quiet === true && state !== "failed";
  }

  #summary(totals: StatusCount): void {
    const { reads, writes, retries } = this.#forge.usage;
    const again = retries === 0 ? "" : `, ${retries} of them again`;
    process.stderr.write(
      `${statusSummary(totals.totals)}Requests: ${reads} to read, ${writes} to write${again}.\n`,
    );
    if (this.#args.approval !== undefined)
      process.stderr.write(
        `Read ${this.#args.approval}, set "approved" to false where it shall not be, and give it to org open --approved.\n`,
      );
  }

  /** Opens the first few, and comes back when all of them have passed, or one has not. */
  async #sendAhead(wanted: number): Promise<boolean> {
    const find = (): Promise<Canary[]> => findCanaries(this.#ledger, this.#options.where, wanted);
    let canaries = await find();
    if (canaries.length < wanted) {
      const options = { ...this.#options, max: wanted - canaries.length };
      await runCampaign(this.#forge, this.#ledger, this.#queue, options, (_, result) => tellDeeds(result));
      canaries = await find();
    }
    const bad = await awaitCanaries(this.#forge, canaries, {
      signal: this.#signal,
      onWaiting: (waiting) =>
        tellCanaries("Waiting until these have passed, are approved or merged:", waiting),
    });
    if (bad.length === 0) return true;
    tellCanaries("These failed their checks, or were turned down, so nothing more is opened:", bad);
    process.stderr.write(
      "Have a look at them. deroot org sync refreshes them; without --canary the others are opened all the same.\n",
    );
    return false;
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CliError(`${path}: ${(error as Error).message}`, "Check the path.");
  }
}

function writeFile(path: string, text: string): void {
  const sink = new FileSink(path);
  sink.write(text);
  sink.commit();
}
