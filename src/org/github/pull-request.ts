/** Pull requests: opened, changed, and given labels and people. */
import type { Decoration, NewPullRequest, PullRequest, PullRequestUpdate } from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { forgeError } from "./errors.ts";
import { createPullRequest, DECORATE, wanted, type Wanted } from "./queries.ts";
import { pullRequestOf, split, type PullRequestNode } from "./repositories.ts";

/** The pull request's own id, and those of what it will be given, by name. */
export interface Ids {
  readonly pullRequest: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
  readonly teams: ReadonlyMap<string, string>;
  readonly milestone: string | null;
}

export async function open(
  client: GitHubClient,
  repository: string,
  id: string,
  request: NewPullRequest,
): Promise<{ readonly pullRequest: PullRequest; readonly ids: Ids }> {
  const doing = `open a pull request in ${repository}`;
  const { branch, base, title, body, draft, decoration } = request;
  const variables = { id, branch, base, title, body, draft, ...wantedVariables(decoration) };
  const { data, errors } = await client.mutate<{ createPullRequest: { pullRequest: CreatedNode } | null }>(
    doing,
    createPullRequest(wantedOf(decoration)),
    variables,
  );
  const node = data?.createPullRequest?.pullRequest;
  if (!node) throw forgeError(Object.assign(new Error("GraphQL"), { errors }), { doing, isWrite: true });
  return { pullRequest: pullRequestOf(node), ids: idsOf(node, decoration) };
}

export async function idsFor(
  client: GitHubClient,
  repository: string,
  number: number,
  decoration: Decoration,
): Promise<Ids> {
  const [owner, name] = split(repository);
  const doing = `look up labels and people in ${repository}`;
  const { data, errors } = await client.query<{ repository: { pullRequest: WantedNode | null } | null }>(
    doing,
    wanted(wantedOf(decoration)),
    { owner, name, number, ...wantedVariables(decoration) },
  );
  const node = data?.repository?.pullRequest;
  if (!node) throw forgeError(Object.assign(new Error("GraphQL"), { errors }), { doing, isWrite: false });
  return idsOf(node, decoration);
}

/** @returns what GitHub does not know, or does not let in. */
export async function decorate(
  client: GitHubClient,
  repository: string,
  pullRequest: PullRequest,
  decoration: Decoration,
  ids: Ids,
): Promise<string[]> {
  const doing = `add labels and reviewers in ${repository}`;
  const known = (names: readonly string[], from: ReadonlyMap<string, string>): string[] =>
    names.flatMap((name) => from.get(name) ?? []);
  const users = decoration.reviewers.filter((name) => !name.includes("/") && name !== pullRequest.author);
  const teams = decoration.reviewers.filter((name) => name.includes("/"));
  const leftOut = [
    ...[...users, ...decoration.assignees].filter((name) => !ids.users.has(name)),
    ...teams.filter((name) => !ids.teams.has(name)),
    ...(decoration.milestone !== null && ids.milestone === null ? [decoration.milestone] : []),
  ];
  const { errors } = await client.mutate(doing, DECORATE, {
    id: ids.pullRequest,
    labels: known(decoration.labels, ids.labels),
    assignees: known(decoration.assignees, ids.users),
    ...(ids.milestone !== null && { milestone: ids.milestone }),
    users: known(users, ids.users),
    teams: known(teams, ids.teams),
  });
  // Reviewers without access are turned away together; the pull request stands without them.
  if (errors.length > 0) leftOut.push(...users, ...teams);
  const newLabels = decoration.labels.filter((name) => !ids.labels.has(name));
  if (newLabels.length > 0) {
    const [owner, repo] = split(repository);
    // Makes the labels that are not there.
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/labels";
    await client.write(doing, route, { owner, repo, issue_number: pullRequest.number, labels: newLabels });
  }
  return [...new Set(leftOut)];
}

export async function update(
  client: GitHubClient,
  repository: string,
  number: number,
  { comment, ...fields }: PullRequestUpdate,
): Promise<void> {
  const [owner, repo] = split(repository);
  const doing = `change the pull request in ${repository}`;
  const route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
  await client.write(doing, route, { owner, repo, pull_number: number, ...fields });
  if (comment !== undefined) {
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    await client.write(doing, route, { owner, repo, issue_number: number, body: comment });
  }
}

export function isEmpty({ labels, reviewers, assignees, milestone }: Decoration): boolean {
  return labels.length + reviewers.length + assignees.length === 0 && milestone === null;
}

interface WantedNode {
  readonly id: string;
  readonly repository: Readonly<Record<string, unknown>> & {
    readonly owner?: Readonly<Record<string, { readonly id: string } | null>>;
    readonly milestones?: { readonly nodes: readonly { readonly id: string; readonly title: string }[] };
  };
}

type CreatedNode = PullRequestNode & WantedNode;

function usersOf({ reviewers, assignees }: Decoration): string[] {
  return [...new Set([...reviewers.filter((name) => !name.includes("/")), ...assignees])];
}

function teamsOf({ reviewers }: Decoration): string[] {
  return reviewers.filter((name) => name.includes("/"));
}

function wantedOf(decoration: Decoration): Wanted {
  return {
    labels: decoration.labels.length,
    users: usersOf(decoration).length,
    teams: teamsOf(decoration).length,
    milestones: decoration.milestone !== null,
  };
}

function wantedVariables(decoration: Decoration): Record<string, string> {
  const list = (prefix: string, names: readonly string[]): [string, string][] =>
    names.map((name, i) => [`${prefix}${i}`, name]);
  return Object.fromEntries([
    ...list("l", decoration.labels),
    ...list("u", usersOf(decoration)),
    ...list(
      "t",
      teamsOf(decoration).map((name) => name.slice(name.indexOf("/") + 1)),
    ),
  ]);
}

function idsOf(node: WantedNode, decoration: Decoration): Ids {
  const { repository } = node;
  const map = (
    names: readonly string[],
    id: (i: number, name: string) => string | undefined,
  ): Map<string, string> =>
    new Map(names.flatMap((name, i) => (id(i, name) === undefined ? [] : [[name, id(i, name)!] as const])));
  const field = (name: string): { id?: string; nodes?: { id: string; login: string }[] } | null =>
    (repository[name] ?? null) as never;
  return {
    pullRequest: node.id,
    labels: map(decoration.labels, (i) => field(`l${i}`)?.id),
    users: map(
      usersOf(decoration),
      (i, name) => field(`u${i}`)?.nodes?.find(({ login }) => login.toLowerCase() === name.toLowerCase())?.id,
    ),
    teams: map(teamsOf(decoration), (i) => repository.owner?.[`t${i}`]?.id),
    milestone: repository.milestones?.nodes.find(({ title }) => title === decoration.milestone)?.id ?? null,
  };
}
