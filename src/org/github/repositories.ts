/** Repositories, pull requests and branches as GitHub's GraphQL lists them. */
import {
  ForgeError,
  type Commit,
  type PullRequest,
  type Repository,
  type Standing,
  type Where,
} from "../forge.ts";
import type { GitHubClient, GraphQLAnswer } from "./client.ts";
import { forgeError } from "./errors.ts";
import { named, OF_TEAM, OWNED, STANDING } from "./queries.ts";

/** Fewer where GitHub cannot answer for so many at once. */
const PAGE_SIZES = [50, 10, 1] as const;

export async function* findRepositories(client: GitHubClient, where: Where): AsyncGenerator<Repository> {
  const seen = new Set<string>();
  for await (const node of nodes(client, where)) {
    if (seen.has(node.nameWithOwner)) continue;
    seen.add(node.nameWithOwner);
    yield repositoryOf(node);
  }
}

async function* nodes(client: GitHubClient, where: Where): AsyncGenerator<RepositoryNode> {
  if (where.names.length > 0) {
    yield* byName(client, where);
  } else if (where.teams.length > 0) {
    for (const team of where.teams)
      yield* pages(
        client,
        OF_TEAM,
        { owner: where.owner, team, branch: where.branch },
        `team ${where.owner}/${team}`,
      );
  } else {
    yield* pages(client, OWNED, { owner: where.owner, branch: where.branch }, where.owner ?? "");
  }
}

interface Page {
  readonly repositoryOwner?: { readonly repositories: Connection } | null;
  readonly organization?: { readonly team: { readonly repositories: Connection } | null } | null;
}

interface Connection {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly (RepositoryNode | null)[];
}

async function* pages(
  client: GitHubClient,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  what: string,
): AsyncGenerator<RepositoryNode> {
  let after: string | null = null;
  let size = 0;
  for (;;) {
    let connection: Connection | undefined;
    try {
      const { data }: GraphQLAnswer<Page> = await client.query<Page>(
        `list the repositories of ${what}`,
        query,
        {
          ...variables,
          after,
          size: PAGE_SIZES[size],
        },
      );
      connection = data?.repositoryOwner?.repositories ?? data?.organization?.team?.repositories;
    } catch (error) {
      if (!(error instanceof ForgeError && error.code === "unavailable") || size + 1 >= PAGE_SIZES.length)
        throw error;
      size++;
      continue;
    }
    if (connection === undefined)
      throw new ForgeError(
        "missing",
        `there is no ${what} on this GitHub`,
        "Check the spelling; the token must be able to see it.",
      );
    for (const node of connection.nodes) if (node !== null) yield node;
    if (!connection.pageInfo.hasNextPage) return;
    after = connection.pageInfo.endCursor;
  }
}

async function* byName(client: GitHubClient, { names, branch }: Where): AsyncGenerator<RepositoryNode> {
  for (let start = 0; start < names.length; start += PAGE_SIZES[0]) {
    const some = names.slice(start, start + PAGE_SIZES[0]);
    const variables: Record<string, string> = { branch };
    some.forEach((name, i) => {
      [variables[`o${i}`], variables[`n${i}`]] = split(name);
    });
    const answer = await client
      .query<Record<string, RepositoryNode | null>>("look the repositories up", named(some.length), variables)
      .catch((error: unknown) => {
        // Of several, GitHub answers for those that are there; of one that is not, with an error alone.
        if (error instanceof ForgeError && error.code === "missing") return null;
        throw error;
      });
    const missing = some.filter((_, i) => !answer?.data?.[`r${i}`]);
    if (missing.length > 0) {
      const hint = "Check the spelling; the token must be able to see them.";
      throw new ForgeError("missing", `there is no ${missing.join(", ")} on this GitHub`, hint);
    }
    for (let i = 0; i < some.length; i++) yield answer!.data![`r${i}`]!;
  }
}

/** With the id that GraphQL wants of a repository. */
export async function lookUp(
  client: GitHubClient,
  repository: string,
  branch: string,
): Promise<Standing & { readonly id: string }> {
  const [owner, name] = split(repository);
  const doing = `look up ${repository}`;
  const { data, errors } = await client.query<{ repository: StandingNode | null }>(doing, STANDING, {
    owner,
    name,
    branch,
    ref: `refs/heads/${branch}`,
  });
  const node = data?.repository;
  if (!node) throw forgeError(Object.assign(new Error("GraphQL"), { errors }), { doing, isWrite: false });
  const head = commitOf(node.defaultBranchRef);
  if (head === null) throw new ForgeError("missing", `${repository} is empty`);
  return {
    id: node.id,
    defaultBranch: node.defaultBranchRef!.name,
    head,
    branchHead: node.ref?.target?.oid ?? null,
    pullRequests: pullRequestsOf(node.pullRequests),
  };
}

export function split(repository: string): [string, string] {
  const slash = repository.indexOf("/");
  return [repository.slice(0, slash), repository.slice(slash + 1)];
}

