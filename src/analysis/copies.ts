import { posix } from "node:path";
import type { ImageModel, Step } from "./model.ts";
import { isInside } from "./paths.ts";

/** A file of the build context that a COPY or ADD may have brought to a path in the image. */
export interface Origin {
  readonly step: Step;
  /** Relative to the build context. */
  readonly source: string;
}

/**
 * Where a path in the image may come from, the last COPY first. Whether the file exists in the context is for
 * the caller to see.
 */
export function originsOf(model: ImageModel, path: string): Origin[] {
  const origins: Origin[] = [];
  for (const step of model.steps.toReversed()) {
    const copy = step.copy;
    if (!copy?.destination || copy.from !== null || !isInside(path, copy.destination)) continue;
    for (const source of copy.sources)
      origins.push(...sourcesFor(path, source, copy.destination, copy.intoDirectory, step));
  }
  return origins;
}

function sourcesFor(
  path: string,
  source: string,
  destination: string,
  intoDirectory: boolean,
  step: Step,
): Origin[] {
  const clean = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source) || clean.startsWith("..")) return [];
  if (path === destination) return intoDirectory ? [] : [{ step, source: clean }];
  const below = path.slice(destination === "/" ? 1 : destination.length + 1);
  const origins: Origin[] = [];
  // A directory's contents land in the destination; a file lands there under its own name.
  if (!/[*?[]/.test(clean)) {
    origins.push({ step, source: clean === "." ? below : `${clean}/${below}` });
    if (posix.basename(clean) === below) origins.push({ step, source: clean });
  } else {
    origins.push({ step, source: posix.join(posix.dirname(clean), below) });
  }
  return origins;
}

/** The path in the image that a file of the build context is copied to, or null. */
export function destinationOf(model: ImageModel, file: string): string | null {
  for (const step of model.steps.toReversed()) {
    const copy = step.copy;
    if (!copy?.destination || copy.from !== null) continue;
    for (const source of copy.sources) {
      const clean = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
      if (clean === file) {
        return copy.intoDirectory ? posix.join(copy.destination, posix.basename(file)) : copy.destination;
      }
      if (clean === ".") return posix.join(copy.destination, file);
      if (file.startsWith(`${clean}/`)) return posix.join(copy.destination, file.slice(clean.length + 1));
      if (/[*?[]/.test(clean) && posix.dirname(clean) === posix.dirname(file) && globMatches(clean, file)) {
        return posix.join(copy.destination, posix.basename(file));
      }
    }
  }
  return null;
}

function globMatches(pattern: string, file: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, "[^/]*")
    .replace(/\?/g, "[^/]");
  try {
    return new RegExp(`^${source}$`).test(file);
  } catch {
    return false; // an unclosed bracket matches nothing
  }
}
