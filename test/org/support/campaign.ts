/** A campaign against the double, in this process: what the command line does, without printing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteCache, type Cache } from "../../../src/org/cache.ts";
import { runCampaign, type CampaignOptions } from "../../../src/org/campaign.ts";
import type { Forge } from "../../../src/org/forge.ts";
import { gitHub, gitHubAuth } from "../../../src/org/github/index.ts";
import { gitLab, gitLabToken } from "../../../src/org/gitlab/index.ts";
import { inProcess } from "../../../src/org/in-process.ts";
import type { Deed, JobResult, Task } from "../../../src/org/job.ts";
import type { Ledger, RepositoryRecord } from "../../../src/org/ledger.ts";
import { CLOCK, ledgerBudget, writeGate, type Clock, type Pace, type Wait } from "../../../src/org/limits.ts";
import { organisationOptions } from "../../../src/org/organisation.ts";
import type { ProposalOptions } from "../../../src/org/options.ts";
import { EVERYTHING, type Filter } from "../../../src/org/select.ts";
import { sqliteLedger } from "../../../src/org/sqlite-ledger.ts";
import { openDatabase } from "../../../src/org/sqlite.ts";
import { ForgeDouble, type DoubleOptions, type NewRepository } from "../double/index.ts";

export const BRANCH = "deroot/non-root";

/** Runs as root, and can be rewritten. */
export const NODE_APP = {
  Dockerfile: 'FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  "server.js": "require('http').createServer().listen(3000);\n",
} as const;

export interface RunOptions {
  readonly given?: Partial<ProposalOptions>;
  readonly filter?: Partial<Filter>;
  readonly names?: readonly string[];
  readonly teams?: readonly string[];
  readonly max?: number;
  readonly approved?: CampaignOptions["approved"];
  readonly forks?: boolean;
  readonly concurrency?: number;
  readonly version?: string;
  readonly verification?: string;
}

export interface Outcome {
  readonly results: ReadonlyMap<string, JobResult>;
  readonly deeds: readonly Deed[];
  /** Requests of this run. */
  readonly reads: number;
  readonly writes: number;
  state(repository: string): string;
}

/** A forge with the organisation `acme`, and a machine from which campaigns run. */
export class Stage {
  readonly double: ForgeDouble;
  readonly #folder = mkdtempSync(join(tmpdir(), "deroot-org-"));
  readonly waits: Wait[] = [];
  readonly #abort = new AbortController();
  /** How long a forge's second lasts. */
  secondMs = 1;
  /** How long a request may take. */
  timeoutMs = 2000;
  /** What its waits are measured by; those inside octokit are not. */
  clock: Clock = CLOCK;
  pace: Pace = { writesPerHour: 0, quiet: null };
  #ledger!: Ledger;
  #cache!: Cache;
  env: Record<string, string | undefined>;
  readonly isGitLab: boolean;

  static async open(options: DoubleOptions = {}): Promise<Stage> {
    const double = await ForgeDouble.start(options);
    double.addOrganization("acme");
    const stage = new Stage(double, options.flavour === "gitlab");
    await stage.forget();
    return stage;
  }

  private constructor(double: ForgeDouble, isGitLab: boolean) {
    this.double = double;
    this.isGitLab = isGitLab;
    this.env = { GITHUB_TOKEN: double.token };
  }

  add(name: string, files: NewRepository["files"] = NODE_APP, rest: Partial<NewRepository> = {}): void {
    this.double.addRepository({ owner: "acme", name, files, ...rest });
  }

  /** As if on another machine: nothing is remembered but what the forge says. */
  async forget(): Promise<void> {
    this.#ledger = sqliteLedger(await openDatabase(":memory:"), "double");
    this.#cache = sqliteCache(await openDatabase(":memory:"));
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  record(repository: string): Promise<RepositoryRecord | null> {
    return this.#ledger.get(repository);
  }

  async forge(): Promise<Forge> {
    const { apiUrl } = this.double;
    const { signal } = this.#abort;
    const onWait = (wait: Wait): void => void this.waits.push(wait);
    const options = {
      apiUrl,
      gate: writeGate(
        ledgerBudget(this.#ledger, this.pace.writesPerHour),
        this.pace.quiet,
        onWait,
        signal,
        this.clock,
      ),
      clock: this.clock,
      signal,
      onWait,
      userAgent: "test",
      writeGapMs: 0,
      timeoutMs: this.timeoutMs,
      patienceMs: 60 * 60 * 1000,
      secondMs: this.secondMs,
      cache: this.#cache.objects,
      conditional: this.#cache.conditional("test"),
    };
    return this.isGitLab
      ? gitLab({ ...options, token: gitLabToken({ GITLAB_TOKEN: this.env["GITHUB_TOKEN"] }) })
      : gitHub({ ...options, auth: await gitHubAuth(this.env, apiUrl, "acme") });
  }

  async run(task: Task, options: RunOptions = {}): Promise<Outcome> {
    const forge = await this.forge();
    const { login } = await forge.identify(task === "plan" ? "read" : "write");
    const results = new Map<string, JobResult>();
    const campaign: CampaignOptions = {
      task,
      where: { owner: "acme", names: options.names ?? [], teams: options.teams ?? [], branch: BRANCH },
      filter: { ...EVERYTHING, ...options.filter },
      settings: {
        branch: BRANCH,
        given: options.given ?? {},
        organisation: await organisationOptions(forge, "acme", BRANCH),
        login,
        forks: options.forks ?? false,
        templates: false,
        version: options.version ?? "1.0.0",
      },
      verification: () => options.verification ?? null,
      max: options.max ?? null,
      approved: options.approved ?? null,
    };
    const queue = inProcess(forge, options.concurrency ?? 4);
    await runCampaign(forge, this.#ledger, queue, campaign, (repository, result) => {
      if (results.has(repository.name)) throw new Error(`${repository.name} was done twice`);
      results.set(repository.name, result);
    });
    await forge.close();
    return {
      results,
      deeds: [...results.values()].flatMap(({ did }) => did),
      reads: forge.usage.reads,
      writes: forge.usage.writes,
      state: (repository) => {
        const record = results.get(`acme/${repository}`)?.record;
        return record === undefined ? "not seen" : (record.proposals[0]?.state ?? record.outcome);
      },
    };
  }

  /** As Ctrl-C does. */
  stop(): void {
    this.#abort.abort();
  }

  pulls(name: string): ReturnType<ForgeDouble["pulls"]> {
    return this.double.pulls(`acme/${name}`);
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    await this.double.close();
  }
}
