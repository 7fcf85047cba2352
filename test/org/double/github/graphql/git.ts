/** Refs, commits, trees and blobs in GraphQL. */
import type { Commit } from "../../git/objects.ts";
import { log, resolve } from "../../git/history.ts";
import { lookUp } from "../../git/trees.ts";
import { protectionOf } from "../../world/refs.ts";
import type { Repository } from "../../world/model.ts";
import { fullName, pullsOf } from "../../world/world.ts";
import { nodeId } from "../ids.ts";
import { accountOf } from "../rest/present-git.ts";
import { statusOf } from "../rest/checks.ts";
import { time } from "../rest/present.ts";
import { accountNode } from "./accounts.ts";
import { connection, type Context, type PageArguments } from "./context.ts";
import { pullNode } from "./pulls.ts";
import { repositoryNode } from "./repositories.ts";

type Source = Record<string, unknown>;

/** GitHub gives no more of a blob's text. */
const MOST_TEXT = 512_000;

export function refNode(c: Context, of: Repository, name: string): Source {
  const oid = of.git.ref(name)!;
  const [, prefix, short] = /^(refs\/[^/]+\/)(.*)$/s.exec(name)!;
  return {
    __typename: "Ref",
    id: nodeId("REF", `${of.id}:${name}`),
    name: short,
    prefix,
    target: () => objectNode(c, of, oid, ""),
    repository: () => repositoryNode(c, of),
    branchProtectionRule: () => {
      const rule = protectionOf(of, name);
      return rule
        ? {
            pattern: rule.pattern,
            requiresApprovingReviews: rule.requirePullRequest,
            allowsForcePushes: rule.allowForcePushes,
            allowsDeletions: rule.allowDeletions,
            requiresCommitSignatures: rule.requireSignatures,
          }
        : null;
    },
    associatedPullRequests: (args: PageArguments & { states?: string[] }) =>
      connection(
        args,
        pullsOf(of).filter(
          ({ pull, state }) =>
            pull.head === short &&
            (!args.states || args.states.includes(pull.mergedAt ? "MERGED" : state.toUpperCase())),
        ),
        (each) => each.id,
        (each) => pullNode(c, each),
      ),
  };
}

/** @param path where it is in its commit's tree; empty for the root and for what was asked for by id. */
export function objectNode(c: Context, of: Repository, oid: string, path: string): Source | null {
  switch (of.git.read(oid)?.type) {
    case "commit":
      return commitNode(c, of, oid);
    case "tree":
      return treeNode(c, of, oid, path);
    case "blob":
      return blobNode(c, of, oid);
    case "tag":
      return { ...common(c, of, oid, "TAG"), __typename: "Tag", target: () => commitNode(c, of, oid) };
    default:
      return null;
  }
}

/** What `object(expression:)` names: `HEAD`, `main:src/Dockerfile`, `HEAD^{tree}`. */
export function objectAt(c: Context, of: Repository, expression: string): Source | null {
  const split = expression.indexOf(":");
  const oid = resolve(of.git, split < 0 ? expression : expression.slice(0, split));
  if (oid === null || split < 0) return oid === null ? null : objectNode(c, of, oid, "");
  const tree = of.git.commit(oid)?.tree ?? (of.git.tree(oid) ? oid : null);
  if (tree === null) return null;
  const entry = lookUp(of.git, tree, expression.slice(split + 1));
  return entry && objectNode(c, of, entry.oid, entry.path);
}

function common(c: Context, of: Repository, oid: string, kind: string): Source {
  const page = `/${fullName(of)}/commit/${oid}`;
  return {
    id: nodeId(kind, `${of.id}:${oid}`),
    oid,
    abbreviatedOid: oid.slice(0, 7),
    repository: () => repositoryNode(c, of),
    commitUrl: `${c.site}${page}`,
    commitResourcePath: page,
  };
}

function treeNode(c: Context, of: Repository, oid: string, path: string): Source {
  return {
    ...common(c, of, oid, "TREE"),
    __typename: "Tree",
    entries: () =>
      of.git.tree(oid)!.map((entry) => {
        const below = path === "" ? entry.name : `${path}/${entry.name}`;
        const type = entry.mode === "40000" ? "tree" : entry.mode === "160000" ? "commit" : "blob";
        return {
          name: entry.name,
          nameRaw: entry.raw.toString("base64"),
          path: below,
          pathRaw: Buffer.from(below).toString("base64"),
          mode: Number.parseInt(entry.mode, 8),
          type,
          oid: entry.oid,
          size: () => (type === "blob" ? of.git.blob(entry.oid)!.length : 0),
          extension: /\.[^.]*$/.exec(entry.name)?.[0] ?? "",
          object: () => objectNode(c, of, entry.oid, below),
          isGenerated: false,
          repository: () => repositoryNode(c, of),
          submodule: type === "commit" ? () => ({ name: entry.name, path: below }) : null,
        };
      }),
  };
}

