/** Git's object format, as far as a forge needs it: hashing, trees and commits to and from bytes. */
import { createHash } from "node:crypto";

export type ObjectType = "blob" | "tree" | "commit" | "tag";

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

/** As git writes them: `100644`, `100755`, `120000`, `40000`, `160000`. */
export type Mode = "100644" | "100755" | "120000" | "40000" | "160000";

export interface TreeItem {
  readonly mode: Mode;
  /** UTF-8; bytes that are not UTF-8 come out as U+FFFD, as they do in a forge's JSON. */
  readonly name: string;
  readonly raw: Buffer;
  readonly oid: string;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: Date;
}

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  /** The armoured signature, where there is one. */
  readonly signature: string | null;
}

export function hash({ type, data }: GitObject): string {
  return createHash("sha1").update(header({ type, data })).update(data).digest("hex");
}

export function header({ type, data }: GitObject): string {
  return `${type} ${data.length}\0`;
}

export const itemType = (mode: Mode): ObjectType =>
  mode === "40000" ? "tree" : mode === "160000" ? "commit" : "blob";

/** `40000` as forges write it: `040000`. */
export const paddedMode = (mode: Mode): string => mode.padStart(6, "0");

export function parseTree(data: Buffer): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    const raw = data.subarray(space + 1, end);
    items.push({
      mode: data.toString("latin1", at, space) as Mode,
      name: raw.toString("utf8"),
      raw,
      oid: data.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return items;
}

export function encodeTree(items: readonly Pick<TreeItem, "mode" | "raw" | "oid">[]): Buffer {
  // Git sorts a directory as if its name ended in a slash.
  const key = (item: Pick<TreeItem, "mode" | "raw">): Buffer =>
    item.mode === "40000" ? Buffer.concat([item.raw, Buffer.from("/")]) : item.raw;
  return Buffer.concat(
    [...items]
      .sort((a, b) => Buffer.compare(key(a), key(b)))
      .flatMap((item) => [
        Buffer.from(`${item.mode} `),
        item.raw,
        Buffer.from([0]),
        Buffer.from(item.oid, "hex"),
      ]),
  );
}

export function encodeCommit(commit: Commit): Buffer {
  const signature = commit.signature?.trimEnd().replaceAll("\n", "\n ");
  return Buffer.from(
    [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${encodePerson(commit.author)}`,
      `committer ${encodePerson(commit.committer)}`,
      ...(signature ? [`gpgsig ${signature}`] : []),
      "",
      commit.message,
    ].join("\n"),
  );
}

export function parseCommit(data: Buffer): Commit {
  const text = data.toString("utf8");
  const split = text.indexOf("\n\n");
  const head = split < 0 ? text : text.slice(0, split);
  // Continuation lines begin with a space.
  const fields = head.replaceAll("\n ", "\0").split("\n");
  const all = (name: string): string[] =>
    fields.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    tree: all("tree")[0]!,
    parents: all("parent"),
    author: parsePerson(all("author")[0]!),
    committer: parsePerson(all("committer")[0]!),
    message: split < 0 ? "" : text.slice(split + 2),
    signature: all("gpgsig")[0]?.replaceAll("\0", "\n") ?? null,
  };
}

function encodePerson({ name, email, date }: Person): string {
  // The characters that delimit the fields cannot be in them.
  const clean = (text: string): string => text.replaceAll(/[<>\n\0]/g, "").trim();
  return `${clean(name)} <${clean(email)}> ${Math.floor(date.getTime() / 1000)} +0000`;
}

function parsePerson(line: string): Person {
  const match = /^(.*?) ?<([^>]*)> (\d+)/.exec(line);
  return {
    name: match?.[1] ?? "",
    email: match?.[2] ?? "",
    date: new Date(Number(match?.[3] ?? 0) * 1000),
  };
}
