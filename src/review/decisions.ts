/**
 * `decisions.json`: what a person said of each change, to be replayed later or in CI. The format is described by
 * `schema/decisions.schema.json`. A decision counts only for what it was made on: each carries a hash of what the
 * change does, whatever line it stands in.
 */
import { createHash } from "node:crypto";
import type { Change, RewriteResult } from "../rewrite/types.ts";
import type { ReviewSession } from "./session.ts";

export interface Decisions {
  readonly schema: 1;
  readonly dockerfiles: Readonly<Record<string, FileDecisions>>;
}

export interface FileDecisions {
  /** By the id of the change. What is missing is undecided. */
  readonly changes: Readonly<Record<string, Decision>>;
  readonly edited?: EditDecision;
}

export interface Decision {
  readonly verdict: "accepted" | "rejected";
  /** For the reader. */
  readonly title: string;
  readonly hash: string;
}

export interface EditDecision {
  /** Hash of the text that it replaces: what deroot made with these verdicts. */
  readonly from: string;
  readonly text: string;
}

/** Why a decision does not count. */
export interface Misfit {
  readonly dockerfile: string;
  /** Null where the whole Dockerfile, or its edited text, is meant. */
  readonly changeId: string | null;
  /**
   * `gone`: no such change, or no such Dockerfile. `different`: the change does something else now. `open`: a
   * change that nothing was decided on. `inconsistent`: accepted, but it rests on one that is rejected.
   */
  readonly kind: "gone" | "different" | "open" | "inconsistent";
  /** A sentence. */
  readonly message: string;
}

export class DecisionsError extends Error {
  override readonly name = "DecisionsError";
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** What has been decided so far, Dockerfiles and changes in the order of their names. */
export async function exportDecisions(session: ReviewSession): Promise<Decisions> {
  const dockerfiles: [string, FileDecisions][] = [];
  for (const path of [...session.dockerfiles].sort().filter((each) => session.isOpen(each))) {
    const file = await session.open(path);
    const changes = file.changes
      .filter(({ verdict }) => verdict !== "undecided")
      .sort((a, b) => (a.change.id < b.change.id ? -1 : 1))
      .map(({ change, verdict }) => [
        change.id,
        { verdict, title: change.title, hash: changeHash(file.offered, change) },
      ]);
    if (changes.length === 0 && file.edited === null) continue;
    dockerfiles.push([
      path,
      {
        changes: Object.fromEntries(changes) as FileDecisions["changes"],
        ...(file.edited && { edited: { from: hash(await session.madeText(path)), text: file.edited.text } }),
      },
    ]);
  }
  return { schema: 1, dockerfiles: Object.fromEntries(dockerfiles) };
}

export function formatDecisions(decisions: Decisions): string {
  return `${JSON.stringify({ $schema: SCHEMA, ...decisions }, null, 2)}\n`;
}

/** @throws DecisionsError for what is no decisions file of a version that is known. */
export function parseDecisions(text: string): Decisions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DecisionsError(`it is not JSON: ${(error as Error).message}`, HINT);
  }
  if (!isRecord(value) || !("schema" in value)) throw new DecisionsError("it holds no decisions", HINT);
  if (value["schema"] !== 1) {
    throw new DecisionsError(
      `its version is ${JSON.stringify(value["schema"])}; this deroot knows version 1`,
      "Use the deroot that wrote it, or decide anew.",
    );
  }
  const dockerfiles = value["dockerfiles"];
  if (!isRecord(dockerfiles)) throw new DecisionsError("it names no dockerfiles", HINT);
  for (const [path, file] of Object.entries(dockerfiles)) {
    if (!isRecord(file) || !isRecord(file["changes"]))
      throw new DecisionsError(`${path}: it has no changes`, HINT);
    for (const [id, decision] of Object.entries(file["changes"])) {
      if (!isDecision(decision))
        throw new DecisionsError(`${path}: ${id} needs verdict (accepted or rejected), title and hash`, HINT);
    }
    const edited = file["edited"];
    if (edited !== undefined && !(isRecord(edited) && isText(edited["from"]) && isText(edited["text"])))
      throw new DecisionsError(`${path}: edited needs from and text`, HINT);
  }
  return value as unknown as Decisions;
}

