/** A request and its answer, as the routes of both forges see them. */
import type { Account } from "../world/model.ts";
import type { World } from "../world/world.ts";
import type { Token } from "./tokens.ts";

export interface Exchange {
  readonly world: World;
  readonly method: string;
  /** Of the path's placeholders, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The JSON body, or undefined. */
  readonly body: unknown;
  /** Null: no token was sent. */
  readonly token: Token | null;
  /** The account behind the token. Throws a {@link Problem} when there is none. */
  readonly account: Account;
  /** Where the API is: `http://127.0.0.1:1234` or `…/api/v3`. */
  readonly api: string;
  /** Where its pages and clones are: `http://127.0.0.1:1234`. */
  readonly site: string;
  /** The whole address asked for. */
  readonly url: URL;
  /** Trees come back cut. */
  readonly truncate: boolean;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON, unless it is a Buffer. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (exchange: Exchange) => Answer;

export const ok = (body: unknown, headers?: Record<string, string>): Answer =>
  headers ? { status: 200, body, headers } : { status: 200, body };

export const created = (body: unknown): Answer => ({ status: 201, body });

export const noContent: Answer = { status: 204 };
