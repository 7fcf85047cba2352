import { campaignWorker, queueName } from "../org/in-workers.ts";
import { sharedBudget } from "../org/shared/budget.ts";
import { openCache } from "../org/state.ts";
import type { OrgArguments } from "./org.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { interruptible } from "./support/interruption.ts";
import { connect, DEFAULT_CONCURRENCY, forgeOf, openSharedStore, told } from "./support/org-forge.ts";
import { count, paceOf } from "./support/org-options.ts";
import { tellDeeds } from "./support/org-tell.ts";
import { TOOL } from "./support/tool.ts";

/** Works until it is stopped. */
export async function runOrgWorker(args: OrgArguments): Promise<ExitCode> {
  if (args.owner === undefined)
    throw new CliError(
      "org worker: for whom?",
      "Name the owner that the other commands name: deroot org worker acme",
    );
  const { owner } = args;
  const interruption = interruptible();
  try {
    return await told(() => work(args, owner, interruption.signal));
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return EXIT.done;
  } finally {
    interruption.end();
  }
}

async function work(args: OrgArguments, owner: string, signal: AbortSignal): Promise<ExitCode> {
  const store = await openSharedStore(args);
  if (store === null)
    throw new CliError(
      "org worker: which queue?",
      "--queue redis://localhost:6379, or DEROOT_QUEUE in the environment.",
    );
  const cache = await openCache(process.env);
  try {
    const name = queueName(forgeOf(args).host, owner);
    const budget = await sharedBudget(store, name, paceOf(args).writesPerHour);
    const forge = await connect(args, owner, budget, cache, signal);
    const { login } = await forge.identify("write");
    const worker = campaignWorker(
      store,
      name,
      forge,
      { login, version: TOOL.version },
      {
        concurrency: count("--concurrency", args.concurrency) ?? DEFAULT_CONCURRENCY,
        onDone: args.quiet === true ? () => undefined : tellDeeds,
      },
    );
    if (!args.quiet)
      process.stderr.write(`Waiting for work on ${store.address}, as ${login}. Ctrl-C ends it.\n`);
    signal.addEventListener("abort", () => void worker.close(), { once: true });
    await worker.ended;
    await forge.close();
    return EXIT.done;
  } finally {
    cache.close();
    await store.close();
  }
}
