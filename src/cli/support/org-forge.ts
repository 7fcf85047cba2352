/** The forge and the queue that the options of `org` stand for. */
import { OrgError } from "../../org/errors.ts";
import { ForgeError, type Forge } from "../../org/forge.ts";
import { writeGate, type Budget } from "../../org/limits.ts";
import { checkApiUrl, hostOf, openForge } from "../../org/open-forge.ts";
import { withoutSecrets } from "../../org/secrets.ts";
import { openStore, StoreError, type Store } from "../../org/shared/store.ts";
import type { openCache } from "../../org/state.ts";
import { printable } from "../../report/text.ts";
import type { OrgArguments } from "../org.ts";
import { CliError, EXIT } from "./errors.ts";
import { gapOf, paceOf } from "./org-options.ts";
import { tellWait } from "./org-tell.ts";
import { TOOL } from "./tool.ts";

export const DEFAULT_CONCURRENCY = 4;

export function forgeOf(args: OrgArguments): { kind: Forge["kind"]; apiUrl: string | null; host: string } {
  const kind = (args.forge ?? "github") as Forge["kind"];
  const apiUrl = args.apiUrl === undefined ? null : checkApiUrl(args.apiUrl);
  return { kind, apiUrl, host: hostOf(kind, apiUrl) };
}

export function connect(
  args: OrgArguments,
  owner: string | null,
  budget: Budget,
  cache: Awaited<ReturnType<typeof openCache>>,
  signal: AbortSignal,
): Promise<Forge> {
  const { kind, apiUrl, host } = forgeOf(args);
  return openForge({
    kind,
    apiUrl,
    env: process.env,
    owner,
    gate: writeGate(budget, paceOf(args).quiet, tellWait, signal),
    signal,
    onWait: tellWait,
    userAgent: `${TOOL.name}/${TOOL.version}`,
    writeGap: gapOf(args.writeGap),
    objects: cache.objects,
    conditional: cache.conditional(host),
  });
}

/** Null where all is done in this process. An address with a password belongs into the environment. */
export function openSharedStore({
  queue = process.env["DEROOT_QUEUE"],
}: OrgArguments): Promise<Store | null> {
  if (queue === undefined || queue === "") return Promise.resolve(null);
  return openStore(queue);
}

/** Errors that a person can do something about, as the command line tells them. */
export async function told<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof OrgError) throw new CliError(printable(error.message), error.hint);
    if (error instanceof ForgeError) throw new CliError(printable(error.message), error.hint, EXIT.failed);
    if (error instanceof StoreError) throw new CliError(printable(error.message), error.hint, EXIT.failed);
    throw error instanceof Error ? withoutSecrets(error) : error;
  }
}
