/** Issues and pull requests in GraphQL. */
import { may } from "../../world/access.ts";
import { commitsOf, filesOf, mergeable } from "../../world/pulls.ts";
import type { Comment, Issue, PullRequest } from "../../world/model.ts";
import { fullName } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { time, timeOrNull } from "../rest/present.ts";
import { diffEntry } from "../rest/present-git.ts";
import { accountNode, teamNode } from "./accounts.ts";
import { connection, type Context, type PageArguments } from "./context.ts";
import { commitNode, refNode } from "./git.ts";
import { labelNode, milestoneNode, repositoryNode } from "./repositories.ts";

type Source = Record<string, unknown>;

function common(c: Context, it: Issue): Source {
  const page = `/${fullName(it.repository)}/${it.pull ? "pull" : "issues"}/${it.number}`;
  return {
    databaseId: it.id,
    number: it.number,
    title: it.title,
    body: it.body,
    bodyText: it.body,
    bodyHTML: "",
    url: `${c.site}${page}`,
    resourcePath: page,
    closed: it.state === "closed",
    locked: it.locked,
    createdAt: time(it.createdAt),
    updatedAt: time(it.updatedAt),
    closedAt: timeOrNull(it.closedAt),
    author: () => accountNode(c, it.author),
    authorAssociation: "MEMBER",
    editor: null,
    lastEditedAt: null,
    viewerDidAuthor: it.author === c.viewer,
    viewerCanUpdate: it.author === c.viewer || may(it.repository, c.viewer, "write"),
    repository: () => repositoryNode(c, it.repository),
    milestone: () => it.milestone && milestoneNode(it.milestone),
    labels: (args: PageArguments) =>
      connection(
        args,
        [...it.labels],
        (each) => each.id,
        (each) => labelNode(c, each),
      ),
    assignees: (args: PageArguments) =>
      connection(
        args,
        [...it.assignees],
        (each) => each.id,
        (each) => accountNode(c, each),
      ),
    comments: (args: PageArguments) =>
      connection(
        args,
        it.comments,
        (each) => each.id,
        (each) => commentNode(c, it, each),
      ),
    participants: (args: PageArguments) =>
      connection(
        args,
        [...new Set([it.author, ...it.comments.map(({ author }) => author)])],
        (each) => each.id,
        (each) => accountNode(c, each),
      ),
    timelineItems: (args: PageArguments & { itemTypes?: readonly string[] | null }) => {
      const events: Source[] = [];
      const closes = !args.itemTypes || args.itemTypes.includes("CLOSED_EVENT");
      if (it.closedAt && closes)
        events.push({
          __typename: "ClosedEvent",
          id: nodeId("CE", it.id),
          createdAt: time(it.closedAt),
          actor: it.closedBy && (() => accountNode(c, it.closedBy!)),
        });
      return connection(
        args,
        events,
        (each) => each["id"] as string,
        (each) => each,
      );
    },
  };
}

export function issueNode(c: Context, it: Issue): Source {
  return {
    ...common(c, it),
    __typename: "Issue",
    id: nodeId("I", it.id),
    state: it.state.toUpperCase(),
  };
}

const lines = (c: Context, it: PullRequest, key: "additions" | "deletions"): number =>
  filesOf(it)
    .map((file) => diffEntry(c, it.repository, it.pull.headSha, file))
    .reduce((sum, file) => sum + (file[key] as number), 0);

