/**
 * The part of GitLab's GraphQL schema that a client of many projects needs, as its reference has it:
 * https://docs.gitlab.com/api/graphql/reference/. GitLab publishes the schema as a text of several megabytes, so it is not
 * a package that could be used here.
 */
import { buildSchema, type GraphQLSchema } from "graphql";

let schema: GraphQLSchema | null = null;

export const gitLabSchema = (): GraphQLSchema => (schema ??= buildSchema(TEXT));

/** Fields behind which git is asked count twice: `calls_gitaly` in GitLab's source. */
export const ASKS_GIT: ReadonlySet<string> = new Set([
  "Project.languages",
  "Repository.empty",
  "Repository.exists",
  "Repository.rootRef",
  "Repository.tree",
  "Repository.blobs",
  "Tree.lastCommit",
]);

const TEXT = `
scalar ProjectID
scalar UserID
scalar CommitID
scalar BigInt

type Query {
  currentUser: UserCore
  project(fullPath: ID!): Project
  projects(
    ids: [ID!]
    fullPaths: [String!]
    sort: String
    after: String
    before: String
    first: Int
    last: Int
  ): ProjectConnection
}

type UserCore {
  id: UserID!
  username: String!
}

type ProjectConnection {
  nodes: [Project]
  pageInfo: PageInfo!
}

type PageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

type Project {
  id: ID!
  fullPath: ID!
  webUrl: String
  archived: Boolean
  topics: [String!]
  languages: [RepositoryLanguage!]
  repository: Repository
  mergeRequests(
    sourceBranches: [String!]
    state: MergeRequestState
    sort: MergeRequestSort = CREATED_DESC
    after: String
    before: String
    first: Int
    last: Int
  ): MergeRequestConnection
}

type RepositoryLanguage {
  name: String!
  share: Float
  color: String
}

type Repository {
  empty: Boolean!
  exists: Boolean!
  rootRef: String
  tree(path: String = "", recursive: Boolean = false, ref: String): Tree
  blobs(
    paths: [String!]!
    ref: String
    after: String
    before: String
    first: Int
    last: Int
  ): RepositoryBlobConnection
}

type RepositoryBlobConnection {
  nodes: [RepositoryBlob]
  pageInfo: PageInfo!
}

type RepositoryBlob {
  id: ID!
  oid: String!
  path: String!
  mode: String
  size: BigInt
}

type Tree {
  lastCommit: Commit
}

type Commit {
  id: CommitID!
  sha: String!
  title: String
  message: String
}

enum MergeRequestState {
  opened
  closed
  locked
  merged
  all
}

type MergeRequestConnection {
  count: Int!
  nodes: [MergeRequest]
  pageInfo: PageInfo!
}

enum MergeRequestSort {
  CREATED_ASC
  CREATED_DESC
  UPDATED_ASC
  UPDATED_DESC
}

type MergeRequest {
  iid: String!
  title: String!
  webUrl: String
  headPipeline: Pipeline
  approvedBy(after: String, before: String, first: Int, last: Int): UserCoreConnection
}

type Pipeline {
  status: PipelineStatusEnum!
}

enum PipelineStatusEnum {
  CANCELED
  CREATED
  FAILED
  MANUAL
  PENDING
  PREPARING
  RUNNING
  SCHEDULED
  SKIPPED
  SUCCESS
  WAITING_FOR_RESOURCE
}

type UserCoreConnection {
  nodes: [UserCore]
  pageInfo: PageInfo!
}
`;
