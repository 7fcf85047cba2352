/**
 * The files of a commit, read over a forge's API. Requests are what costs, not bytes: reads that are waited for at the same
 * time go together, and what is likely to be read next comes along.
 */
import { TreeError, type FileTree, type TreeEntry } from "../file-tree.ts";
import { ForgeError } from "./forge.ts";
import { isBlob, type ObjectCache } from "./objects.ts";

export interface ObjectEntry extends TreeEntry {
  readonly id: string;
}

/**
 * Fetches blobs that are not larger than {@link LARGEST_BLOB}.
 * @param ahead ids that it would be nice to have, too, if they come in the same request.
 */
export type FetchBlobs = (
  wanted: readonly string[],
  ahead: readonly string[],
) => Promise<ReadonlyMap<string, Uint8Array>>;

export function objectTree(
  entries: readonly ObjectEntry[],
  fetchBlobs: FetchBlobs,
  cache: ObjectCache,
): FileTree {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const reader = new BlobReader(sorted, fetchBlobs, cache);
  return { list: () => Promise.resolve(sorted), read: (path) => reader.read(path) };
}

/** A tree never changes: what is listed once is not asked for again. */
export async function keptEntries(
  cache: ObjectCache,
  key: string,
  list: () => Promise<ObjectEntry[]>,
): Promise<ObjectEntry[]> {
  const known = await cache.get(key);
  if (known) return JSON.parse(new TextDecoder().decode(known)) as ObjectEntry[];
  const entries = await list();
  await cache.put(key, new TextEncoder().encode(JSON.stringify(entries)));
  return entries;
}

export function tooManyFiles(repository: string): ForgeError {
  return new ForgeError(
    "too-large",
    `${repository} has more than ${MOST_FILES} files`,
    "Clone it and run deroot migrate there.",
  );
}

class BlobReader {
  readonly #entries: ReadonlyMap<string, ObjectEntry>;
  readonly #byKind = new Map<string, ObjectEntry[]>();
  readonly #fetch: FetchBlobs;
  readonly #cache: ObjectCache;
  /** What came along and was not asked for yet. */
  readonly #ahead = new Map<string, Uint8Array>();
  readonly #asked = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(entries: readonly ObjectEntry[], fetchBlobs: FetchBlobs, cache: ObjectCache) {
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
    this.#fetch = fetchBlobs;
    this.#cache = cache;
    for (const entry of entries) {
      if (entry.mode === "symlink" || (entry.size ?? 0) > LARGEST_AHEAD) continue;
      const kind = kindOf(entry.path);
      const same = this.#byKind.get(kind);
      if (same) same.push(entry);
      else this.#byKind.set(kind, [entry]);
    }
  }

  async read(path: string): Promise<Uint8Array> {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw new TreeError(path, "no such file");
    if (entry.mode === "symlink") throw new TreeError(path, "it is a symbolic link");
    if ((entry.size ?? 0) > LARGEST_BLOB)
      throw new TreeError(
        path,
        `it is too large: ${entry.size} bytes, and deroot reads ${LARGEST_BLOB} at most`,
      );
    const known = this.#ahead.get(entry.id) ?? (await this.#cache.get(entry.id));
    if (known) return known;
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#fetchAll());
      this.#waiting.push({ entry, resolve, reject });
    });
  }

  #fetchAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const some of batches(waiting)) void this.#fetchSome(some);
  }

  async #fetchSome(waiting: readonly Waiting[]): Promise<void> {
    const wanted = new Set(waiting.map(({ entry }) => entry.id));
    try {
      const blobs = await this.#fetch([...wanted], await this.#likelyNext(waiting, wanted));
      for (const [id, bytes] of blobs) {
        if (!isBlob(bytes, id)) continue;
        if (!wanted.has(id)) this.#ahead.set(id, bytes);
        await this.#cache.put(id, bytes);
      }
      for (const { entry, resolve, reject } of waiting) {
        const bytes = blobs.get(entry.id);
        if (bytes && isBlob(bytes, entry.id)) resolve(bytes);
        else reject(new TreeError(entry.path, "the forge did not give it, or not whole"));
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error as Error);
    }
  }

  /** Small files of the same kinds (who reads one compose file reads them all), then what is read most often. */
  async #likelyNext(waiting: readonly Waiting[], wanted: ReadonlySet<string>): Promise<string[]> {
    const ids: string[] = [];
    let bytes = 0;
    const kinds = new Set([...FIRST, ...waiting.map(({ entry }) => kindOf(entry.path)), ...OFTEN]);
    for (const kind of kinds) {
      for (const entry of this.#byKind.get(kind) ?? []) {
        if (wanted.size + ids.length >= MOST_AT_ONCE || bytes > MOST_BYTES_AHEAD) return ids;
        if (wanted.has(entry.id) || this.#asked.has(entry.id)) continue;
        this.#asked.add(entry.id);
        if ((await this.#cache.get(entry.id)) !== null) continue;
        ids.push(entry.id);
        bytes += entry.size ?? LARGEST_AHEAD;
      }
    }
    return ids;
  }
}

interface Waiting {
  readonly entry: ObjectEntry;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

function* batches(waiting: readonly Waiting[]): Generator<Waiting[]> {
  let some: Waiting[] = [];
  let bytes = 0;
  for (const each of waiting) {
    const size = each.entry.size ?? LARGEST_AHEAD;
    if (some.length > 0 && (some.length >= MOST_AT_ONCE || bytes + size > MOST_BYTES)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(each);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

/** Dockerfiles have many names and one kind; else the extension tells, and the name where there is none. */
function kindOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (/docker|containerfile|compose|codeowners|^deroot\.|\.deroot/.test(path.toLowerCase())) return "docker";
  if (/^(?:entrypoint|start|run)\b/.test(name)) return "start";
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? name : name.slice(dot);
}

/** Read in every repository. */
const FIRST = ["docker", "start"];
/** Read in many: companions, and the source that tells ports and paths. */
const OFTEN = [
  ".yml",
  ".yaml",
  ".conf",
  ".sh",
  ".js",
  ".ts",
  ".py",
  ".rb",
  ".php",
  ".go",
  ".java",
  ".cs",
  ".json",
  ".toml",
];

/** Of a repository that is looked at over the API. */
export const MOST_FILES = 500_000;
/** Larger files are none that a person wrote. */
export const LARGEST_BLOB = 1024 * 1024;
const LARGEST_AHEAD = 64 * 1024;
const MOST_AT_ONCE = 100;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_BYTES_AHEAD = 512 * 1024;
