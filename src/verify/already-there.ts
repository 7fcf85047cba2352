import type { PortChange } from "../rewrite/types.ts";
import type { Container } from "./container.ts";
import type { Subject } from "./subject.ts";
import { fileText, listTar } from "./tar.ts";
import type { Written } from "./written.ts";

/**
 * Which of the paths that only the legacy container wrote need not be written any more: directories that the
 * rewritten image brings, files that it brings in a version of its own, and files that come out the same, but for
 * ports that have changed on purpose.
 */
export async function alreadyThere(
  missing: readonly Written[],
  legacy: Subject,
  rewritten: Container,
  ports: readonly PortChange[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { path, kind } of missing.slice(0, MOST_CHECKED)) {
    const now = await rewritten.archive(path);
    if (kind === "deleted") {
      if (now === null) found.add(path);
      continue;
    }
    if (now === null) continue;
    if (listTar(now)[0]?.directory) {
      found.add(path);
      continue;
    }
    const original = legacy.original(path);
    if (original !== null && fileText(original) !== fileText(now)) {
      found.add(path);
      continue;
    }
    const before = await legacy.container.archive(path);
    if (before !== null && withPorts(fileText(before), ports) === withPorts(fileText(now), []))
      found.add(path);
  }
  return found;
}

/** A text as it is meant: with ports where they have gone, and without regard to blanks. */
function withPorts(text: string | null, ports: readonly PortChange[]): string | null {
  const changes = new Map(ports.map(({ from, to }) => [String(from), String(to)]));
  return (
    text?.replace(/\b\d{1,5}\b/g, (digits) => changes.get(digits) ?? digits).replace(/\s+/g, " ") ?? null
  );
}

const MOST_CHECKED = 30;
