import { createHash } from "node:crypto";
import type { Commit, CommitFile, Comparison } from "./forge.ts";
import { blobId } from "./objects.ts";

/** Stands for the contents of the files of a commit: what a branch would bring, told from what it brings now. */
export function digestOf(files: readonly CommitFile[], commit: Commit): string {
  const algorithm = commit.id.length === 64 ? "sha256" : "sha1";
  return digest(
    files.map(({ path, content }) => ({ path, blob: blobId(new TextEncoder().encode(content), algorithm) })),
  );
}

export function digestOfComparison({ files }: Comparison): string {
  return digest(files.map(({ path, blob }) => ({ path, blob: blob ?? "" })));
}

function digest(files: readonly { readonly path: string; readonly blob: string }[]): string {
  const hash = createHash("sha256");
  for (const { path, blob } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(`${blob} ${path}\0`);
  return hash.digest("hex").slice(0, 32);
}
