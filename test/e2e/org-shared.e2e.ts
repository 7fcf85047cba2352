/** The queue that workers on several machines share, on a real Redis and on a real PostgreSQL. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sharedBudget } from "../../src/org/shared/budget.ts";
import { sharedQueue } from "../../src/org/shared/queue.ts";
import { openStore, StoreError, type Store } from "../../src/org/shared/store.ts";
import { startWorker } from "../../src/org/shared/worker.ts";
import { type Service, services, withServices } from "./support/services.ts";

interface Work {
  readonly n: number;
  readonly takes: number;
}
interface Done {
  readonly n: number;
  readonly by: number;
}

withServices("jobs that workers share", () => {
  describe.each(["Redis", "PostgreSQL"] as const)("over %s", (kind) => {
    let service: Service;
    let store: Store;
    let name = "";
    let count = 0;
    const children: ChildProcess[] = [];

    beforeAll(async () => {
      // Node 20 does not read TypeScript by itself.
      await build({ entryPoints: [source("org/worker.ts")], outfile: WORKER, ...NODE });
      service = await services[kind]();
      store = await openStore(service.url);
    });
    afterAll(async () => {
      await store.close();
      await service.stop();
    });
    afterEach(() => {
      for (const child of children.splice(0)) child.kill("SIGKILL");
    });

    /** A queue of its own for each test. */
    const fresh = (): string => (name = `test-${++count}`);
    const sorted = (all: Iterable<number>): number[] => [...all].sort((a, b) => a - b);
    const upTo = (size: number): number[] => Array.from({ length: size }, (_, n) => n);

    /** A worker in another process; resolves with it when it has begun its first job. */
    function worker(onLine: (line: string, child: ChildProcess) => void = () => undefined): ChildProcess {
      const child = spawn(process.execPath, [WORKER, service.url, name], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      createInterface({ input: child.stdout }).on("line", (line) => onLine(line, child));
      children.push(child);
      return child;
    }

    it("hands each job out once, also when it is added twice, and settles its result", async () => {
      fresh();
      const begun: number[] = [];
      const settled: Done[] = [];
      const queue = await sharedQueue<Work, Done>(
        store,
        name,
        async (_job, done) => void settled.push(done),
        {
          interval: 20,
        },
      );
      for (const n of [...upTo(40), ...upTo(40)]) await queue.add(`job ${n}`, { n, takes: 20 });
      const note = (line: string): void => {
        if (line.startsWith("begin")) begun.push(Number(line.slice(6)));
      };
      worker(note);
      worker(note);
      await queue.drain();
      await queue.close();
      expect(sorted(settled.map(({ n }) => n))).toEqual(upTo(40));
      expect(sorted(begun)).toEqual(upTo(40));
      expect(new Set(settled.map(({ by }) => by)).size, "both took part").toBe(2);
    });

    it("gives the jobs of a worker that was killed to another one", async () => {
      fresh();
      const settled: number[] = [];
      const queue = await sharedQueue<Work, Done>(store, name, async (_job, { n }) => void settled.push(n), {
        interval: 50,
      });
      for (const n of upTo(6)) await queue.add(`job ${n}`, { n, takes: 300 });
      let killed = false;
      worker((_line, child) => {
        if (!killed) killed = child.kill("SIGKILL");
      });
      while (!killed) await sleep(20);
      worker();
      await queue.drain();
      await queue.close();
      expect(sorted(settled)).toEqual(upTo(6));
    });

    it("settles what was done while nobody collected", async () => {
      fresh();
      const first = await sharedQueue<Work, Done>(store, name, () =>
        Promise.reject(new Error("never called")),
      );
      for (const n of upTo(4)) await first.add(`job ${n}`, { n, takes: 0 });
      let ended = 0;
      worker((line) => {
        if (line.startsWith("end")) ended++;
      });
      while (ended < 4) await sleep(20);
      // `first` is left as a killed process leaves it. The same campaign again:
      const settled: number[] = [];
      const again = await sharedQueue<Work, Done>(store, name, async (_job, { n }) => void settled.push(n));
      for (const n of upTo(4)) await again.add(`job ${n}`, { n, takes: 0 });
      await again.drain();
      await again.close();
      expect(new Set(settled)).toEqual(new Set(upTo(4)));
    });

    it("tries a job that rejects again, and ends the run when its attempts are used up", async () => {
      fresh();
      const attempts = new Map<number, number>();
      const own = startWorker<Work, Done>(
        store,
        name,
        ({ n }) => {
          const now = (attempts.get(n) ?? 0) + 1;
          attempts.set(n, now);
          return n === 1 || now < 2
            ? Promise.reject(new Error(`job ${n} will not do`))
            : Promise.resolve({ n, by: 0 });
        },
        { concurrency: 1, stalledAfter: 30_000, isFatal: () => false },
      );
      const settled: number[] = [];
      const queue = await sharedQueue<Work, Done>(store, name, async (_job, { n }) => void settled.push(n), {
        attempts: 3,
        backOff: 10,
        interval: 20,
      });
      await queue.add("a", { n: 0, takes: 0 });
      await queue.drain();
      expect(settled).toEqual([0]);
      await queue.add("b", { n: 1, takes: 0 });
      await expect(queue.drain()).rejects.toThrow("job 1 will not do");
      await queue.close();
      await own.close();
      expect(Object.fromEntries(attempts)).toEqual({ 0: 2, 1: 3 });
    });

    it("ends a worker that can do nothing more, and leaves its job to others", async () => {
      fresh();
      const broken = startWorker<Work, Done>(store, name, () => Promise.reject(new Error("token expired")), {
        concurrency: 1,
        stalledAfter: 30_000,
        isFatal: (error) => (error as Error).message === "token expired",
      });
      const settled: number[] = [];
      const queue = await sharedQueue<Work, Done>(store, name, async (_job, { n }) => void settled.push(n), {
        backOff: 10,
        interval: 20,
      });
      await queue.add("a", { n: 7, takes: 0 });
      await expect(broken.ended).rejects.toThrow("token expired");
      worker();
      await queue.drain();
      await queue.close();
      expect(settled).toEqual([7]);
    });

    it("never lets more than a few jobs wait, however many there are", async () => {
      fresh();
      const queue = await sharedQueue<Work, Done>(store, name, async () => undefined, {
        room: 5,
        interval: 20,
      });
      worker();
      const waiting = store.queue(name);
      let most = 0;
      for (const n of upTo(30)) {
        await queue.add(`job ${n}`, { n, takes: 0 });
        const { wait = 0, prioritized = 0, active = 0 } = await waiting.getJobCounts();
        most = Math.max(most, wait + prioritized + active);
      }
      await queue.drain();
      await queue.close();
      await waiting.close();
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(5);
    });

    it("notices that another campaign has taken the queue over", async () => {
      fresh();
      const first = await sharedQueue<Work, Done>(store, name, async () => undefined, { interval: 20 });
      await first.add("a", { n: 0, takes: 0 });
      const second = await sharedQueue<Work, Done>(store, name, async () => undefined);
      const outcome = await first.drain().then(
        () => null,
        (error: unknown) => error,
      );
      await second.close();
      expect(outcome).toBeInstanceOf(StoreError);
      expect((outcome as StoreError).code).toBe("taken");
    });

    it("counts the writes of all workers against one budget, and pauses all of them", async () => {
      fresh();
      const other = await openStore(service.url);
      // Two in five minutes.
      const budgets = await Promise.all([store, other].map((each) => sharedBudget(each, name, 24)));
      const now = Date.now();
      const answers = await Promise.all([...budgets, ...budgets].map((budget) => budget.take(1, now)));
      const waits = answers.filter((answer) => answer !== null);
      expect(waits).toHaveLength(2);
      for (const { why, until } of waits) {
        expect(why).toBe("budget");
        expect(until).toBeGreaterThan(now);
        expect(until).toBeLessThanOrEqual(now + 5 * 60_000 + 1000);
      }
      const free = await Promise.all([store, other].map((each) => sharedBudget(each, `${name}-free`, 0)));
      expect(await free[0]!.take(500, now)).toBeNull();
      await free[0]!.pause(now + 60_000);
      expect(await free[1]!.take(1, now)).toMatchObject({ why: "asked-to-wait" });
      await other.close();
    });
  });

  it("says where nobody answers, without the password", async () => {
    for (const address of ["redis://:secret-word@127.0.0.1:1", "postgres://me:secret-word@127.0.0.1:1/db"]) {
      const error: unknown = await openStore(address).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect(String(error)).toContain("127.0.0.1:1");
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("secret-word");
    }
  });
});

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Where packages are found from. */
const WORKER = source("../../node_modules/.cache/deroot/org-worker.mjs");
const NODE = { bundle: true, packages: "external", format: "esm", platform: "node" } as const;
