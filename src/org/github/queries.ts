/** GraphQL documents; a test checks them against GitHub's published schema. */

const PULL_REQUEST = `fragment PullRequestFields on PullRequest {
  number url state isDraft title body headRefOid baseRefName isCrossRepository
  createdAt updatedAt mergeable reviewDecision
  author { login }
  labels(first: 20) { nodes { name } }
  reviewRequests(first: 1) { totalCount }
  assignees(first: 1) { totalCount }
  milestone { number }
  commits(last: 1) { nodes { commit { statusCheckRollup { state } } } }
}`;

const REPOSITORY = `fragment RepositoryFields on Repository {
  nameWithOwner url isArchived isDisabled isEmpty isFork isTemplate isLocked pushedAt viewerPermission
  primaryLanguage { name }
  repositoryTopics(first: 30) { nodes { topic { name } } }
  defaultBranchRef { name target { oid ... on Commit { tree { oid } } } }
  pullRequests(headRefName: $branch, first: 5, orderBy: { field: CREATED_AT, direction: DESC }) {
    nodes { ...PullRequestFields }
  }
}`;

export const VIEWER = `query { viewer { login } }`;

export const OWNED = `query ($owner: String!, $branch: String!, $size: Int!, $after: String) {
  repositoryOwner(login: $owner) {
    repositories(first: $size, after: $after, ownerAffiliations: OWNER, orderBy: { field: NAME, direction: ASC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...RepositoryFields }
    }
  }
}
${REPOSITORY}
${PULL_REQUEST}`;

export const OF_TEAM = `query ($owner: String!, $team: String!, $branch: String!, $size: Int!, $after: String) {
  organization(login: $owner) {
    team(slug: $team) {
      repositories(first: $size, after: $after, orderBy: { field: NAME, direction: ASC }) {
        pageInfo { hasNextPage endCursor }
        nodes { ...RepositoryFields }
      }
    }
  }
}
${REPOSITORY}
${PULL_REQUEST}`;

/** So many repositories by name; variables `o0`, `n0`, `o1` … */
export function named(count: number): string {
  const each = Array.from({ length: count }, (_, i) => i);
  return `query ($branch: String!, ${each.map((i) => `$o${i}: String!, $n${i}: String!`).join(", ")}) {
  ${each.map((i) => `r${i}: repository(owner: $o${i}, name: $n${i}) { ...RepositoryFields }`).join("\n  ")}
}
${REPOSITORY}
${PULL_REQUEST}`;
}

export const STANDING = `query ($owner: String!, $name: String!, $branch: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    id
    defaultBranchRef { name target { oid ... on Commit { tree { oid } } } }
    ref(qualifiedName: $ref) { id target { oid } }
    pullRequests(headRefName: $branch, first: 5, orderBy: { field: CREATED_AT, direction: DESC }) {
      nodes { id ...PullRequestFields }
    }
  }
}
${PULL_REQUEST}`;

/** So many blobs of one repository; variables `b0`, `b1` … */
export function blobs(count: number): string {
  const each = Array.from({ length: count }, (_, i) => i);
  return `query ($owner: String!, $name: String!, ${each.map((i) => `$b${i}: GitObjectID!`).join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${each.map((i) => `b${i}: object(oid: $b${i}) { ... on Blob { isBinary isTruncated text } }`).join("\n    ")}
  }
}`;
}

const COMMIT = `createCommitOnBranch(input: {
    branch: { repositoryNameWithOwner: $repository, branchName: $branch }
    expectedHeadOid: $base
    message: { headline: $headline, body: $body }
    fileChanges: { additions: $additions }
  }) { commit { oid } }`;

/** Mutations run one after the other: the branch is there when the commit is made. */
export const BRANCH_AND_COMMIT = `mutation (
  $id: ID!, $ref: String!, $repository: String!, $branch: String!, $base: GitObjectID!
  $headline: String!, $body: String!, $additions: [FileAddition!]!
) {
  createRef(input: { repositoryId: $id, name: $ref, oid: $base }) { ref { id } }
  ${COMMIT}
}`;

/** On a branch that is there and holds nothing yet. */
export const COMMIT_ONLY = `mutation (
  $repository: String!, $branch: String!, $base: GitObjectID!
  $headline: String!, $body: String!, $additions: [FileAddition!]!
) {
  ${COMMIT}
}`;

export const UPDATE_REFS = `mutation ($id: ID!, $updates: [RefUpdate!]!) {
  updateRefs(input: { repositoryId: $id, refUpdates: $updates }) { clientMutationId }
}`;

/** The pull request, and on the way the ids of what it will be given; see {@link wanted}. */
export function createPullRequest(decoration: Wanted): string {
  return `mutation ($id: ID!, $base: String!, $branch: String!, $title: String!, $body: String!, $draft: Boolean!${wantedVariables(decoration)}) {
  createPullRequest(input: {
    repositoryId: $id, baseRefName: $base, headRefName: $branch, title: $title, body: $body, draft: $draft
  }) { pullRequest { id ...PullRequestFields ${wantedFields(decoration)} } }
}
${PULL_REQUEST}`;
}

export function wanted(decoration: Wanted): string {
  return `query ($owner: String!, $name: String!, $number: Int!${wantedVariables(decoration)}) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id ${wantedFields(decoration)} } }
}`;
}

/** How many names of each kind have to be turned into ids. */
export interface Wanted {
  readonly labels: number;
  readonly users: number;
  readonly teams: number;
  readonly milestones: boolean;
}

function wantedVariables({ labels, users, teams }: Wanted): string {
  const list = (prefix: string, count: number): string =>
    Array.from({ length: count }, (_, i) => `, $${prefix}${i}: String!`).join("");
  return list("l", labels) + list("u", users) + list("t", teams);
}

function wantedFields({ labels, users, teams, milestones }: Wanted): string {
  const list = (count: number, field: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => field(i)).join(" ");
  const team =
    teams === 0
      ? ""
      : `owner { ... on Organization { ${list(teams, (i) => `t${i}: team(slug: $t${i}) { id }`)} } }`;
  const titles = milestones ? "milestones(first: 100, states: OPEN) { nodes { id title } }" : "";
  return `repository {
    ${list(labels, (i) => `l${i}: label(name: $l${i}) { id }`)}
    ${list(users, (i) => `u${i}: assignableUsers(first: 5, query: $u${i}) { nodes { id login } }`)}
    ${team} ${titles} id
  }`;
}

export const DECORATE = `mutation (
  $id: ID!, $labels: [ID!], $assignees: [ID!], $milestone: ID, $users: [ID!], $teams: [ID!]
) {
  updatePullRequest(input: { pullRequestId: $id, labelIds: $labels, assigneeIds: $assignees, milestoneId: $milestone }) {
    clientMutationId
  }
  requestReviews(input: { pullRequestId: $id, userIds: $users, teamIds: $teams, union: true }) { clientMutationId }
}`;
