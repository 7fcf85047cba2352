/**
 * A forge on this machine to test against: GitHub, GitHub Enterprise Server or GitLab, with real bare git repositories
 * behind it. What a test prepares, does as somebody else, breaks and looks at goes through {@link ForgeDouble}; what
 * it tests goes over HTTP.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Calls } from "./http/calls.ts";
import { Faults } from "./http/faults.ts";
import { Tokens, type App, type Token } from "./http/tokens.ts";
import { Limits, NO_LIMITS, type LimitOptions } from "./github/limits.ts";
import { OpenApi } from "./github/openapi.ts";
import { GitHubServer } from "./github/server.ts";
import { GitLabServer } from "./gitlab/server.ts";
import { People } from "./people.ts";
import { lookUp, walk } from "./git/trees.ts";
import { resolve } from "./git/history.ts";
import { Clock } from "./world/clock.ts";
import type { Account, CheckRun, PullRequest, Repository, Team } from "./world/model.ts";
import { pullsOf, World, type NewRepository } from "./world/world.ts";

export interface DoubleOptions {
  /** Default `github`. */
  readonly flavour?: "github" | "ghes" | "gitlab";
  /** Version that GitHub Enterprise Server says it is. Default 3.19.0. */
  readonly version?: string;
  /** GraphQL fields that this server does not have: `Mutation.createCommitOnBranch`. */
  readonly missingFields?: readonly string[];
  /** Hold each request and answer against GitHub's OpenAPI description. Default true; off for large runs. */
  readonly validate?: boolean;
  /** Enforced per token. Left out: practically none. `DOCUMENTED_LIMITS` are GitHub's own. */
  readonly limits?: Partial<LimitOptions>;
}

export class ForgeDouble {
  readonly world: World;
  /** Every request answered so far. */
  readonly calls = new Calls();
  /** What goes wrong next. */
  readonly faults = new Faults();
  readonly limits: Limits;
  readonly tokens: Tokens;
  /** Where answers differed from GitHub's own description; {@link close} throws if there are any. */
  readonly violations: string[] = [];
  /** Writes as the user `deroot-user`; on GitHub a classic token with the scopes `repo`, `read:org` and `workflow`. */
  readonly token: string;
  readonly #server: Server;
  readonly #directory: string;
  readonly #options: DoubleOptions;

  /** Listens on a free port of 127.0.0.1. */
  static async start(options: DoubleOptions = {}): Promise<ForgeDouble> {
    const double = new ForgeDouble(options);
    await new Promise<void>((done) => double.#server.listen(0, "127.0.0.1", done));
    return double;
  }

  private constructor(options: DoubleOptions) {
    this.#options = options;
    this.#directory = mkdtempSync(path.join(tmpdir(), "forge-double-"));
    this.world = new World(this.#directory, new Clock());
    this.tokens = new Tokens(this.world);
    this.limits = new Limits({ ...NO_LIMITS, ...options.limits }, this.world.clock);
    const enterprise = options.flavour === "ghes" ? (options.version ?? "3.19.0") : null;
    const description = enterprise === null ? "api.github.com" : `ghes-${enterprise.replace(/\.\d+$/, "")}`;
    const handler =
      options.flavour === "gitlab"
        ? new GitLabServer(this)
        : new GitHubServer(this, {
            enterprise,
            missingFields: new Set(options.missingFields),
            openApi: options.validate === false ? null : () => OpenApi.load(description),
          });
    this.#server = createServer((request, response) => {
      handler.handle(request, response).catch((error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.violations.push(text);
        if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
        response.end(JSON.stringify({ message: `The double failed: ${text}` }));
      });
    });
    this.token = this.addToken("deroot-user").value;
  }

