/** Faults in GitHub's own words. */
import type { Fault } from "../http/faults.ts";
import type { Answer } from "../http/exchange.ts";
import { badGateway } from "../http/server.ts";
import { refuse } from "./problems.ts";

/** The answer that stands for a fault; null for faults that are not answers. */
export function faultAnswer(fault: Fault, kind: "rest" | "graphql" | "git", resource: string): Answer | null {
  switch (fault.kind) {
    case "secondary-limit": {
      const after = fault.retryAfter === undefined ? 1 : fault.retryAfter;
      return secondaryLimit(after, fault.status ?? 403);
    }
    case "too-quickly":
      if (kind === "graphql") return graphqlError("UNPROCESSABLE", "was submitted too quickly");
      return refuse(422, "Validation Failed", {
        errors: [{ resource, code: "custom", message: "was submitted too quickly" }],
      });
    case "status":
      return badGateway(fault.status);
    case "token-expired":
      return refuse(401, "Bad credentials");
    case "graphql-error":
      return graphqlError(
        fault.type ?? null,
        fault.message ??
          "Something went wrong while executing your query. Please include `AAAA:BBBB` when reporting this issue.",
      );
    default:
      return null;
  }
}

export function secondaryLimit(retryAfter: number | null, status: 403 | 429 = 403): Answer {
  return refuse(
    status,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID AAAA:BBBB.",
    {},
    retryAfter === null ? {} : { "retry-after": String(retryAfter) },
  );
}

function graphqlError(type: string | null, message: string): Answer {
  return { status: 200, body: { data: null, errors: [{ ...(type === null ? {} : { type }), message }] } };
}
