/** GraphQL at `/api/graphql`: queries only; what they may cost, and what they say of the world. */
import {
  execute,
  GraphQLError,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
} from "graphql";
import { resolve } from "../../git/history.ts";
import { lookUp } from "../../git/trees.ts";
import { permission } from "../../world/access.ts";
import type { Account, PullRequest, Repository } from "../../world/model.ts";
import { defaultBranch, fullName, pullsOf, type World } from "../../world/world.ts";
import { approversOf, pipelineStatus } from "../present.ts";
import { ASKS_GIT, gitLabSchema } from "./schema.ts";

/** Of `AUTHENTICATED_MAX_COMPLEXITY` and `default_max_page_size` in GitLab's source. */
const MOST_COMPLEX = 250;
const PAGE = 100;

interface Given {
  readonly query?: unknown;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Query {
  /** `query projects`. */
  readonly route: string;
  readonly write: boolean;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Null for what is no query that could be understood; {@link answer} says why. */
export function readQuery(body: unknown): Query | null {
  const { query, variables } = (body ?? {}) as Given;
  if (typeof query !== "string") return null;
  try {
    const document = parse(query);
    const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)!;
    const fields = operation.selectionSet.selections.map((each) =>
      each.kind === Kind.FIELD ? each.name.value : "…",
    );
    return {
      route: `${operation.operation} ${[...new Set(fields)].join(" ")}`,
      write: operation.operation === "mutation",
      document,
      variables: variables ?? {},
    };
  } catch {
    return null;
  }
}

export async function answer(query: Query | null, world: World, viewer: Account): Promise<unknown> {
  if (query === null) return { errors: [{ message: "Unexpected end of document" }] };
  const { document, variables } = query;
  const invalid = validate(gitLabSchema(), document);
  if (invalid.length > 0)
    return { errors: invalid.map(({ message, locations }) => ({ message, locations })) };
  const complexity = complexityOf(document, variables);
  if (complexity > MOST_COMPLEX)
    return {
      errors: [
        {
          message: `Query has complexity of ${complexity}, which exceeds max complexity of ${MOST_COMPLEX}`,
        },
      ],
    };
  const { data, errors } = await execute({
    schema: gitLabSchema(),
    document,
    variableValues: variables,
    rootValue: root(world, viewer),
  });
  return { data, ...(errors && { errors: errors.map(({ message, path }) => ({ message, path })) }) };
}

interface Page {
  readonly first?: number;
  readonly after?: string;
}

function root(world: World, viewer: Account) {
  const visible = (it: Repository | null): it is Repository => it !== null && permission(it, viewer) !== null;
  return {
    currentUser: { id: `gid://gitlab/User/${viewer.id}`, username: viewer.login },
    project: ({ fullPath }: { fullPath: string }) => {
      const found = world.named(fullPath);
      return visible(found) ? project(found) : null;
    },
    projects: ({ ids, fullPaths, ...page }: Page & { ids?: string[]; fullPaths?: string[] }) => {
      const found =
        ids !== undefined
          ? ids.map((id) => world.repositoryById(numberOf(id)))
          : fullPaths !== undefined
            ? fullPaths.map((path) => world.named(path))
            : [...world.repositories.values()];
      // Newest first, whatever the order they were asked for in.
      const sorted = [...new Set(found.filter(visible))].sort((a, b) => b.id - a.id);
      return connection(sorted, page, project);
    },
  };
}

function numberOf(id: string): number {
  const number = /^gid:\/\/gitlab\/Project\/(\d+)$/.exec(id)?.[1];
  if (number === undefined) throw new GraphQLError(`"${id}" is not a valid GitLab ID.`);
  return Number(number);
}

function project(it: Repository): unknown {
  return {
    id: `gid://gitlab/Project/${it.id}`,
    fullPath: fullName(it),
    archived: it.archived,
    topics: it.topics,
    languages: it.language === null ? [] : [{ name: it.language, share: 100, color: "#000000" }],
    // Who may not read the code is shown a project without one.
    repository: it.disabled ? null : repository(it),
    mergeRequests: ({
      sourceBranches,
      state = "all",
      sort,
      ...page
    }: Page & { sourceBranches?: string[]; state?: string; sort: string }) => {
      const found = pullsOf(it).filter(
        ({ pull, state: is }) =>
          (sourceBranches?.includes(pull.head) ?? true) &&
          (state === "all" || (state === "opened" ? is === "open" : is === "closed")),
      );
      // Each list is in the order in which they were opened.
      if (sort.endsWith("DESC")) found.reverse();
      return connection(found, page, mergeRequest);
    },
  };
}

function mergeRequest(it: PullRequest): unknown {
  const status = pipelineStatus(it);
  return {
    iid: String(it.number),
    title: it.title,
    headPipeline: status && { status: status.toUpperCase() },
    approvedBy: (page: Page) =>
      connection([...approversOf(it)], page, ({ id, login }) => ({
        id: `gid://gitlab/User/${id}`,
        username: login,
      })),
  };
}

function repository(it: Repository): unknown {
  const empty = it.git.refs().length === 0;
  return {
    empty,
    exists: true,
    rootRef: empty ? null : defaultBranch(it),
    blobs: ({ paths, ref, ...page }: Page & { paths: readonly string[]; ref?: string }) => {
      const at = empty ? null : resolve(it.git, ref ?? "HEAD");
      const tree = at === null ? null : it.git.commit(at)!.tree;
      const found = paths.map((path) => (tree === null ? null : lookUp(it.git, tree, path)));
      return connection(
        found.filter((each) => each?.type === "blob"),
        page,
        (blob) => ({
          id: `gid://gitlab/Blob/${blob!.oid}`,
          oid: blob!.oid,
          path: blob!.path,
          mode: blob!.mode,
        }),
      );
    },
    tree: ({ ref }: { ref?: string }) => {
      const oid = empty ? null : resolve(it.git, ref ?? "HEAD");
      return oid === null
        ? null
        : { lastCommit: { id: `gid://gitlab/CommitPresenter/${oid}`, sha: oid, ...messageOf(it, oid) } };
    },
  };
}

function messageOf({ git }: Repository, oid: string): { title: string; message: string } {
  const { message } = git.commit(oid)!;
  return { title: message.split("\n")[0]!, message };
}

function connection<T>(items: readonly T[], { first, after }: Page, node: (item: T) => unknown): unknown {
  const start = after === undefined ? 0 : Number(Buffer.from(after, "base64").toString()) + 1;
  const end = Math.min(start + Math.min(first ?? PAGE, PAGE), items.length);
  const cursor = (at: number): string => Buffer.from(String(at)).toString("base64");
  return {
    count: items.length,
    nodes: items.slice(start, end).map(node),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: end > start ? cursor(start) : null,
      endCursor: end > start ? cursor(end - 1) : null,
    },
  };
}

/** As `Types::BaseField` counts: one for each field, one more for git, and a hundredth of it for each item of a page. */
function complexityOf(document: DocumentNode, variables: Query["variables"]): number {
  const types = new TypeInfo(gitLabSchema());
  const levels: number[] = [0];
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: () => void levels.push(0),
        leave(field) {
          const parent = types.getParentType()?.name ?? "";
          let own = levels.pop()! + 1 + (ASKS_GIT.has(`${parent}.${field.name.value}`) ? 1 : 0);
          // `BlobsResolver`: each path is one more to ask git for.
          if (field.name.value === "blobs")
            own += (variables["paths"] as readonly string[] | undefined)?.length ?? 0;
          if (String(types.getType()).endsWith("Connection")) {
            const first = field.arguments?.find(({ name }) => name.value === "first")?.value;
            const given =
              first?.kind === Kind.INT
                ? Number(first.value)
                : first?.kind === Kind.VARIABLE
                  ? variables[first.name.value]
                  : undefined;
            own += own * Math.min(typeof given === "number" ? given : PAGE, PAGE) * 0.01;
          }
          levels[levels.length - 1]! += Math.floor(own);
        },
      },
    }),
  );
  return levels[0]!;
}
