import { entriesBelow } from "../entries-below.ts";
import type { FileTree, TreeEntry } from "../../file-tree.ts";
import type { SourceFacts, SourceListen, SourceUser, SourceWrite } from "../types.ts";
import { isGenerated, sourceKind, type SourceKind } from "./files.ts";
import { isManifest, readManifest } from "./frameworks.ts";
import { loadGrammars, type Parse } from "./grammar.ts";
import { readFile } from "./reader.ts";

export interface SourceOptions {
  /** Files that are no part of the image; paths relative to the tree's root. */
  readonly ignore: (path: string) => boolean;
  /** Files that the container starts by name. */
  readonly started?: ReadonlySet<string>;
}

interface Candidate {
  readonly entry: TreeEntry;
  /** Relative to the folder that is read. */
  readonly within: string;
  readonly kind: SourceKind | null;
}

/** What the app's source below a folder of the tree (`""` is all of it) listens on and writes. */
export async function readSource(
  tree: FileTree,
  directory: string,
  options: SourceOptions,
): Promise<SourceFacts> {
  const candidates = await findCandidates(tree, directory, options);
  const listens: SourceListen[] = [];
  const writes: SourceWrite[] = [];
  const users: SourceUser[] = [];
  const frameworks = new Set<string>();
  for (let from = 0; from < candidates.length; from += READ_AT_ONCE) {
    const batch = candidates.slice(from, from + READ_AT_ONCE);
    const texts = await Promise.all(batch.map((candidate) => readText(tree, candidate)));
    for (const [index, { entry, within, kind }] of batch.entries()) {
      const text = texts[index];
      if (text === null || text === undefined) continue;
      if (!kind) {
        const manifest = readManifest(entry.path, within, text);
        for (const name of manifest.frameworks) frameworks.add(name);
        writes.push(...manifest.writes);
        continue;
      }
      const facts = readOne(await loadGrammars(), entry.path, within, text, kind);
      listens.push(...facts.listens);
      writes.push(...facts.writes);
      users.push(...facts.users);
    }
  }
  // The first place that says it is evidence enough.
  const unique = new Map<string, SourceWrite>();
  for (const write of writes) {
    const key = `${write.relativeTo} ${write.path} ${write.directory} ${write.temporary}`;
    if (!unique.has(key)) unique.set(key, write);
  }
  return { listens, writes: [...unique.values()], frameworks: [...frameworks].sort(), users };
}

async function findCandidates(
  tree: FileTree,
  directory: string,
  { ignore, started }: SourceOptions,
): Promise<Candidate[]> {
  const prefix = directory === "" || directory === "." ? "" : `${directory}/`;
  const candidates: Candidate[] = [];
  for (const entry of entriesBelow(await tree.list(), directory)) {
    if (entry.mode === "symlink" || (entry.size ?? 0) > LARGEST_FILE) continue;
    const within = entry.path.slice(prefix.length);
    const kind = sourceKind(within, started?.has(entry.path));
    if ((kind || isManifest(within)) && !ignore(entry.path)) candidates.push({ entry, within, kind });
    if (candidates.length >= MOST_FILES) break;
  }
  return candidates;
}

/** The text, where it has a word that could matter: most files are put aside without being decoded. */
async function readText(tree: FileTree, { entry, kind }: Candidate): Promise<string | null> {
  try {
    const bytes = await tree.read(entry.path);
    if (bytes.length > LARGEST_FILE) return null;
    if (kind) {
      const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
      if (!kind.language.triggers.test(raw) || raw.includes("\0") || isGenerated(raw)) return null;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // gone or unreadable: nothing to learn from it
  }
}

function readOne(
  parse: Parse,
  path: string,
  within: string,
  text: string,
  kind: SourceKind,
): ReturnType<typeof readFile> {
  const parsed = parse(kind.grammar, text);
  return parsed
    ? readFile(path, within, text, kind.language, parsed)
    : { listens: [], writes: [], users: [] };
}

const READ_AT_ONCE = 64;
const LARGEST_FILE = 400_000;
const MOST_FILES = 60_000;
