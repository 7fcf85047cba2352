/**
 * One bare repository. It lives in memory until a git program has to see it; then it is written out as loose objects and
 * loose refs, and from there on every write goes to the disk as well. So a thousand repositories cost a test
 * next to nothing, and each of them can be cloned, pushed to and checked with `git fsck`.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import {
  encodeCommit,
  hash,
  header,
  parseCommit,
  parseTree,
  type Commit,
  type GitObject,
  type ObjectType,
  type TreeItem,
} from "./objects.ts";

export class GitRepository {
  readonly directory: string;
  /** What HEAD points at, e.g. `refs/heads/main`; it need not exist (an empty repository). */
  #head: string;
  readonly #refs = new Map<string, string>();
  readonly #objects = new Map<string, GitObject>();
  readonly #shared: Map<string, GitObject>;
  #onDisk = false;

  /** @param shared objects of all repositories, so that equal ones are held once. */
  constructor(directory: string, head: string, shared: Map<string, GitObject>) {
    this.directory = directory;
    this.#head = head;
    this.#shared = shared;
  }

  get head(): string {
    return this.#head;
  }

  set head(ref: string) {
    this.#head = ref;
    if (this.#onDisk) writeFileSync(path.join(this.directory, "HEAD"), `ref: ${ref}\n`);
  }

  /** Full names (`refs/heads/main`) to object ids, sorted by name. */
  refs(): readonly (readonly [string, string])[] {
    return [...this.#refs].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  ref(name: string): string | null {
    return this.#refs.get(name) ?? null;
  }

  setRef(name: string, oid: string | null): void {
    if (oid === null) this.#refs.delete(name);
    else this.#refs.set(name, oid);
    if (this.#onDisk) this.#writeRef(name, oid);
  }

  write(type: ObjectType, data: Buffer): string {
    const oid = hash({ type, data });
    if (!this.#objects.has(oid)) {
      const object = this.#shared.get(oid) ?? { type, data };
      this.#shared.set(oid, object);
      this.#objects.set(oid, object);
      if (this.#onDisk) this.#writeObject(oid, object);
    }
    return oid;
  }

  writeCommit(commit: Commit): string {
    return this.write("commit", encodeCommit(commit));
  }

  read(oid: string): GitObject | null {
    return this.#objects.get(oid) ?? this.#readLoose(oid);
  }

  blob(oid: string): Buffer | null {
    const object = this.read(oid);
    return object?.type === "blob" ? object.data : null;
  }

  tree(oid: string): TreeItem[] | null {
    const object = this.read(oid);
    return object?.type === "tree" ? parseTree(object.data) : null;
  }

  /** Also through an annotated tag. */
  commit(oid: string): Commit | null {
    const object = this.read(oid);
    if (object?.type === "tag")
      return this.commit(/^object ([0-9a-f]{40})/.exec(object.data.toString())![1]!);
    return object?.type === "commit" ? parseCommit(object.data) : null;
  }

  /** Copies an object and all it reaches from another repository, as a fork does. */
  take(other: GitRepository, oid: string): void {
    if (this.read(oid)) return;
    const object = other.read(oid);
    if (!object) return;
    this.write(object.type, object.data);
    if (object.type === "commit") {
      const { tree, parents } = parseCommit(object.data);
      for (const next of [tree, ...parents]) this.take(other, next);
    } else if (object.type === "tree") {
      for (const item of parseTree(object.data)) if (item.mode !== "160000") this.take(other, item.oid);
    }
  }

  /** Writes everything to the disk, so that git programs can work on {@link directory}. */
  materialise(): string {
    if (this.#onDisk) return this.directory;
    for (const name of ["objects/pack", "objects/info", "refs/heads", "refs/tags", "info"])
      mkdirSync(path.join(this.directory, name), { recursive: true });
    writeFileSync(path.join(this.directory, "config"), CONFIG);
    this.#onDisk = true;
    this.head = this.#head;
    for (const [oid, object] of this.#objects) this.#writeObject(oid, object);
    for (const [name, oid] of this.#refs) this.#writeRef(name, oid);
    return this.directory;
  }

  /** Reads the refs again, after a git program may have changed them. */
  reload(): void {
    if (!this.#onDisk) return;
    this.#refs.clear();
    const read = (name: string): void => {
      for (const entry of readdirSync(path.join(this.directory, name), { withFileTypes: true })) {
        const full = `${name}/${entry.name}`;
        if (entry.isDirectory()) read(full);
        else if (!entry.name.endsWith(".lock"))
          this.#refs.set(full, readFileSync(path.join(this.directory, full), "utf8").trim());
      }
    };
    read("refs");
  }

  #writeObject(oid: string, object: GitObject): void {
    const file = this.#objectFile(oid);
    if (existsSync(file)) return;
    mkdirSync(path.dirname(file), { recursive: true });
    const bytes = Buffer.concat([Buffer.from(header(object)), object.data]);
    writeFileSync(`${file}.new`, deflateSync(bytes, { level: 1 }));
    renameSync(`${file}.new`, file);
  }

  #readLoose(oid: string): GitObject | null {
    if (!this.#onDisk || !/^[0-9a-f]{40}$/.test(oid)) return null;
    const file = this.#objectFile(oid);
    if (!existsSync(file)) return null;
    const bytes = inflateSync(readFileSync(file));
    const end = bytes.indexOf(0);
    return {
      type: bytes.toString("latin1", 0, bytes.indexOf(0x20)) as ObjectType,
      data: bytes.subarray(end + 1),
    };
  }

  #writeRef(name: string, oid: string | null): void {
    const file = path.join(this.directory, name);
    if (oid === null) return rmSync(file, { force: true });
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new.lock`, `${oid}\n`);
    renameSync(`${file}.new.lock`, file);
  }

  #objectFile(oid: string): string {
    return path.join(this.directory, "objects", oid.slice(0, 2), oid.slice(2));
  }
}

/** Pushed objects stay loose, so that they can be read without a pack reader. */
const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[gc]
	auto = 0
[receive]
	autogc = false
	unpackLimit = 2147483647
	denyDeletes = false
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
`;
