/** A campaign over workers that share a queue: the command line itself, against the double, with processes killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ForgeDouble } from "../org/double/index.ts";
import { NODE_APP } from "../org/support/campaign.ts";
import { type Service, services, withServices } from "./support/services.ts";

const DEROOT = fileURLToPath(new URL("../../dist/deroot.js", import.meta.url));
const UNBOUNDED = ["--write-gap", "0", "--writes-per-hour", "0"];
const REPOSITORIES = Array.from({ length: 30 }, (_, n) => `acme/app-${n}`);

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output: string;
}

withServices("a campaign over workers", () => {
  describe.each(["Redis", "PostgreSQL"] as const)("over %s", (kind) => {
    let service: Service;
    let double: ForgeDouble;
    let folder = "";
    const runs: Run[] = [];

    beforeAll(async () => {
      service = await services[kind]();
    });
    afterAll(() => service.stop());
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "deroot-workers-"));
      double = await ForgeDouble.start();
      double.addOrganization("acme");
      for (const name of REPOSITORIES)
        double.addRepository({ owner: "acme", name: name.slice("acme/".length), files: NODE_APP });
    });
    afterEach(async () => {
      for (const { child } of runs.splice(0)) child.kill("SIGKILL");
      await double.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** `machine`: whose ledger and cache it has. */
    function deroot(machine: string, ...args: string[]): Run {
      const env = {
        PATH: process.env["PATH"],
        HOME: folder,
        XDG_STATE_HOME: join(folder, machine, "state"),
        XDG_CACHE_HOME: join(folder, machine, "cache"),
        GITHUB_TOKEN: double.token,
        DEROOT_QUEUE: service.url,
      };
      const child = spawn(process.execPath, [DEROOT, "org", ...args, "--api-url", double.apiUrl], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((done) => child.once("exit", done));
      const run: Run = { child, ended, output: "" };
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (text) => (run.output += String(text)));
      runs.push(run);
      return run;
    }
    const worker = (machine: string): Run => deroot(machine, "worker", "acme", ...UNBOUNDED);
    const open = (): Run => deroot("desk", "open", "acme", "--yes", ...UNBOUNDED);
    const pullRequests = (): number[] => REPOSITORIES.map((name) => double.pulls(name).length);

    async function until(condition: () => boolean): Promise<void> {
      while (!condition()) await sleep(20);
    }
    const opened = (): number => pullRequests().filter((count) => count > 0).length;

    // That the jobs of a killed worker go to another one is seen for both in org-shared.e2e.ts; here it takes a while.
    const withAWorkerKilled = (): void =>
      it("opens one pull request each, with a worker killed meanwhile", async () => {
        const first = worker("one");
        worker("two");
        const campaign = open();
        await until(() => opened() > 4);
        first.child.kill("SIGKILL");
        expect(await campaign.ended, campaign.output).toBe(0);
        expect(pullRequests()).toEqual(REPOSITORIES.map(() => 1));
        expect(campaign.output).toMatch(/30/);
        // Workers know nothing of each other's past: the second run still writes nothing.
        const { writes } = double.calls;
        expect(await open().ended).toBe(0);
        expect(double.calls.writes).toBe(writes);
      });
    if (kind === "Redis") withAWorkerKilled();

    it("keeps no token in the queue, whatever the forge repeats", async () => {
      const first = worker("one");
      const campaign = open();
      await until(() => opened() > 0);
      double.faults.add({ kind: "echo", status: 403 }, { times: 3 });
      double.faults.add({ kind: "echo", status: 422 }, { times: 3, write: true });
      const seen: string[] = [];
      let isOver = false;
      void campaign.ended.then(() => (isOver = true));
      while (!isOver) {
        seen.push(await contentsOf(kind, service.url));
        await sleep(50);
      }
      const told = campaign.output + first.output;
      expect(seen.join("\n")).toContain("acme/app-1");
      expect(told).toContain("[token]");
      for (const text of [...seen, told]) expect(text).not.toContain(double.token);
    });

    it("goes on after the one that hands out the work was killed", async () => {
      worker("one");
      const campaign = open();
      await until(() => opened() > 4);
      campaign.child.kill("SIGKILL");
      await campaign.ended;
      const again = open();
      expect(await again.ended, again.output).toBe(0);
      expect(pullRequests()).toEqual(REPOSITORIES.map(() => 1));
      const status = deroot("desk", "status", "acme", "--json");
      expect(await status.ended, status.output).toBe(0);
    });
  });
});

/** All that a Redis or a PostgreSQL holds, as text. */
async function contentsOf(kind: "Redis" | "PostgreSQL", url: string): Promise<string> {
  if (kind === "Redis") {
    const redis = new Redis(url);
    const keys = await redis.keys("*");
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    await redis.quit();
    return [...keys, ...dumps.map((dump) => dump?.toString("latin1") ?? "")].join("\n");
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    texts.push(...rows.map(({ text }) => text));
  }
  await client.end();
  return texts.join("\n");
}
