/** A worker in a process of its own: `worker.ts URL NAME`. Tells each job on stdout as it begins it and as it ends it. */
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../../../src/org/shared/store.ts";
import { startWorker } from "../../../src/org/shared/worker.ts";

const [url, name] = process.argv.slice(2) as [string, string];
const store = await openStore(url);
const worker = startWorker<{ n: number; takes: number }, { n: number; by: number }>(
  store,
  name,
  async ({ n, takes }) => {
    process.stdout.write(`begin ${n}\n`);
    await sleep(takes);
    process.stdout.write(`end ${n}\n`);
    return { n, by: process.pid };
  },
  { concurrency: 2, stalledAfter: 1000, isFatal: () => false },
);
process.on("SIGTERM", () => void worker.close().then(() => store.close()));
