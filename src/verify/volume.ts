import { listTar, type TarEntry } from "./tar.ts";
import type { Written } from "./written.ts";

/**
 * What changed in a volume between two archives of it: before the start, null where the image has nothing there,
 * and now.
 */
export function volumeChanges(volume: string, before: Buffer | null, after: Buffer): Written[] {
  const old = entriesBelow(volume, before);
  const now = entriesBelow(volume, after);
  const changes: Written[] = [];
  for (const [path, entry] of now) {
    const known = old.get(path);
    if (known?.directory === entry.directory && known.content.equals(entry.content)) continue;
    changes.push({ path, kind: known ? "changed" : "created", text: textOf(entry) });
  }
  for (const path of old.keys()) if (!now.has(path)) changes.push({ path, kind: "deleted" });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** An archive of `/data` holds `data`, `data/x` …; the volume itself is the engine's. */
function entriesBelow(volume: string, archive: Buffer | null): Map<string, TarEntry> {
  const entries = new Map<string, TarEntry>();
  for (const entry of archive ? listTar(archive) : []) {
    const at = entry.path.indexOf("/");
    if (at !== -1) entries.set(volume.replace(/\/$/, "") + entry.path.slice(at), entry);
  }
  return entries;
}

function textOf({ directory, content }: TarEntry): string | null {
  if (directory || content.length > LONGEST_TEXT || content.includes(0)) return null;
  return content.toString("utf8");
}

const LONGEST_TEXT = 64 * 1024;
