/** What GitLab answers, as errors of ours. */
import { ForgeError, type ForgeErrorCode } from "../forge.ts";
import { redact } from "../secrets.ts";

/** What a request has come to, and whether to send it again. */
export class Failure {
  readonly error: ForgeError;
  readonly isLimit: boolean;
  readonly isPassing: boolean;
  readonly retryAfter: number | null;
  constructor(error: ForgeError, isLimit: boolean, retryAfter: number | null) {
    this.error = error;
    this.isLimit = isLimit;
    this.isPassing = error.code === "unavailable";
    this.retryAfter = retryAfter;
  }
}

export function failureOf(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
  endpoint: string,
  isWrite: boolean,
): Failure {
  const message = oneLine(messageOf(text));
  const what = `GitLab, ${decodeURIComponent(endpoint)}: ${message || `status ${status}`}`;
  const after = Number(headers["retry-after"]);
  const retryAfter = Number.isFinite(after) && headers["retry-after"] !== undefined ? after : null;
  const isLimit = status === 429;
  const code = isLimit ? "limited" : codeOf(status, message, isWrite);
  return new Failure(new ForgeError(code, what, HINTS[code] ?? null), isLimit, retryAfter);
}

/** Null without errors. What took GitLab too long may work the next time; what it does not understand will not. */
export function failureOfQuery(body: unknown): Failure | null {
  const { errors = [] } = (body ?? {}) as { errors?: readonly { readonly message: string }[] };
  if (errors.length === 0) return null;
  const passes = errors.every(({ message }) => /timeout|internal server error/i.test(message));
  const message = oneLine(errors.map((error) => error.message).join("; "));
  const told = new ForgeError(passes ? "unavailable" : "invalid", `GitLab, GraphQL: ${message}`, OLD);
  return new Failure(told, false, null);
}

function oneLine(text: string): string {
  return redact(text).replace(/\s+/g, " ").slice(0, 300);
}

function codeOf(status: number, message: string, isWrite: boolean): ForgeErrorCode {
  if (status >= 500) return isWrite ? "lost" : "unavailable";
  if (/already exists/i.test(message)) return /merge request/i.test(message) ? "exists" : "moved";
  if (/protected branch|not allowed to push|push rule/i.test(message)) return "refused";
  if (status === 401) return "signed-out";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 409) return "moved";
  return status === 413 ? "too-large" : "refused";
}

/** GitLab's errors are a text, a list, or lists by field. */
function messageOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const told = message ?? error ?? text;
    return typeof told === "string" ? told : JSON.stringify(told);
  } catch {
    return text;
  }
}

const HINTS: Readonly<Partial<Record<ForgeErrorCode, string>>> = {
  "signed-out": "Set GITLAB_TOKEN to a token with the scope api.",
  forbidden: "The token needs the scope api, and the role Developer.",
  missing: "It is not there, or the token may not see it.",
  limited: "Run it again later: it goes on where it stopped.",
  refused: "A rule of the project forbids it; ask its maintainers.",
};
const OLD = "deroot needs GitLab 16 or newer.";
