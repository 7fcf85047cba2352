/** What GitHub answers, as errors of ours. */
import { ForgeError, type ForgeErrorCode } from "../forge.ts";
import { redact } from "../secrets.ts";

/** The part of octokit's `RequestError` and `GraphqlResponseError` that is needed here. */
interface OctokitError extends Error {
  readonly status?: number;
  readonly response?: { readonly headers?: Headers; readonly data?: unknown };
  readonly headers?: Headers;
  readonly errors?: readonly GraphQLError[];
  /** Of the throttling plugin. */
  readonly data?: { readonly errors?: readonly GraphQLError[] };
}

type Headers = Readonly<Record<string, string | number | undefined>>;

export interface GraphQLError {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

/** What a request is about, for messages: `read acme/api`. */
export interface Context {
  readonly doing: string;
  readonly isWrite: boolean;
}

export function forgeError(error: unknown, context: Context): unknown {
  if (error instanceof ForgeError) return error;
  if (!(error instanceof Error)) return error;
  const { status, response, errors = (error as OctokitError).data?.errors } = error as OctokitError;
  // The original holds the request; it is not passed on.
  if (errors !== undefined) return fromGraphQL(errors, context);
  if (error.name === "AbortError") return error;
  if (status === undefined) return error;
  const headers = response?.headers ?? {};
  const data = (response?.data ?? {}) as {
    message?: string;
    errors?: readonly (string | { message?: string })[];
  };
  const details = (Array.isArray(data.errors) ? data.errors : [])
    .map((each) => (typeof each === "string" ? each : (each.message ?? "")))
    .filter((each) => each !== "");
  const message = redact([data.message ?? error.message, ...details].join(": "));
  return fromStatus(status, message, headers, context);
}

function fromStatus(status: number, message: string, headers: Headers, context: Context): ForgeError {
  const told = (code: ForgeErrorCode, hint: string | null = null): ForgeError =>
    new ForgeError(code, `cannot ${context.doing}: ${oneLine(message)}`, hint);
  if (isTooQuick(message) || status === 429 || headers["x-ratelimit-remaining"] === "0")
    return limited(context, headers);
  switch (status) {
    case 401:
      return new ForgeError("signed-out", "GitHub does not accept the token", SIGN_IN);
    case 403:
      if (/SAML/i.test(message))
        return told(
          "forbidden",
          "Authorise the token for the organisation's single sign-on, in its settings.",
        );
      return told("forbidden", PERMISSIONS);
    case 404:
    case 410:
    case 451:
      return told("missing", "It is not there, or the token may not see it.");
    case 409:
      return told(context.isWrite ? "moved" : "missing");
    case 413:
      return told("too-large");
    case 422:
      return byMessage(message, context);
  }
  if (status >= 500) return gone(context, message);
  return told("invalid", DEFECT);
}

function fromGraphQL(errors: readonly GraphQLError[], context: Context): ForgeError {
  const message = redact(errors.map((error) => error.message).join("; "));
  const told = (code: ForgeErrorCode, hint: string | null = null): ForgeError =>
    new ForgeError(code, `cannot ${context.doing}: ${oneLine(message)}`, hint);
  const types = new Set(errors.map((error) => error.type ?? error.extensions?.code));
  if (types.has("RATE_LIMITED") || isTooQuick(message)) return limited(context, {});
  if (types.has("INSUFFICIENT_SCOPES") || types.has("FORBIDDEN")) return told("forbidden", PERMISSIONS);
  if (types.has("NOT_FOUND")) return told("missing", "It is not there, or the token may not see it.");
  if (types.has("STALE_DATA")) return told("moved");
  if (types.has("undefinedField") || types.has("argumentNotAccepted")) return told("invalid", DEFECT);
  if (/something went wrong|timed? ?out|timedout/i.test(message)) return gone(context, message);
  return byMessage(message, context);
}

function byMessage(message: string, context: Context): ForgeError {
  const rule = MESSAGES.find(({ pattern }) => pattern.test(message));
  return new ForgeError(
    rule?.code ?? "refused",
    `cannot ${context.doing}: ${oneLine(message)}`,
    rule?.hint ?? null,
  );
}

/** Wordings seen in GitHub's answers, which have no codes for them. */
const MESSAGES: readonly {
  readonly pattern: RegExp;
  readonly code: ForgeErrorCode;
  readonly hint?: string;
}[] = [
  { pattern: /pull request already exists/i, code: "exists" },
  { pattern: /reference already exists|already exists.*refs|ref .*already exists/i, code: "moved" },
  {
    pattern:
      /not a fast.?forward|expected branch to point to|reference does not exist|is at .* but expected/i,
    code: "moved",
  },
  {
    pattern: /field .* doesn't exist on type|doesn't accept argument/i,
    code: "invalid",
    hint: "This Enterprise Server is too old.",
  },
  {
    pattern: /rule violations|protected branch|cannot .*due to|push declined/i,
    code: "refused",
    hint: "A rule of the repository forbids it; ask its administrators.",
  },
  { pattern: /too (?:large|long|big)|maximum/i, code: "too-large" },
];

function limited(context: Context, headers: Headers): ForgeError {
  const after = Number(headers["retry-after"]);
  const reset = Number(headers["x-ratelimit-reset"]);
  const retryAt = after > 0 ? Date.now() + after * 1000 : reset > 0 ? reset * 1000 : undefined;
  return new ForgeError(
    "limited",
    `cannot ${context.doing}: GitHub asks to wait longer than deroot does`,
    "Run it again later: it goes on where it stopped. A lower --writes-per-hour helps.",
    retryAt === undefined ? {} : { retryAt },
  );
}

function gone(context: Context, message: string): ForgeError {
  return context.isWrite
    ? new ForgeError("lost", `the answer was lost when deroot tried to ${context.doing}: ${oneLine(message)}`)
    : new ForgeError(
        "unavailable",
        `cannot ${context.doing}: ${oneLine(message)}`,
        "GitHub may have a problem; run it again later.",
      );
}

/**
 * Limits that octokit's plugin does not see: it knows `secondary rate limit` by status, but neither `was submitted too
 * quickly` nor a limit that GraphQL tells with status 200.
 */
export function isTooQuick(message: string): boolean {
  return /submitted too quickly|secondary rate|abuse detection|API rate limit exceeded/i.test(message);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}

export const SIGN_IN = `Set GITHUB_TOKEN, or sign in with "gh auth login".`;
const PERMISSIONS =
  "The token needs to read and write contents and pull requests: scope repo, or these two permissions of a fine-grained token or an App.";
const DEFECT = "This looks like a defect of deroot; please report it.";
