/** GraphQL's mutations. */
import {
  comment,
  createPull,
  label,
  merge,
  requestReviews,
  updateIssue,
  type IssueUpdate,
} from "../../world/pulls.ts";
import { commitOnBranch } from "../../world/commits.ts";
import { createRef, deleteRef, moveRef, updateRef } from "../../world/refs.ts";
import { mergeTree } from "../../git/history.ts";
import { person } from "../../world/commits.ts";
import { Problem, type ProblemCode, type Repository } from "../../world/model.ts";
import { refusal, type Context } from "./context.ts";
import {
  accountById,
  issueById,
  labelById,
  milestoneById,
  pullById,
  refById,
  repositoryById,
  teamById,
} from "./nodes.ts";
import { commitNode, refNode } from "./git.ts";
import { commentNode, issueNode, pullNode } from "./pulls.ts";
import { labelNode } from "./repositories.ts";
import { accountNode } from "./accounts.ts";

/** What stands for "is not there" in an update. */
const NO_OBJECT = "0".repeat(40);

type Input = Record<string, never> & { readonly clientMutationId?: string };

/** How GitHub classes a refusal in GraphQL. */
const TYPE: Partial<Record<ProblemCode, string>> = {
  "not-found": "NOT_FOUND",
  forbidden: "FORBIDDEN",
  archived: "UNPROCESSABLE",
  stale: "STALE_DATA",
};

export function graphqlProblem(problem: Problem): Error {
  return refusal(TYPE[problem.code] ?? "UNPROCESSABLE", problem.message);
}

const mutation =
  (run: (input: never, c: Context) => Record<string, unknown>) =>
  ({ input }: { input: Input }, c: Context): Record<string, unknown> => {
    try {
      return { clientMutationId: input.clientMutationId ?? null, ...run(input as never, c) };
    } catch (error) {
      if (error instanceof Problem) throw graphqlProblem(error);
      throw error;
    }
  };

const update = (change: (input: { readonly pullRequestId: string }) => IssueUpdate) =>
  mutation((input: { pullRequestId: string }, c) => {
    const it = pullById(c, input.pullRequestId);
    updateIssue(c.world, it, c.viewer, change(input));
    return { pullRequest: pullNode(c, it), actor: () => accountNode(c, c.viewer) };
  });