/**
 * Decides in a session what a file says, and tells what of it does not fit any more; that stays undecided. Opens
 * the Dockerfiles that the file names, and no others.
 */
export async function replayDecisions(session: ReviewSession, decisions: Decisions): Promise<Misfit[]> {
  const misfits: Misfit[] = [];
  // In the order of the session: a later Dockerfile can depend on what was decided for an earlier one.
  for (const dockerfile of session.dockerfiles) {
    const wanted = own(decisions.dockerfiles, dockerfile);
    if (wanted !== undefined) misfits.push(...(await replayFile(session, dockerfile, wanted)));
  }
  for (const dockerfile of Object.keys(decisions.dockerfiles)) {
    if (session.dockerfiles.includes(dockerfile)) continue;
    const message = `${dockerfile} is not under review`;
    misfits.push({ dockerfile, changeId: null, kind: "gone", message });
  }
  return misfits;
}

async function replayFile(
  session: ReviewSession,
  dockerfile: string,
  wanted: FileDecisions,
): Promise<Misfit[]> {
  const misfits: Misfit[] = [];
  const tell = (changeId: string | null, kind: Misfit["kind"], message: string): void => {
    misfits.push({ dockerfile, changeId, kind, message });
  };
  for (const id of Object.keys(wanted.changes)) {
    const whole = /^(.+)#1$/.exec(id)?.[1];
    if (whole !== undefined) await session.split(dockerfile, whole);
  }
  const { offered, changes } = await session.open(dockerfile);
  const fitting: [string, Decision["verdict"]][] = [];
  for (const { change } of changes) {
    const decision = own(wanted.changes, change.id);
    if (decision === undefined) tell(change.id, "open", `nothing was decided on “${change.title}”`);
    else if (decision.hash !== changeHash(offered, change))
      tell(change.id, "different", `“${decision.title}” does something else now`);
    else fitting.push([change.id, decision.verdict]);
  }
  for (const [id, { title }] of Object.entries(wanted.changes)) {
    if (!changes.some(({ change }) => change.id === id))
      tell(id, "gone", `“${title}” is not offered any more`);
  }
  for (const id of await session.decideAll(dockerfile, new Map(fitting)))
    tell(id, "inconsistent", `“${wanted.changes[id]!.title}” rests on a change that is rejected`);
  const { edited } = wanted;
  if (edited === undefined) return misfits;
  if (misfits.length > 0 || edited.from !== hash(await session.madeText(dockerfile))) {
    tell(null, "different", "the edited text was made from another one");
    return misfits;
  }
  const result = await session.edit(dockerfile, edited.text);
  if ("message" in result) tell(null, "different", `the edited text is no Dockerfile: ${result.message}`);
  return misfits;
}

/**
 * What a change does, in 16 hexadecimal digits: its files, and in each the lines that are replaced and by what. Lines
 * have no numbers, so that a decision outlives edits elsewhere in the file.
 */
export function changeHash(result: RewriteResult, change: Change): string {
  const texts = new Map(result.files.map((file) => [file.path, file.before ?? ""]));
  const edits = change.edits.map(({ path, start, end, text }) => {
    const before = texts.get(path) ?? "";
    const line = before.lastIndexOf("\n", start - 1) + 1;
    return [path, before.slice(line, end), start - line, text];
  });
  const modes = (change.modes ?? []).map(({ path, mode }) => [path, mode]);
  return hash(JSON.stringify([change.pass, edits, modes]));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isDecision(value: unknown): value is Decision {
  return (
    isRecord(value) &&
    (value["verdict"] === "accepted" || value["verdict"] === "rejected") &&
    isText(value["title"]) &&
    isText(value["hash"])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

const SCHEMA = "https://unpkg.com/deroot/schema/decisions.schema.json";
const HINT = "deroot review --save FILE writes such a file.";
