/** What people do on a forge while somebody else works there. */
import type { Mode } from "./git/objects.ts";
import { resolve } from "./git/history.ts";
import { commitFiles } from "./world/commits.ts";
import { comment, createPull, merge, mergeable, requestReviews, review, updateIssue } from "./world/pulls.ts";
import { changeDefaultBranch, moveRef } from "./world/refs.ts";
import type { Account, PullRequest, Repository, Review } from "./world/model.ts";
import { defaultBranch, isPull, type World } from "./world/world.ts";

export class People {
  readonly account: Account;
  readonly #world: World;

  constructor(world: World, account: Account) {
    this.#world = world;
    this.account = account;
  }

  /**
   * A commit on a branch (the default one), as if pushed; the branch is made from the default one if it is not there.
   * @param files path to new content; null removes.
   * @returns its id.
   */
  commit(
    fullName: string,
    files: Readonly<Record<string, string | Uint8Array | null>>,
    options: { branch?: string; message?: string; modes?: Readonly<Record<string, Mode>> } = {},
  ): string {
    const repository = this.#repository(fullName);
    const branch = options.branch ?? defaultBranch(repository);
    if (
      repository.git.ref(`refs/heads/${branch}`) === null &&
      repository.git.ref(repository.git.head) !== null
    )
      this.createBranch(fullName, branch);
    return commitFiles(this.#world, repository, this.account, branch, files, options);
  }

  createBranch(fullName: string, branch: string, from = "HEAD"): void {
    const repository = this.#repository(fullName);
    moveRef(this.#world, repository, `refs/heads/${branch}`, resolve(repository.git, from)!);
  }

  /** Moves a branch to any commit, as a force push does. */
  forcePush(fullName: string, branch: string, to: string): void {
    const repository = this.#repository(fullName);
    moveRef(this.#world, repository, `refs/heads/${branch}`, resolve(repository.git, to)!);
  }

  /** Pull requests from it are closed with it. */
  deleteBranch(fullName: string, branch: string): void {
    moveRef(this.#world, this.#repository(fullName), `refs/heads/${branch}`, null);
  }

  /** Makes it if it is not there, from the old one. */
  changeDefaultBranch(fullName: string, branch: string): void {
    const repository = this.#repository(fullName);
    if (repository.git.ref(`refs/heads/${branch}`) === null) this.createBranch(fullName, branch);
    changeDefaultBranch(this.#world, repository, branch);
  }

  /** @returns the number of the pull request. */
  open(fullName: string, branch: string, title: string, body = ""): number {
    const repository = this.#repository(fullName);
    const wanted = { title, body, base: defaultBranch(repository), head: branch, draft: false };
    const more = { maintainerCanModify: true };
    return createPull(this.#world, repository, this.#trusted(fullName), { ...wanted, ...more }).number;
  }

  close(fullName: string, number: number): void {
    updateIssue(this.#world, this.#pull(fullName, number), this.#trusted(fullName), { state: "closed" });
  }

  reopen(fullName: string, number: number): void {
    updateIssue(this.#world, this.#pull(fullName, number), this.#trusted(fullName), { state: "open" });
  }

  edit(fullName: string, number: number, change: { title?: string; body?: string }): void {
    updateIssue(this.#world, this.#pull(fullName, number), this.#trusted(fullName), change);
  }

  comment(fullName: string, number: number, body: string): void {
    comment(this.#world, this.#repository(fullName).issues.get(number)!, this.account, body);
  }

  review(fullName: string, number: number, state: Review["state"], body = ""): void {
    review(this.#world, this.#pull(fullName, number), this.account, state, body);
  }

  requestReview(fullName: string, number: number, ...logins: string[]): void {
    const people = logins.map((login) => this.#world.addAccount(login, "User"));
    requestReviews(this.#world, this.#pull(fullName, number), this.#trusted(fullName), people, []);
  }

  merge(fullName: string, number: number, method: "merge" | "squash" | "rebase" = "merge"): string {
    return merge(this.#world, this.#pull(fullName, number), this.#trusted(fullName), method);
  }

  /** Whether it can be merged; null when it is closed. */
  mergeable(fullName: string, number: number): boolean | null {
    return mergeable(this.#pull(fullName, number));
  }

  archive(fullName: string, archived = true): void {
    this.#repository(fullName).archived = archived;
    this.#world.version++;
  }

  setTopics(fullName: string, ...topics: string[]): void {
    this.#repository(fullName).topics = topics;
    this.#world.version++;
  }

  rename(fullName: string, name: string): void {
    this.#world.rename(this.#repository(fullName), name);
  }

  deleteRepository(fullName: string): void {
    this.#world.remove(this.#repository(fullName));
  }

  /** A person here may do what it does: who has no right of its own yet gets it. */
  #trusted(fullName: string): Account {
    const { permissions } = this.#repository(fullName);
    if (permissions && !permissions.has(this.account.login)) permissions.set(this.account.login, "write");
    return this.account;
  }

  #repository(fullName: string): Repository {
    const found = this.#world.named(fullName);
    if (!found) throw new Error(`The double has no repository ${fullName}`);
    return found;
  }

  #pull(fullName: string, number: number): PullRequest {
    const found = this.#repository(fullName).issues.get(number);
    if (!found || !isPull(found)) throw new Error(`${fullName} has no pull request ${number}`);
    return found;
  }
}
