import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/index.ts";
import { type Copy, type ImageModel, type Step, modelImage } from "./model.ts";
import { isInside } from "./paths.ts";

/** A file of the build context that a COPY or ADD may have brought to a path in the image. */
export interface Origin {
  /** The step of the image's own stages that brings it, be it by way of another stage. */
  readonly step: Step;
  /** Relative to the build context. */
  readonly source: string;
}

/**
 * Where a path in the image may come from, the last COPY first, through the stages that `COPY --from` names.
 * Whether the file exists in the context is for the caller to see.
 */
export function originsOf(model: ImageModel, path: string, seen = new Set<string>()): Origin[] {
  const visit = `${model.target.index} ${path}`;
  if (seen.has(visit)) return []; // by way of another stage before
  seen.add(visit);
  const origins: Origin[] = [];
  for (const step of model.steps.toReversed()) {
    const copy = step.copy;
    if (!copy?.destination || !isInside(path, copy.destination)) continue;
    const other = copy.from === null ? null : stageCopiedFrom(model, step);
    if (copy.from !== null && other === null) continue;
    for (const source of copy.sources) {
      const found = sourcesFor(path, source, copy.destination, copy.intoDirectory, step);
      if (other === null) origins.push(...found);
      else
        for (const each of found)
          for (const { source: further } of originsOf(other, `/${each.source}`, seen))
            origins.push({ step, source: further });
    }
  }
  return origins;
}

/** What a COPY takes out of the build context, itself or by way of other stages: paths and patterns relative to it. */
export function contextSources(model: ImageModel, step: Step): string[] {
  const { copy } = step;
  if (copy === null) return [];
  if (copy.from === null) return [...copy.sources];
  const other = stageCopiedFrom(model, step);
  if (other === null) return [];
  const seen = new Set<string>();
  return copy.sources.flatMap((source) => sourcesUnder(other, posix.join("/", source), seen));
}

/** What brought a path of a stage, and what is below it. */
function sourcesUnder(model: ImageModel, path: string, seen: Set<string>): string[] {
  const visit = `${model.target.index} ${path}`;
  if (seen.has(visit)) return [];
  seen.add(visit);
  return model.steps.flatMap((step) => {
    const copy = step.copy;
    if (!copy?.destination) return [];
    const isWhole = isInside(copy.destination, path);
    if (!isWhole && !isInside(path, copy.destination)) return [];
    const taken = isWhole
      ? copy.sources
      : copy.sources.flatMap((source) =>
          sourcesFor(path, source, copy.destination!, copy.intoDirectory, step).map((each) => each.source),
        );
    if (copy.from === null) return taken;
    const other = stageCopiedFrom(model, step);
    return other === null
      ? []
      : taken.flatMap((source) => sourcesUnder(other, posix.join("/", source), seen));
  });
}

const stagesOf = new WeakMap<Dockerfile, Map<number, ImageModel>>();

/** The earlier stage that a COPY takes its files from; null where that is an image, or a build context with a name. */
function stageCopiedFrom({ dockerfile }: ImageModel, { copy, stage }: Step): ImageModel | null {
  const name = copy!.from!.toLowerCase();
  const from = dockerfile.stages
    .slice(0, stage.index)
    .findLast((earlier) => earlier.name === name || String(earlier.index) === name);
  if (from === undefined) return null;
  let known = stagesOf.get(dockerfile);
  if (known === undefined) stagesOf.set(dockerfile, (known = new Map()));
  let model = known.get(from.index);
  if (model === undefined)
    known.set(from.index, (model = modelImage(dockerfile, { target: from.index, light: true })));
  return model;
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

/**
 * The path in the image that a file of the build context is copied to, also by way of other stages; null when it
 * is not copied.
 */
export function destinationOf(model: ImageModel, file: string): string | null {
  return placeOf(model, file, new Map());
}

function placeOf(model: ImageModel, file: string, known: Map<number, string | null>): string | null {
  for (const step of model.steps.toReversed()) {
    const copy = step.copy;
    if (!copy?.destination) continue;
    let copied: string | null = file;
    if (copy.from !== null) {
      const other = stageCopiedFrom(model, step);
      if (other === null) continue;
      const { index } = other.target;
      if (!known.has(index)) known.set(index, placeOf(other, file, known));
      copied = known.get(index)?.slice(1) ?? null;
    }
    const place = copied === null ? null : placeCopiedTo(copied, copy);
    if (place !== null) return place;
  }
  return null;
}

/** @param file relative to the context, or to the root of the stage that is copied from. */
function placeCopiedTo(file: string, copy: Copy): string | null {
  for (const source of copy.sources) {
    const clean = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
    if (clean === file)
      return copy.intoDirectory ? posix.join(copy.destination!, posix.basename(file)) : copy.destination!;
    if (clean === "." || clean === "") return posix.join(copy.destination!, file);
    if (file.startsWith(`${clean}/`)) return posix.join(copy.destination!, file.slice(clean.length + 1));
    if (/[*?[]/.test(clean) && posix.dirname(clean) === posix.dirname(file) && globMatches(clean, file))
      return posix.join(copy.destination!, posix.basename(file));
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
