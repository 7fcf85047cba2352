import type { FileTree, TreeEntry } from "../../file-tree.ts";
import { overlay } from "../../file-tree/overlay.ts";
import { adviceOf, describeOutcome } from "../../report/report.ts";
import type { RewriteOptions, RewriteResult } from "../../rewrite/types.ts";
import { pictureOf } from "../picture.ts";
import type { ReviewChange } from "../index.ts";
import { dependantsOf, neededBy, type Verdict } from "../verdicts.ts";
import type { Detail, FileView, Item, OfferedChange, VerificationView } from "./protocol.ts";

/** One Dockerfile as it is offered, and as it is chosen. */
export interface Reviewed {
  readonly offered: RewriteResult;
  readonly chosen: RewriteResult;
  /** What can be decided. */
  readonly changes: readonly ReviewChange[];
  readonly isEdited: boolean;
}

export function itemOf(reviewed: Reviewed, verified: Item["verified"] = null): Item {
  const { offered, chosen, changes } = reviewed;
  const count = (wanted: Verdict): number => changes.filter(({ verdict }) => verdict === wanted).length;
  return {
    dockerfile: offered.dockerfile,
    status: chosen.status === "failed" ? "failed" : offered.status,
    outcome: describeOutcome(chosen),
    changes: changes.length,
    accepted: count("accepted"),
    rejected: count("rejected"),
    advice: adviceOf(offered).length,
    verified,
  };
}

export interface DetailInput {
  readonly reviewed: Reviewed;
  /** As the Dockerfile is read from it, without the choices. */
  readonly tree: FileTree;
  readonly options?: RewriteOptions | undefined;
  readonly verification?: VerificationView | null;
}

export async function detailOf({
  reviewed,
  tree,
  options,
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
    options,
    written,
    listens: offered.ports.map(({ from }) => from),
  });
  const after =
    chosen.files.length === 0
      ? before
      : await pictureOf(overlay(tree, chosen.files), dockerfile, {
          options,
          written,
          listens: chosen.ports.map(({ to }) => to),
        });
  return {
    item: itemOf(reviewed, verification?.verdict ?? null),
    reason: chosen.status === "failed" || offered.reason !== null ? (chosen.reason ?? offered.reason) : null,
    account: chosen.account,
    runsAsRoot: chosen.runsAsRoot,
    ports: chosen.ports,
    changes: offeredChanges(reviewed, files),
    isEdited: reviewed.isEdited,
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

/** What can be decided, and after it what is only advice. */
function offeredChanges(
  { offered, changes: decided }: Reviewed,
  files: ReadonlySet<string>,
): OfferedChange[] {
  const changes = decided.map(({ change }) => change);
  const manual = offered.changes.filter(({ applicability }) => applicability === "manual");
  const verdicts = new Map(decided.map(({ change, verdict }) => [change.id, verdict]));
  return [...changes, ...manual].map((change) => ({
    ...change,
    evidence: change.evidence.map((evidence) => ({ ...evidence, isFile: files.has(evidence.where) })),
    verdict: verdicts.get(change.id) ?? "undecided",
    needs: neededBy(changes, change.id),
    neededBy: dependantsOf(changes, change.id),
  }));
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
