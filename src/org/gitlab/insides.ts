/**
 * What GitLab's lists do not tell, for many projects in one query: where the default branch stands, the language, and how
 * our merge request fares. One request each would cost more than all the rest of a campaign.
 */
import { ForgeError } from "../forge.ts";
import type { Query } from "./client.ts";

export interface Inside {
  readonly id: number;
  readonly defaultBranch: string | null;
  /** The commit of the default branch; null for an empty repository, and where the code is off limits. */
  readonly head: string | null;
  /** The one with the largest share. */
  readonly language: string | null;
  /** The merge request from our branch that was opened last. */
  readonly newest: Newest | null;
}

export interface Newest {
  readonly number: number;
  /** `success`, `failed`, `running` …; null where nothing has run. */
  readonly pipeline: string | null;
  readonly isApproved: boolean;
}

/** Rejects with `missing` for a project that is not there. */
export async function lookIntoOne(query: Query, path: string, branch: string): Promise<Inside> {
  const { project } = (await query(ONE, { path, branch })) as { readonly project: Node | null };
  if (project === null) throw new ForgeError("missing", `there is no project ${path}`);
  return insideOf(project);
}

export async function lookInto(
  query: Query,
  ids: readonly number[],
  branch: string,
): Promise<Map<number, Inside>> {
  const insides = new Map<number, Inside>();
  for (let start = 0; start < ids.length; start += AT_ONCE)
    for (const inside of await some(query, ids.slice(start, start + AT_ONCE), branch))
      insides.set(inside.id, inside);
  return insides;
}

/** Which blobs stand at these paths of a branch; those that are not there are left out. */
export async function blobIds(
  query: Query,
  path: string,
  branch: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let start = 0; start < paths.length; start += PATHS_AT_ONCE) {
    const some = paths.slice(start, start + PATHS_AT_ONCE);
    const { project } = (await query(BLOBS, { path, branch, paths: some })) as BlobsAnswer;
    for (const { path: at, oid } of project?.repository?.blobs?.nodes ?? []) ids.set(at, oid);
  }
  return ids;
}

/** Git is asked a few times for each of them; when they are too many for GitLab's patience, half of them may not be. */
async function some(query: Query, ids: readonly number[], branch: string): Promise<readonly Inside[]> {
  try {
    const { projects } = (await query(MANY, {
      ids: ids.map((id) => `gid://gitlab/Project/${id}`),
      branch,
    })) as Answer;
    return projects.nodes.map(insideOf);
  } catch (error) {
    if (!(error instanceof ForgeError && error.code === "unavailable") || ids.length === 1) throw error;
    const half = Math.ceil(ids.length / 2);
    return [
      ...(await some(query, ids.slice(0, half), branch)),
      ...(await some(query, ids.slice(half), branch)),
    ];
  }
}

function insideOf({ id, repository, languages, ours }: Node): Inside {
  const largest = [...(languages ?? [])].sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
  return {
    id: Number(/\d+$/.exec(id)![0]),
    defaultBranch: repository?.rootRef ?? null,
    // Of the root folder, the last commit is the one that the branch stands on, be it a merge.
    head: repository?.tree?.lastCommit?.sha ?? null,
    language: largest?.name ?? null,
    newest: newestOf(ours?.nodes[0]),
  };
}

function newestOf(node: MergeRequestNode | undefined): Newest | null {
  if (node === undefined) return null;
  const { iid, headPipeline, approvedBy } = node;
  return {
    number: Number(iid),
    pipeline: headPipeline?.status.toLowerCase() ?? null,
    isApproved: (approvedBy?.nodes.length ?? 0) > 0,
  };
}

interface Answer {
  readonly projects: { readonly nodes: readonly Node[] };
}

interface Node {
  readonly id: string;
  readonly languages: readonly { readonly name: string; readonly share: number | null }[] | null;
  readonly repository: {
    readonly rootRef: string | null;
    readonly tree: { readonly lastCommit: { readonly sha: string } | null } | null;
  } | null;
  readonly ours: { readonly nodes: readonly MergeRequestNode[] } | null;
}

interface BlobsAnswer {
  readonly project: {
    readonly repository: {
      readonly blobs: { readonly nodes: readonly { readonly path: string; readonly oid: string }[] } | null;
    } | null;
  } | null;
}

interface MergeRequestNode {
  readonly iid: string;
  readonly headPipeline: { readonly status: string } | null;
  readonly approvedBy: { readonly nodes: readonly unknown[] } | null;
}

/** Fields and limits: https://docs.gitlab.com/api/graphql/reference/. GitLab gives a query 30 seconds. */
const AT_ONCE = 50;
const FIELDS = `
fragment Inside on Project {
  id
  languages { name share }
  repository { rootRef tree { lastCommit { sha } } }
  ours: mergeRequests(sourceBranches: [$branch], sort: CREATED_DESC, first: 1) {
    nodes { iid headPipeline { status } approvedBy(first: 1) { nodes { username } } }
  }
}`;
const MANY = `query ($ids: [ID!], $branch: String!) {
  projects(ids: $ids, first: ${AT_ONCE}) { nodes { ...Inside } }
}${FIELDS}`;
const ONE = `query ($path: ID!, $branch: String!) {
  project(fullPath: $path) { ...Inside }
}${FIELDS}`;
/** Each path adds to what a query costs, twice; it may cost 250. */
const PATHS_AT_ONCE = 80;
const BLOBS = `query ($path: ID!, $branch: String!, $paths: [String!]!) {
  project(fullPath: $path) { repository { blobs(ref: $branch, paths: $paths) { nodes { path oid } } } }
}`;
