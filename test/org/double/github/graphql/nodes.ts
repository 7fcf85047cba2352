/** Things by their node id. */
import type { Account, Issue, Label, Milestone, PullRequest, Repository, Team } from "../../world/model.ts";
import { parseNodeId } from "../ids.ts";
import { accountNode, teamNode } from "./accounts.ts";
import { refusal, type Context } from "./context.ts";
import { commitNode, objectNode, refNode } from "./git.ts";
import { issueNode, pullNode } from "./pulls.ts";
import { repositoryNode } from "./repositories.ts";

const missing = (id: string): Error =>
  refusal("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);

function keyOf(id: string, ...kinds: string[]): string {
  const parsed = parseNodeId(id);
  if (!parsed || !kinds.includes(parsed.kind)) throw missing(id);
  return parsed.key;
}

export function repositoryById(c: Context, id: string): Repository {
  const found = c.world.repositoryById(Number(keyOf(id, "R")));
  if (!found) throw missing(id);
  return found;
}

export function issueById(c: Context, id: string): Issue {
  const found = c.world.issueById(Number(keyOf(id, "PR", "I")));
  if (!found) throw missing(id);
  return found;
}

export function pullById(c: Context, id: string): PullRequest {
  const found = issueById(c, id);
  if (!found.pull) throw missing(id);
  return found as PullRequest;
}

export function refById(c: Context, id: string): { repository: Repository; name: string } {
  const [repository, ...name] = keyOf(id, "REF").split(":");
  const found = c.world.repositoryById(Number(repository));
  if (found?.git.ref(name.join(":")) == null) throw missing(id);
  return { repository: found, name: name.join(":") };
}

export function accountById(c: Context, id: string): Account {
  const key = Number(keyOf(id, "U", "O", "BOT"));
  for (const account of c.world.accounts.values()) if (account.id === key) return account;
  throw missing(id);
}

export function teamById(c: Context, id: string): Team {
  const key = Number(keyOf(id, "T"));
  const found = c.world.teams.find((each) => each.id === key);
  if (!found) throw missing(id);
  return found;
}

export function labelById(of: Repository, id: string): Label {
  const key = Number(keyOf(id, "LA"));
  const found = [...of.labels.values()].find((each) => each.id === key);
  if (!found) throw missing(id);
  return found;
}

export function milestoneById(of: Repository, id: string): Milestone {
  const key = Number(keyOf(id, "MI"));
  const found = of.milestones.find((each) => each.id === key);
  if (!found) throw missing(id);
  return found;
}

export function node(c: Context, id: string): unknown {
  switch (parseNodeId(id)?.kind) {
    case "R":
      return repositoryNode(c, repositoryById(c, id));
    case "PR":
      return pullNode(c, pullById(c, id));
    case "I":
      return issueNode(c, issueById(c, id));
    case "T":
      return teamNode(c, teamById(c, id));
    case "REF": {
      const { repository, name } = refById(c, id);
      return refNode(c, repository, name);
    }
    case "U":
    case "O":
    case "BOT":
      return accountNode(c, accountById(c, id));
    case "C":
    case "TREE":
    case "BLOB": {
      const [repository, oid] = parseNodeId(id)!.key.split(":");
      const of = c.world.repositoryById(Number(repository));
      const found =
        of && (parseNodeId(id)!.kind === "C" ? commitNode(c, of, oid!) : objectNode(c, of, oid!, ""));
      if (!found) throw missing(id);
      return found;
    }
    default:
      throw missing(id);
  }
}
