/** Reads one layer (or a whole file system) as it streams by, and keeps what it says of the paths that are wanted. */
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { Parser, type ReadEntry } from "tar";
import { InspectError } from "./errors.ts";
import { decompressed } from "./decompress.ts";

/** What a layer holds at a path. Contents in `latin1`, one character a byte, so that it can be kept as JSON. */
export type Node =
  | { readonly type: "directory" }
  | { readonly type: "file"; readonly content: string }
  /** Symbolic, or hard with an absolute target. */
  | { readonly type: "link"; readonly target: string };

export interface LayerFacts {
  readonly nodes: Readonly<Record<string, Node>>;
  /** Paths that the layer deletes from those below. */
  readonly deleted: readonly string[];
  /** Directories whose earlier contents the layer hides. */
  readonly opaque: readonly string[];
  /** False when reading stopped early. */
  readonly whole: boolean;
}

/** Paths without a leading slash -> how many bytes of the file are wanted. */
export type Wanted = ReadonlyMap<string, number>;

/** Unpacked bytes that may still be read, over all layers. */
export interface Budget {
  unpacked: number;
}

/**
 * @param enough asked after each wanted entry: true ends the reading early.
 * @throws {InspectError} for what is no layer, and for more than the budget allows.
 */
export async function readLayer(
  stream: Readable,
  wanted: Wanted,
  budget: Budget,
  enough: (facts: LayerFacts) => boolean = () => false,
): Promise<LayerFacts> {
  const nodes: Record<string, Node> = Object.create(null) as Record<string, Node>;
  const deleted = new Set<string>();
  const opaque = new Set<string>();
  let whole = true;
  let broken: InspectError | null = null;
  const facts = (): LayerFacts => ({ nodes, deleted: [...deleted], opaque: [...opaque], whole });

  const parser = new Parser({
    // Decompression is done before, within the budget.
    gzip: false,
    brotli: false,
    zstd: false,
    maxMetaEntrySize: MOST_META,
    onwarn: (code, message) => {
      if (FATAL.has(code))
        broken ??= new InspectError("broken", `the layer is no sound tar archive: ${String(message)}`);
    },
    onReadEntry: (entry) => {
      const path = normalise(entry.path);
      if (path === null) return entry.resume();
      const whiteout = whiteoutOf(path);
      if (whiteout !== null) {
        if (wanted.has(whiteout.path)) (whiteout.opaque ? opaque : deleted).add(whiteout.path);
        return entry.resume();
      }
      const length = wanted.get(path);
      if (length === undefined) return entry.resume();
      const node = nodeOf(entry);
      if (node) {
        nodes[path] = node;
        return entry.resume();
      }
      keep(entry, length, (content) => (nodes[path] = { type: "file", content }));
    },
  });
  parser.on("error", (error: unknown) => {
    broken ??= new InspectError("broken", `the layer is no sound tar archive: ${String(error)}`);
  });

  let known = 0;
  let empty = true;
  for await (const chunk of decompressed(stream)) {
    budget.unpacked -= chunk.length;
    if (budget.unpacked < 0) {
      throw new InspectError("too-large", "the image unpacks to more than is read of one", MORE);
    }
    empty &&= chunk.every((byte) => byte === 0);
    parser.write(chunk);
    if (broken) throw broken as InspectError;
    const size = Object.keys(nodes).length;
    if (size > known && enough(facts())) {
      whole = false;
      return facts();
    }
    known = size;
  }
  // An archive without entries is sound, whatever the library says.
  if (empty) return facts();
  parser.end();
  if (broken) throw broken as InspectError;
  return facts();
}

function nodeOf(entry: ReadEntry): Node | null {
  switch (entry.type) {
    case "Directory":
    case "GNUDumpDir":
      return { type: "directory" };
    case "SymbolicLink":
      return { type: "link", target: entry.linkpath ?? "" };
    case "Link":
      return { type: "link", target: `/${entry.linkpath ?? ""}` };
    case "File":
    case "OldFile":
    case "ContiguousFile":
      return null;
    default:
      // A device or a pipe has nothing to read.
      return { type: "file", content: "" };
  }
}

function keep(entry: ReadEntry, length: number, done: (content: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  entry.on("data", (chunk: Buffer) => {
    if (size < length) chunks.push(Buffer.from(chunk.subarray(0, length - size)));
    size += chunk.length;
  });
  entry.on("end", () => done(Buffer.concat(chunks).toString("latin1")));
}

/** Without a leading slash; null for what leads out of the image, which no engine would unpack either. */
function normalise(written: string): string | null {
  if (written.length > LONGEST_PATH || written.split("/").includes("..")) return null;
  const path = posix.normalize(`/${written}`).replace(/\/$/, "").slice(1);
  return path === "" ? null : path;
}

function whiteoutOf(path: string): { readonly path: string; readonly opaque: boolean } | null {
  const name = posix.basename(path);
  if (!name.startsWith(".wh.")) return null;
  const folder = posix.dirname(path) === "." ? "" : posix.dirname(path);
  if (name === ".wh..wh..opq") return { path: folder, opaque: true };
  // Not normalised: `.wh...` is not to delete the folder above.
  return { path: (folder === "" ? "" : `${folder}/`) + name.slice(".wh.".length), opaque: false };
}

const FATAL: ReadonlySet<string> = new Set([
  "TAR_BAD_ARCHIVE",
  "TAR_ENTRY_INVALID",
  "TAR_ABORT",
  "TAR_ENTRY_ERROR",
]);
const MOST_META = 1024 * 1024;
const LONGEST_PATH = 4096;
const MORE = "If it is really that large, write a profile by hand: docs/profiles.md tells how.";