interface CommitInput {
  readonly branch: {
    readonly id?: string;
    readonly repositoryNameWithOwner?: string;
    readonly branchName?: string;
  };
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly expectedHeadOid: string;
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

function branchOf(c: Context, branch: CommitInput["branch"]): { repository: Repository; name: string } {
  if (branch.id != null) {
    const { repository, name } = refById(c, branch.id);
    return { repository, name: name.replace(/^refs\/heads\//, "") };
  }
  const [owner, name] = (branch.repositoryNameWithOwner ?? "").split("/");
  const repository = c.world.repository(owner ?? "", name ?? "");
  if (!repository)
    throw refusal(
      "NOT_FOUND",
      `Could not resolve to a Repository with the name '${branch.repositoryNameWithOwner ?? ""}'.`,
    );
  return { repository, name: (branch.branchName ?? "").replace(/^refs\/heads\//, "") };
}

export const mutations = {
  createCommitOnBranch: mutation((input: CommitInput, c) => {
    const { repository, name } = branchOf(c, input.branch);
    const { headline, body } = input.message;
    const oid = commitOnBranch(c.world, repository, c.viewer, {
      branch: name,
      expectedHead: input.expectedHeadOid,
      message: body ? `${headline}\n\n${body}` : headline,
      additions: (input.fileChanges?.additions ?? []).map(({ path, contents }) => ({
        path,
        contents: Buffer.from(contents, "base64"),
      })),
      deletions: (input.fileChanges?.deletions ?? []).map(({ path }) => path),
    });
    return {
      commit: () => commitNode(c, repository, oid),
      ref: () => refNode(c, repository, `refs/heads/${name}`),
    };
  }),

  createRef: mutation((input: { repositoryId: string; name: string; oid: string }, c) => {
    const repository = repositoryById(c, input.repositoryId);
    try {
      createRef(c.world, repository, c.viewer, input.name, input.oid);
    } catch (error) {
      if (error instanceof Problem && error.code === "exists")
        throw refusal("UNPROCESSABLE", `A ref named "${input.name}" already exists in the repository.`);
      throw error;
    }
    return { ref: () => refNode(c, repository, input.name) };
  }),

  updateRef: mutation((input: { refId: string; oid: string; force?: boolean }, c) => {
    const { repository, name } = refById(c, input.refId);
    updateRef(c.world, repository, c.viewer, name, input.oid, input.force ?? false);
    return { ref: () => refNode(c, repository, name) };
  }),

  /** All or nothing; each with the object it is expected to be at. */
  updateRefs: mutation(
    (
      input: {
        repositoryId: string;
        refUpdates: readonly {
          name: string;
          afterOid: string;
          beforeOid?: string | null;
          force?: boolean | null;
        }[];
      },
      c,
    ) => {
      const of = repositoryById(c, input.repositoryId);
      const before = new Map(of.git.refs());
      for (const { name, beforeOid } of input.refUpdates)
        if (beforeOid != null && (before.get(name) ?? NO_OBJECT) !== beforeOid)
          throw refusal("STALE_DATA", `${name} is not at ${beforeOid}`);
      try {
        for (const { name, afterOid, force } of input.refUpdates) {
          if (afterOid === NO_OBJECT) deleteRef(c.world, of, c.viewer, name);
          else if (of.git.ref(name) === null) createRef(c.world, of, c.viewer, name, afterOid);
          else updateRef(c.world, of, c.viewer, name, afterOid, force ?? false);
        }
      } catch (error) {
        for (const { name } of input.refUpdates)
          if (of.git.ref(name) !== (before.get(name) ?? null))
            moveRef(c.world, of, name, before.get(name) ?? null);
        throw error;
      }
      return {};
    },
  ),

  deleteRef: mutation((input: { refId: string }, c) => {
    const { repository, name } = refById(c, input.refId);
    deleteRef(c.world, repository, c.viewer, name);
    return {};
  }),

  createPullRequest: mutation(
    (
      input: {
        repositoryId: string;
        headRepositoryId?: string | null;
        baseRefName: string;
        headRefName: string;
        title: string;
        body?: string | null;
        draft?: boolean | null;
        maintainerCanModify?: boolean | null;
      },
      c,
    ) => {
      const repository = repositoryById(c, input.repositoryId);
      const from = input.headRepositoryId == null ? repository : repositoryById(c, input.headRepositoryId);
      const it = createPull(c.world, repository, c.viewer, {
        title: input.title,
        body: input.body ?? "",
        base: input.baseRefName.replace(/^refs\/heads\//, ""),
        head: input.headRefName.replace(/^refs\/heads\//, "").replace(/^[^:]+:/, ""),
        headRepository: from,
        draft: input.draft ?? false,
        maintainerCanModify: input.maintainerCanModify ?? true,
      });
      return { pullRequest: pullNode(c, it) };
    },
  ),

  updatePullRequest: mutation(
    (
      input: {
        pullRequestId: string;
        title?: string | null;
        body?: string | null;
        state?: "OPEN" | "CLOSED" | null;
        baseRefName?: string | null;
        labelIds?: readonly string[] | null;
        assigneeIds?: readonly string[] | null;
        milestoneId?: string | null;
      },
      c,
    ) => {
      const it = pullById(c, input.pullRequestId);
      const of = it.repository;
      updateIssue(c.world, it, c.viewer, {
        ...(input.title == null ? {} : { title: input.title }),
        ...(input.body == null ? {} : { body: input.body }),
        ...(input.state == null ? {} : { state: input.state === "OPEN" ? "open" : "closed" }),
        ...(input.baseRefName == null ? {} : { base: input.baseRefName }),
        ...(input.labelIds == null ? {} : { labels: input.labelIds.map((id) => labelById(of, id)) }),
        ...(input.assigneeIds == null
          ? {}
          : { assignees: input.assigneeIds.map((id) => accountById(c, id)) }),
        ...(input.milestoneId == null ? {} : { milestone: milestoneById(of, input.milestoneId) }),
      });
      return { pullRequest: pullNode(c, it), actor: () => accountNode(c, c.viewer) };
    },
  ),

  closePullRequest: update(() => ({ state: "closed" })),
  reopenPullRequest: update(() => ({ state: "open" })),
  convertPullRequestToDraft: update(() => ({ draft: true })),
  markPullRequestReadyForReview: update(() => ({ draft: false })),

  addLabelsToLabelable: mutation((input: { labelableId: string; labelIds: readonly string[] }, c) => {
    const it = issueById(c, input.labelableId);
    const added = input.labelIds.map((id) => labelById(it.repository, id));
    updateIssue(c.world, it, c.viewer, { labels: [...new Set([...it.labels, ...added])] });
    return { labelable: it.pull ? pullNode(c, pullById(c, input.labelableId)) : issueNode(c, it) };
  }),

  removeLabelsFromLabelable: mutation((input: { labelableId: string; labelIds: readonly string[] }, c) => {
    const it = issueById(c, input.labelableId);
    const gone = input.labelIds.map((id) => labelById(it.repository, id));
    updateIssue(c.world, it, c.viewer, { labels: [...it.labels].filter((each) => !gone.includes(each)) });
    return { labelable: it.pull ? pullNode(c, pullById(c, input.labelableId)) : issueNode(c, it) };
  }),

  createLabel: mutation((input: { repositoryId: string; name: string; color: string }, c) => {
    const repository = repositoryById(c, input.repositoryId);
    if (repository.labels.has(input.name.toLowerCase()))
      throw refusal("UNPROCESSABLE", "Name has already been taken");
    return { label: labelNode(c, label(c.world, repository, input.name, input.color)) };
  }),

  addAssigneesToAssignable: mutation((input: { assignableId: string; assigneeIds: readonly string[] }, c) => {
    const it = issueById(c, input.assignableId);
    const added = input.assigneeIds.map((id) => accountById(c, id));
    updateIssue(c.world, it, c.viewer, { assignees: [...new Set([...it.assignees, ...added])] });
    return { assignable: it.pull ? pullNode(c, pullById(c, input.assignableId)) : issueNode(c, it) };
  }),

  requestReviews: mutation(
    (
      input: {
        pullRequestId: string;
        userIds?: readonly string[] | null;
        teamIds?: readonly string[] | null;
        union?: boolean | null;
      },
      c,
    ) => {
      const it = pullById(c, input.pullRequestId);
      if (input.union !== true) {
        it.pull.reviewers.clear();
        it.pull.teams.clear();
      }
      requestReviews(
        c.world,
        it,
        c.viewer,
        (input.userIds ?? []).map((id) => accountById(c, id)),
        (input.teamIds ?? []).map((id) => teamById(c, id)),
      );
      return { pullRequest: pullNode(c, it), actor: () => accountNode(c, c.viewer) };
    },
  ),

  addComment: mutation((input: { subjectId: string; body: string }, c) => {
    const it = issueById(c, input.subjectId);
    const made = comment(c.world, it, c.viewer, input.body);
    return {
      subject: it.pull ? pullNode(c, pullById(c, input.subjectId)) : issueNode(c, it),
      commentEdge: { node: commentNode(c, it, made), cursor: "" },
    };
  }),

  mergePullRequest: mutation(
    (input: { pullRequestId: string; expectedHeadOid?: string | null; mergeMethod?: string | null }, c) => {
      const it = pullById(c, input.pullRequestId);
      if (input.expectedHeadOid != null && input.expectedHeadOid !== it.pull.headSha)
        throw refusal("UNPROCESSABLE", "Head branch was modified. Review and try the merge again.");
      merge(
        c.world,
        it,
        c.viewer,
        (input.mergeMethod ?? "MERGE").toLowerCase() as "merge" | "squash" | "rebase",
      );
      return { pullRequest: pullNode(c, it), actor: () => accountNode(c, c.viewer) };
    },
  ),

  updatePullRequestBranch: mutation(
    (input: { pullRequestId: string; expectedHeadOid?: string | null }, c) => {
      const it = pullById(c, input.pullRequestId);
      const { git } = it.repository;
      if (input.expectedHeadOid != null && input.expectedHeadOid !== it.pull.headSha)
        throw refusal("STALE_DATA", "Head branch was modified.");
      const base = git.ref(`refs/heads/${it.pull.base}`)!;
      const tree = mergeTree(git, base, it.pull.headSha);
      if (tree === null) throw refusal("UNPROCESSABLE", "Merge conflict between base and head");
      const date = c.world.clock.now();
      const oid = git.writeCommit({
        tree,
        parents: [it.pull.headSha, base],
        author: person(c.viewer, date),
        committer: person(c.viewer, date),
        message: `Merge branch '${it.pull.base}' into ${it.pull.head}\n`,
        signature: null,
      });
      moveRef(c.world, it.repository, `refs/heads/${it.pull.head}`, oid);
      return { pullRequest: pullNode(c, it) };
    },
  ),
};
