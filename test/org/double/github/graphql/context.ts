/** What GraphQL's resolvers share: the world, who asks, how refusals are worded, how lists are cut into pages. */
import { GraphQLError } from "graphql";
import type { Account } from "../../world/model.ts";
import type { World } from "../../world/world.ts";
import type { Window } from "../limits.ts";

export interface Context {
  readonly world: World;
  readonly viewer: Account;
  readonly api: string;
  readonly site: string;
  /** After this request. */
  readonly limit: Window;
  readonly cost: number;
  readonly nodeCount: number;
}

/** GitHub's `type` stands beside `message`; it travels in the extensions until the answer is written. */
export function refusal(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const cursor = (at: number, key: string | number): string =>
  Buffer.from(`cursor:v2:${at}:${key}`).toString("base64");

function position<T>(items: readonly T[], keyOf: (item: T) => string | number, text: string): number {
  const [, , at, ...key] = Buffer.from(text, "base64").toString().split(":");
  if (at === undefined)
    throw refusal("INVALID_CURSOR_ARGUMENTS", `\`${text}\` does not appear to be a valid cursor.`);
  const wanted = key.join(":");
  const guess = items[Number(at)];
  if (guess !== undefined && String(keyOf(guess)) === wanted) return Number(at);
  const found = items.findIndex((item) => String(keyOf(item)) === wanted);
  // What the cursor stood on is gone: go on from where it was.
  return found < 0 ? Number(at) - 1 : found;
}

/** A connection over a list. {@link keyOf} tells its items apart when the list has changed between two pages. */
export function connection<T>(
  args: PageArguments,
  items: readonly T[],
  keyOf: (item: T) => string | number,
  node: (item: T) => unknown,
  extra: Record<string, unknown> = {},
): Record<string, unknown> {
  let from = args.after == null ? 0 : position(items, keyOf, args.after) + 1;
  let to = args.before == null ? items.length : position(items, keyOf, args.before);
  if (args.first != null) to = Math.min(to, from + args.first);
  else if (args.last != null) from = Math.max(from, to - args.last);
  const page = items.slice(from, to);
  const cursorAt = (at: number): string | null => {
    const item = items[at];
    return item === undefined || page.length === 0 ? null : cursor(at, keyOf(item));
  };
  return {
    totalCount: items.length,
    pageInfo: {
      hasNextPage: to < items.length,
      hasPreviousPage: from > 0,
      startCursor: cursorAt(from),
      endCursor: cursorAt(to - 1),
    },
    nodes: () => page.map(node),
    edges: () => page.map((item, i) => ({ cursor: cursor(from + i, keyOf(item)), node: () => node(item) })),
    ...extra,
  };
}
