/** Branches and tags, and what follows when they move. */
import { ahead, isAncestor } from "../git/history.ts";
import { demand } from "./access.ts";
import { Problem, type Account, type Protection, type Repository } from "./model.ts";
import { defaultBranch, fullName, pullsOf, type World } from "./world.ts";

export function createRef(world: World, repository: Repository, by: Account, ref: string, oid: string): void {
  demand(repository, by, "write");
  if (!validRef(ref)) throw new Problem("invalid", "Reference name is not well formed.", "ref");
  if (repository.git.refs().length === 0) throw new Problem("empty", "Git Repository is empty.");
  if (repository.git.read(oid)?.type !== "commit")
    throw new Problem("missing-object", "Object does not exist", "sha");
  if (repository.git.ref(ref) !== null) throw new Problem("exists", "Reference already exists", "ref");
  const clash = repository.git
    .refs()
    .find(([name]) => name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`));
  if (clash) throw new Problem("exists", `Reference already exists: ${clash[0]} is in the way`, "ref");
  moveRef(world, repository, ref, oid);
}

export function updateRef(
  world: World,
  repository: Repository,
  by: Account,
  ref: string,
  oid: string,
  force: boolean,
): void {
  demand(repository, by, "write");
  const old = repository.git.ref(ref);
  if (old === null) throw new Problem("invalid", "Reference does not exist", "ref");
  if (repository.git.read(oid)?.type !== "commit")
    throw new Problem("missing-object", "Object does not exist", "sha");
  const forward = isAncestor(repository.git, old, oid);
  const rule = protectionOf(repository, ref);
  if (rule?.requirePullRequest)
    throw new Problem("protected", "Changes must be made through a pull request.");
  if (!forward && rule && !rule.allowForcePushes)
    throw new Problem("protected", "Cannot force-push to this protected branch");
  if (!forward && !force) throw new Problem("not-fast-forward", "Update is not a fast forward");
  moveRef(world, repository, ref, oid);
}

export function deleteRef(world: World, repository: Repository, by: Account, ref: string): void {
  demand(repository, by, "write");
  if (repository.git.ref(ref) === null) throw new Problem("invalid", "Reference does not exist", "ref");
  if (ref === repository.git.head) throw new Problem("invalid", "Cannot delete the default branch", "ref");
  if (protectionOf(repository, ref)?.allowDeletions === false)
    throw new Problem("protected", "Cannot delete this protected branch");
  moveRef(world, repository, ref, null);
}

/** The rule for a full ref, or null. */
export function protectionOf(repository: Repository, ref: string): Protection | null {
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
  if (branch === undefined) return null;
  return repository.protections.find(({ pattern }) => glob(pattern).test(branch)) ?? null;
}

const glob = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`);

/** Sets a ref without asking for rights, and does what a forge does then to the pull requests it touches. */
export function moveRef(world: World, repository: Repository, ref: string, oid: string | null): void {
  repository.git.setRef(ref, oid);
  refMoved(world, repository, ref);
}

export function refMoved(world: World, repository: Repository, ref: string): void {
  const now = world.clock.now();
  repository.pushedAt = now;
  repository.updatedAt = now;
  world.version++;
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
  if (branch === undefined) return;
  const oid = repository.git.ref(ref);
  for (const request of pullsOf(repository)) {
    const { pull } = request;
    if (request.state !== "open") continue;
    const isHead = pull.head === branch && pull.headRepository === repository;
    if (!isHead && pull.base !== branch) continue;
    request.updatedAt = now;
    if (oid === null) {
      request.state = "closed";
      request.closedAt = now;
      continue;
    }
    if (isHead) pull.headSha = oid;
    else pull.baseSha = oid;
    const [base, head] = [repository.git.ref(`refs/heads/${pull.base}`), pull.headSha];
    // A branch whose commits have all arrived at its base counts as merged; one that was reset to it as closed.
    if (base && isAncestor(repository.git, head, base)) {
      request.state = "closed";
      request.closedAt = now;
      if (!isHead) {
        pull.mergedAt = now;
        pull.mergeCommit = head;
      }
    }
  }
}

export function changeDefaultBranch(world: World, repository: Repository, branch: string): void {
  if (repository.git.ref(`refs/heads/${branch}`) === null)
    throw new Problem(
      "invalid",
      `The branch ${branch} was not found in ${fullName(repository)}`,
      "default_branch",
    );
  repository.git.head = `refs/heads/${branch}`;
  repository.updatedAt = world.clock.now();
  world.version++;
}

/** What a branch has that the default branch has not. */
export function commitsAhead(repository: Repository, base: string, head: string): string[] {
  return ahead(repository.git, base, head);
}

export const branches = (repository: Repository): readonly (readonly [string, string])[] =>
  repository.git
    .refs()
    .filter(([ref]) => ref.startsWith("refs/heads/"))
    .map(([ref, oid]) => [ref.slice("refs/heads/".length), oid]);

export const headOf = (repository: Repository): string | null =>
  repository.git.ref(`refs/heads/${defaultBranch(repository)}`);

/** The rules of git-check-ref-format that matter, for refs below `refs/`. */
function validRef(ref: string): boolean {
  return (
    /^refs\/[^/]+\/.+/s.test(ref) &&
    !/\.\.|[\0-\x20\x7f~^:?*[\\]|@\{|\/\/|\/$|\.$|\.lock(\/|$)|(^|\/)\./.test(ref)
  );
}
