/** How GitHub words a refusal in REST. */
import type { Answer } from "../http/exchange.ts";
import type { Problem } from "../world/model.ts";

const DOCUMENTATION = "https://docs.github.com/rest";

export const refuse = (
  status: number,
  message: string,
  extra: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Answer => ({
  status,
  body: { message, ...extra, documentation_url: DOCUMENTATION, status: String(status) },
  headers,
});

/** @param resource what was being made, as GitHub's errors name it. */
export function restProblem({ code, message, field }: Problem, resource: string): Answer {
  const custom = { errors: [{ resource, code: "custom", message, ...(field === null ? {} : { field }) }] };
  switch (code) {
    case "not-found":
      return refuse(404, message);
    case "forbidden":
    case "archived":
      return refuse(403, message);
    case "stale":
    case "empty":
      return refuse(409, message);
    case "closed":
      return refuse(405, message);
    case "conflict":
      return refuse(405, message);
    case "duplicate-pull":
    case "no-commits":
      return refuse(422, "Validation Failed", custom);
    case "exists":
      return message === "already_exists"
        ? refuse(422, "Validation Failed", { errors: [{ resource, code: "already_exists", field }] })
        : refuse(422, message);
    case "protected":
      return refuse(422, message);
    case "invalid":
      if (message.endsWith(" is invalid"))
        return refuse(422, "Validation Failed", { errors: [{ resource, code: "invalid", field }] });
      return resource === "PullRequest" || resource === "Issue"
        ? refuse(422, "Validation Failed", custom)
        : refuse(422, message);
    case "missing-object":
    case "not-fast-forward":
      return refuse(422, message);
  }
}

/** The resource a route is about. */
export function resourceOf(route: string): string {
  if (route.includes("/pulls")) return "PullRequest";
  if (route.includes("/issues")) return "Issue";
  if (route.includes("/labels")) return "Label";
  return "Reference";
}