  /** Where the REST API is: give this as `--api-url`. */
  get apiUrl(): string {
    return (
      this.siteUrl + { github: "", ghes: "/api/v3", gitlab: "/api/v4" }[this.#options.flavour ?? "github"]
    );
  }

  get graphqlUrl(): string {
    return this.#options.flavour === "ghes" ? `${this.siteUrl}/api/graphql` : `${this.siteUrl}/graphql`;
  }

  /** Where pages and clones are: `git clone ${siteUrl}/owner/name.git`. */
  get siteUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Moves the forge's time on: tokens expire, limits start anew. */
  advance(seconds: number): void {
    this.world.clock.advance(seconds);
  }

  addRepository(repository: NewRepository): Repository {
    return this.world.addRepository(repository);
  }

  /** Throws if it is not there. */
  repository(fullName: string): Repository {
    const found = this.world.named(fullName);
    if (!found) throw new Error(`The double has no repository ${fullName}`);
    return found;
  }

  addOrganization(login: string): Account {
    return this.world.addAccount(login, "Organization");
  }

  addUser(login: string): Account {
    return this.world.addAccount(login, "User");
  }

  /** @param members logins; users are made where they are not there. */
  addTeam(organization: string, slug: string, members: readonly string[] = []): Team {
    return this.world.addTeam(
      this.addOrganization(organization),
      slug,
      members.map((login) => this.addUser(login)),
    );
  }

  /** A personal token. Unless others are given it has all the scopes that deroot may need. */
  addToken(
    login: string,
    options: {
      /** Left out: one of today's format. */
      value?: string;
      kind?: "classic" | "fine-grained";
      scopes?: readonly string[];
      expiresAt?: Date;
    } = {},
  ): Token {
    const gitlab = this.#options.flavour === "gitlab";
    return this.tokens.add(this.addUser(login), gitlab ? "gitlab" : (options.kind ?? "classic"), {
      scopes: options.scopes ?? (gitlab ? ["api"] : ["repo", "read:org", "workflow"]),
      ...(options.value === undefined ? {} : { value: options.value }),
      ...(options.expiresAt ? { expiresAt: options.expiresAt } : {}),
    });
  }

  /** A GitHub App, installed on one account; its tokens last an hour of the forge's time. */
  addApp(slug: string, installedOn: string, permissions?: Readonly<Record<string, string>>): App {
    const granted = permissions ?? {
      contents: "write",
      pull_requests: "write",
      issues: "write",
      metadata: "read",
    };
    return this.tokens.addApp(slug, this.addOrganization(installedOn), granted);
  }

  /** What somebody else does: commits, comments, closes, merges. The user is made if it is not there. */
  actAs(login: string): People {
    return new People(this.world, this.addUser(login));
  }

  /** All pull requests of a repository, or of all repositories, in the order they were opened. */
  pulls(fullName?: string): PullRequest[] {
    const all = fullName === undefined ? [...this.world.repositories.values()] : [this.repository(fullName)];
    return all.flatMap(pullsOf);
  }

  /** A file's content at a branch, tag or commit (the default branch), or null. */
  file(fullName: string, file: string, revision = "HEAD"): Buffer | null {
    const { git } = this.repository(fullName);
    const oid = resolve(git, revision);
    const entry = oid === null ? null : lookUp(git, git.commit(oid)!.tree, file);
    return entry && git.blob(entry.oid);
  }

  /** Path to git's mode for every file at a revision. */
  modes(fullName: string, revision = "HEAD"): Record<string, string> {
    const { git } = this.repository(fullName);
    const tree = git.commit(resolve(git, revision)!)!.tree;
    return Object.fromEntries(
      [...walk(git, tree)].filter(({ type }) => type !== "tree").map((entry) => [entry.path, entry.mode]),
    );
  }

  /** Another machine's verdict on a commit. */
  check(fullName: string, sha: string, name: string, conclusion: CheckRun["conclusion"]): void {
    this.repository(fullName).checks.push({
      id: this.world.id(),
      name,
      sha,
      status: conclusion === null ? "in_progress" : "completed",
      conclusion,
      startedAt: this.world.clock.now(),
    });
  }

  /** Path of the bare repository on the disk, for git programs. */
  gitDirectory(fullName: string): string {
    return this.repository(fullName).git.materialise();
  }

  /** Stops and removes everything. Throws when an answer differed from GitHub's description. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    rmSync(this.#directory, { recursive: true, force: true });
    if (this.violations.length > 0) throw new Error(`The double was wrong:\n${this.violations.join("\n")}`);
  }
}