function blobNode(c: Context, of: Repository, oid: string): Source {
  const content = of.git.blob(oid)!;
  const binary = content.subarray(0, 8000).includes(0);
  return {
    ...common(c, of, oid, "BLOB"),
    __typename: "Blob",
    byteSize: content.length,
    isBinary: binary,
    isTruncated: content.length > MOST_TEXT,
    text: () => (binary ? null : content.subarray(0, MOST_TEXT).toString("utf8")),
  };
}

export function commitNode(c: Context, of: Repository, oid: string): Source {
  const it = of.git.commit(oid)!;
  const [headline, ...rest] = it.message.split("\n");
  const url = `${c.site}/${fullName(of)}/commit/${oid}`;
  return {
    ...common(c, of, oid, "C"),
    __typename: "Commit",
    url,
    resourcePath: new URL(url).pathname,
    message: it.message,
    messageHeadline: headline,
    messageBody: rest.join("\n").trim(),
    authoredDate: time(it.author.date),
    committedDate: time(it.committer.date),
    author: () => gitActor(c, it.author),
    committer: () => gitActor(c, it.committer),
    authors: (args: PageArguments) =>
      connection(
        args,
        [it.author],
        (each) => each.email,
        (each) => gitActor(c, each),
      ),
    authoredByCommitter: it.author.email === it.committer.email,
    committedViaWeb: it.committer.email === "noreply@github.com",
    tree: () => treeNode(c, of, it.tree, ""),
    treeUrl: `${c.site}/${fullName(of)}/tree/${it.tree}`,
    file: ({ path }: { path: string }) => {
      const entry = lookUp(of.git, it.tree, path);
      return (
        entry && {
          name: entry.path.split("/").at(-1),
          path: entry.path,
          mode: Number.parseInt(entry.mode, 8),
          type: entry.type,
          oid: entry.oid,
          object: () => objectNode(c, of, entry.oid, entry.path),
        }
      );
    },
    parents: (args: PageArguments) =>
      connection(
        args,
        it.parents,
        (each) => each,
        (each) => commitNode(c, of, each),
      ),
    history: (args: PageArguments) =>
      connection(
        args,
        [...log(of.git, oid)],
        (each) => each,
        (each) => commitNode(c, of, each),
      ),
    signature: () =>
      it.signature === null
        ? null
        : {
            __typename: "GpgSignature",
            isValid: true,
            state: "VALID",
            wasSignedByGitHub: true,
            signature: it.signature,
            email: it.committer.email,
            payload: "",
            signer: null,
            verifiedAt: time(it.committer.date),
          },
    status: () => {
      const found = of.statuses.filter(({ sha }) => sha === oid);
      return found.length === 0 ? null : { state: statusOf(found).toUpperCase() };
    },
    statusCheckRollup: () => rollUp(of, oid),
    associatedPullRequests: (args: PageArguments) =>
      connection(
        args,
        pullsOf(of).filter(({ pull }) => pull.headSha === oid),
        (each) => each.id,
        (each) => pullNode(c, each),
      ),
  };
}

function gitActor(c: Context, { name, email, date }: Commit["author"]): Source {
  const account = accountOf(c, email);
  return {
    name,
    email,
    date: time(date),
    avatarUrl: `${c.site}/avatars/0`,
    user: account?.type === "User" ? () => accountNode(c, account) : null,
  };
}

function rollUp(of: Repository, oid: string): Source | null {
  const checks = of.checks.filter(({ sha }) => sha === oid);
  const statuses = of.statuses.filter(({ sha }) => sha === oid);
  if (checks.length + statuses.length === 0) return null;
  const bad = checks.some(({ conclusion }) => conclusion === "failure" || conclusion === "timed_out");
  const pending = checks.some(({ status }) => status !== "completed");
  const status = statuses.length > 0 ? statusOf(statuses) : "success";
  return {
    state: bad || status === "failure" ? "FAILURE" : pending || status === "pending" ? "PENDING" : "SUCCESS",
    contexts: (args: PageArguments) =>
      connection<Source>(
        args,
        [
          ...checks.map((each) => ({
            __typename: "CheckRun",
            id: nodeId("CR", each.id),
            name: each.name,
            status: each.status.toUpperCase(),
            conclusion: each.conclusion?.toUpperCase() ?? null,
          })),
          ...statuses.map((each) => ({
            __typename: "StatusContext",
            id: nodeId("SC", each.id),
            context: each.context,
            state: each.state.toUpperCase(),
          })),
        ],
        (each) => each["id"] as string,
        (each) => each,
      ),
  };
}
