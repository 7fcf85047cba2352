/** Repositories in GraphQL. */
import { permission } from "../../world/access.ts";
import { branches } from "../../world/refs.ts";
import type { Label, Milestone, PullRequest, Repository } from "../../world/model.ts";
import { fullName, pullsOf } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { time } from "../rest/present.ts";
import { accountNode } from "./accounts.ts";
import { connection, refusal, type Context, type PageArguments } from "./context.ts";
import { objectAt, objectNode, refNode } from "./git.ts";
import { issueNode, pullNode } from "./pulls.ts";

type Source = Record<string, unknown>;

interface PullsArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: "ASC" | "DESC" } | null;
}

export function repositoryNode(c: Context, it: Repository): Source {
  const url = `${c.site}/${fullName(it)}`;
  return {
    __typename: "Repository",
    id: nodeId("R", it.id),
    databaseId: it.id,
    name: it.name,
    nameWithOwner: fullName(it),
    owner: () => accountNode(c, it.owner),
    url,
    resourcePath: `/${fullName(it)}`,
    sshUrl: `git@${new URL(c.site).hostname}:${fullName(it)}.git`,
    description: it.description,
    homepageUrl: null,
    isPrivate: it.private,
    visibility: it.private ? "PRIVATE" : "PUBLIC",
    isArchived: it.archived,
    archivedAt: it.archived ? time(it.updatedAt) : null,
    isDisabled: it.disabled,
    isLocked: false,
    lockReason: null,
    isMirror: false,
    isFork: it.fork,
    isTemplate: it.template,
    isInOrganization: it.owner.type === "Organization",
    isEmpty: it.git.refs().length === 0,
    parent: null,
    hasIssuesEnabled: it.hasIssues,
    diskUsage: 1,
    stargazerCount: 0,
    forkCount: 0,
    createdAt: time(it.createdAt),
    updatedAt: time(it.updatedAt),
    pushedAt: it.git.refs().length === 0 ? null : time(it.pushedAt),
    primaryLanguage:
      it.language === null ? null : { id: nodeId("LANG", it.language), name: it.language, color: null },
    languages: (args: PageArguments) =>
      connection(
        args,
        it.language === null ? [] : [it.language],
        (each) => each,
        (name) => ({ name, color: null }),
      ),
    repositoryTopics: (args: PageArguments) =>
      connection(
        args,
        it.topics,
        (each) => each,
        (name) => ({
          id: nodeId("RT", `${it.id}:${name}`),
          topic: { id: nodeId("TO", name), name },
          url: `${c.site}/topics/${name}`,
        }),
      ),
    viewerPermission: permission(it, c.viewer)?.toUpperCase() ?? null,
    viewerCanAdminister: permission(it, c.viewer) === "admin",
    mergeCommitAllowed: true,
    squashMergeAllowed: true,
    rebaseMergeAllowed: true,
    deleteBranchOnMerge: false,
    defaultBranchRef: () => (it.git.ref(it.git.head) === null ? null : refNode(c, it, it.git.head)),
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      const name = [qualifiedName, `refs/${qualifiedName}`, `refs/heads/${qualifiedName}`].find(
        (each) => each.startsWith("refs/") && it.git.ref(each) !== null,
      );
      return name === undefined ? null : refNode(c, it, name);
    },
    refs: (args: PageArguments & { refPrefix: string; query?: string | null }) =>
      connection(
        args,
        it.git
          .refs()
          .map(([name]) => name)
          .filter(
            (name) => name.startsWith(args.refPrefix) && (args.query == null || name.includes(args.query)),
          ),
        (name) => name,
        (name) => refNode(c, it, name),
      ),
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) =>
      oid != null ? objectNode(c, it, oid, "") : objectAt(c, it, expression ?? "HEAD"),
    pullRequests: (args: PullsArguments) => pulls(c, args, pullsOf(it)),
    pullRequest: ({ number }: { number: number }) => {
      const found = it.issues.get(number);
      if (!found?.pull)
        throw refusal("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      return pullNode(c, found as PullRequest);
    },
    issue: ({ number }: { number: number }) => {
      const found = it.issues.get(number);
      if (!found || found.pull)
        throw refusal("NOT_FOUND", `Could not resolve to an Issue with the number of ${number}.`);
      return issueNode(c, found);
    },
    issues: (args: PageArguments) =>
      connection(
        args,
        [...it.issues.values()].filter(({ pull }) => pull === null),
        (each) => each.id,
        (each) => issueNode(c, each),
      ),
    labels: (args: PageArguments & { query?: string | null }) =>
      connection(
        args,
        [...it.labels.values()].filter(({ name }) => args.query == null || name.includes(args.query)),
        (each) => each.id,
        (each) => labelNode(c, each),
      ),
    label: ({ name }: { name: string }) => {
      const found = it.labels.get(name.toLowerCase());
      return found ? labelNode(c, found) : null;
    },
    milestones: (args: PageArguments & { states?: readonly string[] | null }) =>
      connection(
        args,
        it.milestones.filter(({ state }) => !args.states || args.states.includes(state.toUpperCase())),
        (each) => each.id,
        milestoneNode,
      ),
    assignableUsers: (args: PageArguments & { query?: string | null }) =>
      connection(
        args,
        [...c.world.accounts.values()].filter(
          (each) =>
            each.type === "User" &&
            permission(it, each) !== null &&
            (args.query == null || each.login.includes(args.query)),
        ),
        (each) => each.id,
        (each) => accountNode(c, each),
      ),
    branchProtectionRules: (args: PageArguments) =>
      connection(
        args,
        it.protections,
        (each) => each.pattern,
        (each) => ({ pattern: each.pattern }),
      ),
    codeowners: () => ({ errors: [] }),
    branchCount: branches(it).length,
  };
}

export function pulls(c: Context, args: PullsArguments, all: readonly PullRequest[]): Source {
  const found = all
    .filter(
      (each) =>
        !args.states || args.states.includes(each.pull.mergedAt ? "MERGED" : each.state.toUpperCase()),
    )
    .filter((each) => args.headRefName == null || each.pull.head === args.headRefName)
    .filter((each) => args.baseRefName == null || each.pull.base === args.baseRefName)
    .filter((each) => !args.labels || [...each.labels].some(({ name }) => args.labels!.includes(name)));
  const key = (each: PullRequest): number =>
    (args.orderBy?.field === "UPDATED_AT" ? each.updatedAt : each.createdAt).getTime();
  const order = args.orderBy?.direction === "DESC" ? -1 : 1;
  const list = [...found].sort((a, b) => (key(a) - key(b) || a.number - b.number) * order);
  return connection(
    args,
    list,
    (each) => each.id,
    (each) => pullNode(c, each),
  );
}

export function labelNode(c: Context, it: Label): Source {
  return {
    __typename: "Label",
    id: nodeId("LA", it.id),
    name: it.name,
    color: it.color,
    description: it.description,
    url: `${c.site}/labels/${it.id}`,
  };
}

export function milestoneNode(it: Milestone): Source {
  return {
    __typename: "Milestone",
    id: nodeId("MI", it.id),
    number: it.number,
    title: it.title,
    state: it.state.toUpperCase(),
  };
}
