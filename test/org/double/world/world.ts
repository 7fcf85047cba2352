/** All that exists on the forge, and looking it up. */
import path from "node:path";
import type { Mode } from "../git/objects.ts";
import { GitRepository } from "../git/repository.ts";
import type { GitObject } from "../git/objects.ts";
import { editTree } from "../git/trees.ts";
import type { Clock } from "./clock.ts";
import type { Account, Issue, Permission, Protection, PullRequest, Repository, Team } from "./model.ts";
import { Notifications } from "./notifications.ts";

export interface NewRepository {
  /** Made if it is not there: an organisation. */
  readonly owner: string;
  readonly name: string;
  /** Path to content. Text is UTF-8. Left out or empty: an empty repository, without a commit. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** `100755` or `120000` (the content is then the link's target); others are plain files. */
  readonly modes?: Readonly<Record<string, Mode>>;
  readonly defaultBranch?: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly archived?: boolean;
  readonly disabled?: boolean;
  readonly fork?: boolean;
  readonly template?: boolean;
  readonly topics?: readonly string[];
  readonly language?: string | null;
  readonly allowsDrafts?: boolean;
  /** Who may do what, by login; left out: every token may write. Others may read unless it is private. */
  readonly permissions?: Readonly<Record<string, Permission>>;
  /** `true` protects the default branch: changes come through pull requests, no force pushes, no deletion. */
  readonly protected?: boolean | readonly (Partial<Protection> & { readonly pattern: string })[];
  readonly labels?: readonly string[];
  readonly milestones?: readonly string[];
  /** Of the first commit, and the last push. */
  readonly pushedAt?: Date;
}

export class World {
  readonly clock: Clock;
  readonly directory: string;
  readonly notifications: Notifications;
  readonly accounts = new Map<string, Account>();
  readonly teams: Team[] = [];
  /** By lower-case `owner/name`, in the order they were made. */
  readonly repositories = new Map<string, Repository>();
  /** Grows with every change to the list of repositories or what is listed of them. */
  version = 0;
  readonly #byId = new Map<number, Repository>();
  readonly #owned = new Map<Account, Repository[]>();
  readonly #issuesById = new Map<number, Issue>();
  readonly #objects = new Map<string, GitObject>();
  #nextId = 1000;

  constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.clock = clock;
    this.notifications = new Notifications(clock);
  }

  id(): number {
    return this.#nextId++;
  }

  account(login: string): Account | null {
    return this.accounts.get(login.toLowerCase()) ?? null;
  }

  addAccount(login: string, type: Account["type"], name = login): Account {
    const known = this.account(login);
    if (known) return known;
    const id = this.id();
    const email =
      type === "Bot" || type === "User" ? `${id}+${login}@users.noreply.github.com` : `${login}@example.org`;
    const account: Account = { id, login, type, name, email, createdAt: this.clock.now() };
    this.accounts.set(login.toLowerCase(), account);
    return account;
  }

  addTeam(organization: Account, slug: string, members: readonly Account[]): Team {
    const team: Team = {
      id: this.id(),
      slug,
      name: slug,
      organization,
      members: new Set(members),
      repositories: new Set(),
    };
    this.teams.push(team);
    return team;
  }

  team(organization: string, slug: string): Team | null {
    const owner = this.account(organization);
    return this.teams.find((each) => each.organization === owner && each.slug === slug.toLowerCase()) ?? null;
  }

  repository(owner: string, name: string): Repository | null {
    return this.repositories.get(`${owner}/${name}`.toLowerCase()) ?? null;
  }

  /** By `owner/name`; GitLab's owners have slashes in them. */
  named(fullName: string): Repository | null {
    return this.repositories.get(fullName.toLowerCase()) ?? null;
  }

  repositoryById(id: number): Repository | null {
    return this.#byId.get(id) ?? null;
  }

  issueById(id: number): Issue | null {
    return this.#issuesById.get(id) ?? null;
  }

  /** In the order they were made. */
  ownedBy(account: Account): readonly Repository[] {
    return this.#owned.get(account) ?? [];
  }

  addRepository(wanted: NewRepository): Repository {
    const owner = this.account(wanted.owner) ?? this.addAccount(wanted.owner, "Organization");
    const id = this.id();
    const branch = wanted.defaultBranch ?? "main";
    const date = wanted.pushedAt ?? this.clock.now();
    const git = new GitRepository(
      path.join(this.directory, `${id}.git`),
      `refs/heads/${branch}`,
      this.#objects,
    );
    const repository: Repository = {
      id,
      owner,
      name: wanted.name,
      git,
      description: wanted.description ?? null,
      private: wanted.private ?? false,
      archived: wanted.archived ?? false,
      disabled: wanted.disabled ?? false,
      fork: wanted.fork ?? false,
      template: wanted.template ?? false,
      allowsDrafts: wanted.allowsDrafts ?? true,
      hasIssues: true,
      topics: [...(wanted.topics ?? [])],
      language: wanted.language === undefined ? "Dockerfile" : wanted.language,
      permissions: wanted.permissions ? new Map(Object.entries(wanted.permissions)) : null,
      protections: protections(wanted.protected, branch),
      labels: new Map(),
      milestones: [],
      issues: new Map(),
      checks: [],
      statuses: [],
      createdAt: date,
      updatedAt: date,
      pushedAt: date,
      nextNumber: 1,
    };
    for (const name of wanted.labels ?? [])
      repository.labels.set(name.toLowerCase(), { id: this.id(), name, color: "ededed", description: "" });
    for (const title of wanted.milestones ?? [])
      repository.milestones.push({
        id: this.id(),
        number: repository.milestones.length + 1,
        title,
        state: "open",
      });
    const files = Object.entries(wanted.files ?? {});
    if (files.length > 0) {
      const blob = (content: string | Uint8Array): string =>
        git.write("blob", Buffer.from(content as string));
      const tree = editTree(
        git,
        null,
        new Map(
          files.map(([file, content]) => [
            file,
            { mode: wanted.modes?.[file] ?? "100644", oid: blob(content) },
          ]),
        ),
      );
      const author = { name: owner.name, email: owner.email, date };
      const message = "First commit\n";
      const oid = git.writeCommit({
        tree,
        parents: [],
        author,
        committer: author,
        message,
        signature: null,
      });
      git.setRef(`refs/heads/${branch}`, oid);
    }
    this.repositories.set(`${owner.login}/${wanted.name}`.toLowerCase(), repository);
    this.#byId.set(id, repository);
    if (!this.#owned.has(owner)) this.#owned.set(owner, []);
    this.#owned.get(owner)!.push(repository);
    this.version++;
    return repository;
  }

  addIssue(issue: Issue): void {
    issue.repository.issues.set(issue.number, issue);
    this.#issuesById.set(issue.id, issue);
  }

  rename(repository: Repository, name: string): void {
    this.repositories.delete(fullName(repository).toLowerCase());
    repository.name = name;
    this.repositories.set(fullName(repository).toLowerCase(), repository);
    this.version++;
  }

  remove(repository: Repository): void {
    this.repositories.delete(fullName(repository).toLowerCase());
    this.#byId.delete(repository.id);
    const owned = this.#owned.get(repository.owner)!;
    owned.splice(owned.indexOf(repository), 1);
    this.version++;
  }
}

export const fullName = (repository: Repository): string => `${repository.owner.login}/${repository.name}`;

/** Without `refs/heads/`. */
export const defaultBranch = (repository: Repository): string =>
  repository.git.head.replace(/^refs\/heads\//, "");

export const isPull = (issue: Issue): issue is PullRequest => issue.pull !== null;

export const pullsOf = (repository: Repository): PullRequest[] =>
  [...repository.issues.values()].filter(isPull);

function protections(wanted: NewRepository["protected"], branch: string): Protection[] {
  const list = wanted === true ? [{ pattern: branch }] : wanted || [];
  return list.map((each) => ({
    requirePullRequest: true,
    requireSignatures: false,
    allowDeletions: false,
    allowForcePushes: false,
    requiredApprovals: 1,
    ...each,
  }));
}
