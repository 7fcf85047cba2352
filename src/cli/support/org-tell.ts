/** What the commands of `org` tell on standard error as they go. */
import type { Canary } from "../../org/canary.ts";
import type { JobResult } from "../../org/job.ts";
import type { Wait } from "../../org/limits.ts";
import { printable } from "../../report/text.ts";

export function tellDeeds({ did }: JobResult): void {
  for (const { kind, url, leftOut } of did) {
    const without = leftOut.length === 0 ? "" : ` (without ${leftOut.join(", ")})`;
    process.stderr.write(`${kind} ${printable(url + without)}\n`);
  }
}

export function tellCanaries(what: string, canaries: readonly Canary[]): void {
  process.stderr.write(`${what}\n${canaries.map(({ url }) => `  ${printable(url)}\n`).join("")}`);
}

export function tellWait({ until, why }: Wait): void {
  if (until - Date.now() < 2000) return;
  const time = new Date(until).toLocaleTimeString("en-GB");
  process.stderr.write(`Waiting until ${time}: ${WHY[why]}.\n`);
}

const WHY: Readonly<Record<Wait["why"], string>> = {
  budget: "the writes of this hour are used up",
  "quiet-hours": "these are quiet hours",
  "asked-to-wait": "the forge asks to wait",
  "rate-limit": "the forge's limit of requests is reached",
};
