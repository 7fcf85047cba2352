/** Users, organisations, bots and teams in GraphQL. */
import type { Account, Repository, Team } from "../../world/model.ts";
import { permission } from "../../world/access.ts";
import { defaultBranch, fullName } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { accountNode as accountId, time } from "../rest/present.ts";
import { connection, refusal, type Context, type PageArguments } from "./context.ts";
import { repositoryNode } from "./repositories.ts";

type Source = Record<string, unknown>;

export function accountNode(c: Context, it: Account): Source {
  return {
    __typename: it.type,
    id: accountId(it),
    databaseId: it.id,
    // A bot goes by its App's name here, and with `[bot]` after it in REST.
    login: it.type === "Bot" ? it.login.replace(/\[bot\]$/, "") : it.login,
    name: it.name,
    email: "",
    url: `${c.site}/${it.login}`,
    resourcePath: `/${it.login}`,
    avatarUrl: `${c.site}/avatars/${it.id}`,
    createdAt: time(it.createdAt),
    updatedAt: time(it.createdAt),
    isViewer: it === c.viewer,
    viewerIsAMember: true,
    viewerCanAdminister: true,
    repositories: (args: RepositoriesArguments) => repositories(c, it, args),
    repository: ({ name }: { name: string }) => {
      const found = c.world.repository(it.login, name);
      if (!found || permission(found, c.viewer) === null)
        throw refusal("NOT_FOUND", `Could not resolve to a Repository with the name '${it.login}/${name}'.`);
      return repositoryNode(c, found);
    },
    teams: (args: PageArguments) =>
      connection(
        args,
        c.world.teams.filter(({ organization }) => organization === it),
        (each) => each.id,
        (each) => teamNode(c, each),
      ),
    team: ({ slug }: { slug: string }) => {
      const found = c.world.team(it.login, slug);
      return found && teamNode(c, found);
    },
    organizations: (args: PageArguments) =>
      connection(
        args,
        [...c.world.accounts.values()].filter(({ type }) => type === "Organization"),
        (each) => each.id,
        (each) => accountNode(c, each),
      ),
  };
}

export function teamNode(c: Context, it: Team): Source {
  return {
    __typename: "Team",
    id: nodeId("T", it.id),
    databaseId: it.id,
    name: it.name,
    slug: it.slug,
    combinedSlug: `${it.organization.login}/${it.slug}`,
    organization: () => accountNode(c, it.organization),
    members: (args: PageArguments) =>
      connection(
        args,
        [...it.members],
        (each) => each.id,
        (each) => accountNode(c, each),
      ),
    repositories: (args: PageArguments) =>
      connection(
        args,
        [...it.repositories],
        (each) => each.id,
        (each) => repositoryNode(c, each),
      ),
  };
}

interface RepositoriesArguments extends PageArguments {
  readonly isFork?: boolean | null;
  readonly isArchived?: boolean | null;
  readonly isLocked?: boolean | null;
  readonly privacy?: "PUBLIC" | "PRIVATE" | null;
  readonly visibility?: "PUBLIC" | "PRIVATE" | "INTERNAL" | null;
  readonly orderBy?: { readonly field: string; readonly direction: "ASC" | "DESC" } | null;
}

/** Sorted and filtered lists, as long as nothing has changed: an organisation of 100,000 is asked for in 1,000 pages. */
const lists = new WeakMap<Account, Map<string, { version: number; items: readonly Repository[] }>>();

function repositories(c: Context, owner: Account, args: RepositoriesArguments): Source {
  const { isFork, isArchived, isLocked, privacy, visibility, orderBy } = args;
  const key = JSON.stringify([c.viewer.id, isFork, isArchived, isLocked, privacy, visibility, orderBy]);
  const known = lists.get(owner) ?? new Map<string, { version: number; items: readonly Repository[] }>();
  lists.set(owner, known);
  let list = known.get(key);
  if (!list || list.version !== c.world.version) {
    const wanted = visibility ?? privacy;
    const items = c.world
      .ownedBy(owner)
      .filter((each) => permission(each, c.viewer) !== null)
      .filter((each) => isFork == null || each.fork === isFork)
      .filter((each) => isArchived == null || each.archived === isArchived)
      .filter((each) => isLocked == null || each.disabled === isLocked)
      .filter((each) => wanted == null || each.private === (wanted === "PRIVATE"));
    list = { version: c.world.version, items: orderBy ? sorted(items, orderBy) : items };
    known.set(key, list);
  }
  return connection(
    args,
    list.items,
    (each) => each.id,
    (each) => repositoryNode(c, each),
    {
      totalDiskUsage: list.items.length,
    },
  );
}

function sorted(
  items: readonly Repository[],
  { field, direction }: { field: string; direction: "ASC" | "DESC" },
): Repository[] {
  const order = direction === "ASC" ? 1 : -1;
  const key = (each: Repository): string | number => {
    if (field === "NAME") return fullName(each).toLowerCase();
    if (field === "PUSHED_AT") return each.pushedAt.getTime();
    if (field === "UPDATED_AT") return each.updatedAt.getTime();
    return field === "CREATED_AT" ? each.createdAt.getTime() : defaultBranch(each);
  };
  return items
    .map((each) => ({ each, key: key(each) }))
    .sort((a, b) => (a.key === b.key ? a.each.id - b.each.id : a.key < b.key ? -1 : 1) * order)
    .map(({ each }) => each);
}
