import type { FileTree, TreeEntry } from "../../file-tree.ts";
import { overlay } from "../../file-tree/overlay.ts";
import { adviceOf, describeOutcome } from "../../report/report.ts";
import type { Change, RewriteResult } from "../../rewrite/types.ts";
import { pictureOf } from "../picture.ts";
import { dependantsOf, neededBy, type Verdict } from "../verdicts.ts";
import type { Detail, FileView, Item, OfferedChange, VerificationView } from "./protocol.ts";

/** One Dockerfile as it is offered, and as it is chosen. */
export interface Reviewed {
  readonly offered: RewriteResult;
  readonly chosen: RewriteResult;
  verdictOf(change: Change): Verdict;
}

export function itemOf(reviewed: Reviewed, verified: Item["verified"] = null): Item {
  const { offered, chosen } = reviewed;
  const verdicts = offered.changes
    .filter(({ applicability }) => applicability !== "manual")
    .map((change) => reviewed.verdictOf(change));
  return {
    dockerfile: offered.dockerfile,
    status: chosen.status === "failed" ? "failed" : offered.status,
    outcome: describeOutcome(chosen),
    changes: verdicts.length,
    accepted: verdicts.filter((verdict) => verdict === "accepted").length,
    rejected: verdicts.filter((verdict) => verdict === "rejected").length,
    advice: adviceOf(offered).length,
    verified,
  };
}

export interface DetailInput {
  readonly reviewed: Reviewed;
  /** As the Dockerfile is read from it, without the choices. */
  readonly tree: FileTree;
  readonly target?: string | undefined;
  readonly verification?: VerificationView | null;
}

export async function detailOf({
  reviewed,
  tree,
  target,
  verification = null,
}: DetailInput): Promise<Detail> {
  const { offered, chosen } = reviewed;
  const { dockerfile } = offered;
  const files = await pathsOf(tree);
  const written = offered.writable.map(({ path }) => path);
  // An earlier Dockerfile, or a report that is made while files are written, may have changed what is on disk.
  const original = overlay(
    tree,
    chosen.files.flatMap(({ path, before }) =>
      before === null ? [] : [{ path, after: before, mode: null }],
    ),
  );
  const before = await pictureOf(original, dockerfile, {
    target,
    written,
    listens: offered.ports.map(({ from }) => from),
  });
  const after =
    chosen.files.length === 0
      ? before
      : await pictureOf(overlay(tree, chosen.files), dockerfile, {
          target,
          written,
          listens: chosen.ports.map(({ to }) => to),
        });
  return {
    item: itemOf(reviewed, verification?.verdict ?? null),
    reason: chosen.status === "failed" || offered.reason !== null ? (chosen.reason ?? offered.reason) : null,
    account: chosen.account,
    runsAsRoot: chosen.runsAsRoot,
    ports: chosen.ports,
    changes: offered.changes.map((change) => offeredChange(reviewed, change, files)),
    advice: adviceOf(offered),
    files: await fileViews(tree, chosen, dockerfile),
    picture: { before, after },
    verification,
  };
}

const listed = new WeakMap<readonly TreeEntry[], ReadonlySet<string>>();

/** A large tree is gone through once, not once for each Dockerfile. */
async function pathsOf(tree: FileTree): Promise<ReadonlySet<string>> {
  const list = await tree.list();
  let paths = listed.get(list);
  if (paths === undefined) listed.set(list, (paths = new Set(list.map(({ path }) => path))));
  return paths;
}

function offeredChange(reviewed: Reviewed, change: Change, files: ReadonlySet<string>): OfferedChange {
  const { changes } = reviewed.offered;
  const among = new Set(changes.filter(isDecidable).map(({ id }) => id));
  return {
    ...change,
    evidence: change.evidence.map((evidence) => ({ ...evidence, isFile: files.has(evidence.where) })),
    verdict: reviewed.verdictOf(change),
    needs: neededBy(changes, change.id).filter((id) => among.has(id)),
    neededBy: dependantsOf(changes, change.id).filter((id) => among.has(id)),
  };
}

function isDecidable({ applicability }: Change): boolean {
  return applicability !== "manual";
}

/** The Dockerfile first; where nothing changes, as it is. */
async function fileViews(tree: FileTree, { files }: RewriteResult, dockerfile: string): Promise<FileView[]> {
  const views = files.map(({ path, before, after, mode }): FileView => ({ path, before, after, mode }));
  views.sort((a, b) => Number(b.path === dockerfile) - Number(a.path === dockerfile));
  if (views.length > 0) return views;
  const text = await textOf(tree, dockerfile);
  return text === null ? [] : [{ path: dockerfile, before: text, after: text, mode: null }];
}

/** Null for what is no text, or too much of it to be looked at. */
export async function textOf(tree: FileTree, path: string): Promise<string | null> {
  try {
    const bytes = await tree.read(path);
    if (bytes.length > MOST_BYTES || bytes.includes(0)) return null;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const MOST_BYTES = 2 * 1024 * 1024;