interface StandingNode {
  readonly id: string;
  readonly defaultBranchRef: BranchNode | null;
  readonly ref: { readonly target: { readonly oid: string } | null } | null;
  readonly pullRequests: PullRequestNodes;
}

interface BranchNode {
  readonly name: string;
  readonly target: { readonly oid: string; readonly tree?: { readonly oid: string } } | null;
}

interface PullRequestNodes {
  readonly nodes: readonly (PullRequestNode | null)[] | null;
}

interface RepositoryNode {
  readonly nameWithOwner: string;
  readonly url: string;
  readonly isArchived: boolean;
  readonly isDisabled: boolean;
  readonly isEmpty: boolean;
  readonly isFork: boolean;
  readonly isTemplate: boolean;
  readonly isLocked: boolean;
  readonly pushedAt: string | null;
  readonly viewerPermission: string | null;
  readonly primaryLanguage: { readonly name: string } | null;
  readonly repositoryTopics: {
    readonly nodes: readonly ({ readonly topic: { readonly name: string } } | null)[] | null;
  };
  readonly defaultBranchRef: BranchNode | null;
  readonly pullRequests: PullRequestNodes;
}

export interface PullRequestNode {
  readonly number: number;
  readonly url: string;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly isDraft: boolean;
  readonly title: string;
  readonly body: string;
  readonly headRefOid: string;
  readonly baseRefName: string;
  readonly isCrossRepository: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly mergeable: "MERGEABLE" | "CONFLICTING" | "UNKNOWN";
  readonly reviewDecision: string | null;
  readonly author: { readonly login: string } | null;
  readonly labels: { readonly nodes: readonly ({ readonly name: string } | null)[] | null } | null;
  readonly reviewRequests: { readonly totalCount: number } | null;
  readonly assignees: { readonly totalCount: number };
  readonly milestone: { readonly number: number } | null;
  readonly commits: {
    readonly nodes:
      | readonly ({
          readonly commit: { readonly statusCheckRollup: { readonly state: string } | null };
        } | null)[]
      | null;
  };
}

function repositoryOf(node: RepositoryNode): Repository {
  return {
    name: node.nameWithOwner,
    url: node.url,
    defaultBranch: node.isEmpty ? null : (node.defaultBranchRef?.name ?? null),
    head: node.isEmpty ? null : commitOf(node.defaultBranchRef),
    archived: node.isArchived,
    disabled: node.isDisabled || node.isLocked,
    fork: node.isFork,
    template: node.isTemplate,
    topics: present(node.repositoryTopics.nodes).map(({ topic }) => topic.name),
    language: node.primaryLanguage?.name ?? null,
    pushedAt: node.pushedAt,
    canPush: node.viewerPermission === null ? null : WRITERS.has(node.viewerPermission),
    pullRequests: pullRequestsOf(node.pullRequests),
  };
}

function commitOf(branch: BranchNode | null): Commit | null {
  const { oid, tree } = branch?.target ?? {};
  return oid === undefined || tree === undefined ? null : { id: oid, tree: tree.oid };
}

/** Those from a branch of the same name in a fork are somebody else's. */
function pullRequestsOf({ nodes: list }: PullRequestNodes): PullRequest[] {
  return present(list)
    .filter((node) => !node.isCrossRepository)
    .map(pullRequestOf);
}

export function pullRequestOf(node: PullRequestNode): PullRequest {
  const labels = present(node.labels?.nodes).map(({ name }) => name);
  return {
    number: node.number,
    url: node.url,
    state: STATES[node.state],
    draft: node.isDraft,
    title: node.title,
    body: node.body,
    author: node.author?.login ?? null,
    head: node.headRefOid,
    base: node.baseRefName,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    conflicts: node.mergeable === "UNKNOWN" ? null : node.mergeable === "CONFLICTING",
    checks: CHECKS[present(node.commits.nodes)[0]?.commit.statusCheckRollup?.state ?? ""] ?? "none",
    review: REVIEWS[node.reviewDecision ?? ""] ?? "none",
    labels,
    decorated:
      labels.length > 0 ||
      node.assignees.totalCount > 0 ||
      node.milestone !== null ||
      (node.reviewRequests?.totalCount ?? 0) > 0,
  };
}

function present<T>(list: readonly (T | null)[] | null | undefined): T[] {
  return (list ?? []).filter((each) => each !== null);
}

const STATES = { OPEN: "open", CLOSED: "closed", MERGED: "merged" } as const;
const WRITERS = new Set(["WRITE", "MAINTAIN", "ADMIN"]);
const CHECKS: Readonly<Record<string, PullRequest["checks"]>> = {
  SUCCESS: "passed",
  FAILURE: "failed",
  ERROR: "failed",
  PENDING: "pending",
  EXPECTED: "pending",
};
const REVIEWS: Readonly<Record<string, PullRequest["review"]>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes-requested",
  REVIEW_REQUIRED: "required",
};