export function pullNode(c: Context, it: PullRequest): Source {
  const { pull, repository: of } = it;
  const ref = (name: string) => () =>
    of.git.ref(`refs/heads/${name}`) === null ? null : refNode(c, of, `refs/heads/${name}`);
  return {
    ...common(c, it),
    __typename: "PullRequest",
    id: nodeId("PR", it.id),
    state: pull.mergedAt ? "MERGED" : it.state.toUpperCase(),
    merged: pull.mergedAt !== null,
    mergedAt: timeOrNull(pull.mergedAt),
    mergedBy: () => pull.mergedBy && accountNode(c, pull.mergedBy),
    mergeCommit: () => pull.mergeCommit && commitNode(c, of, pull.mergeCommit),
    isDraft: pull.draft,
    isCrossRepository: pull.headRepository !== of,
    maintainerCanModify: pull.maintainerCanModify,
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    baseRef: ref(pull.base),
    baseRepository: () => repositoryNode(c, of),
    headRefName: pull.head,
    headRefOid: pull.headSha,
    headRef: ref(pull.head),
    headRepository: () => repositoryNode(c, pull.headRepository),
    headRepositoryOwner: () => accountNode(c, pull.headRepository.owner),
    mergeable: () => ({ true: "MERGEABLE", false: "CONFLICTING", null: "UNKNOWN" })[String(mergeable(it))],
    mergeStateStatus: () => {
      const can = mergeable(it);
      return can === null ? "UNKNOWN" : !can ? "DIRTY" : pull.draft ? "DRAFT" : "CLEAN";
    },
    additions: () => lines(c, it, "additions"),
    deletions: () => lines(c, it, "deletions"),
    changedFiles: () => filesOf(it).length,
    files: (args: PageArguments) =>
      connection(
        args,
        filesOf(it),
        (each) => each.path,
        (each) => ({
          path: each.path,
          changeType: each.before === null ? "ADDED" : each.after === null ? "DELETED" : "MODIFIED",
          additions: diffEntry(c, of, pull.headSha, each)["additions"],
          deletions: diffEntry(c, of, pull.headSha, each)["deletions"],
        }),
      ),
    commits: (args: PageArguments) =>
      connection(
        args,
        commitsOf(it),
        (each) => each,
        (oid) => ({
          __typename: "PullRequestCommit",
          id: nodeId("PRC", `${it.id}:${oid}`),
          commit: () => commitNode(c, of, oid),
          pullRequest: () => pullNode(c, it),
        }),
      ),
    reviewDecision: () => {
      const newest = new Map(pull.reviews.map((each) => [each.author, each.state]));
      const states = [...newest.values()];
      if (states.includes("CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
      if (states.includes("APPROVED")) return "APPROVED";
      return of.protections.some(({ requiredApprovals }) => requiredApprovals > 0) ? "REVIEW_REQUIRED" : null;
    },
    reviews: (args: PageArguments) =>
      connection(
        args,
        pull.reviews,
        (each) => each.id,
        (each) => ({
          __typename: "PullRequestReview",
          id: nodeId("PRR", each.id),
          author: () => accountNode(c, each.author),
          body: each.body,
          state: each.state,
          submittedAt: time(each.submittedAt),
        }),
      ),
    latestReviews: (args: PageArguments) =>
      connection(
        args,
        [...new Map(pull.reviews.map((each) => [each.author, each])).values()],
        (each) => each.id,
        (each) => ({ author: () => accountNode(c, each.author), state: each.state, body: each.body }),
      ),
    reviewRequests: (args: PageArguments) =>
      connection<Source>(
        args,
        [
          ...[...pull.reviewers].map((each) => accountNode(c, each)),
          ...[...pull.teams].map((each) => teamNode(c, each)),
        ],
        (each) => each["id"] as string,
        (each) => ({
          id: nodeId("RR", `${it.id}:${String(each["id"])}`),
          asCodeOwner: false,
          requestedReviewer: each,
        }),
      ),
    statusCheckRollup: () => commitNode(c, of, pull.headSha)["statusCheckRollup"],
  };
}

export function commentNode(c: Context, on: Issue, it: Comment): Source {
  return {
    __typename: "IssueComment",
    id: nodeId("IC", it.id),
    databaseId: it.id,
    body: it.body,
    bodyText: it.body,
    author: () => accountNode(c, it.author),
    authorAssociation: "MEMBER",
    createdAt: time(it.createdAt),
    updatedAt: time(it.updatedAt),
    url: `${c.site}/${fullName(on.repository)}/pull/${on.number}#issuecomment-${it.id}`,
    isMinimized: false,
    viewerDidAuthor: it.author === c.viewer,
  };
}
