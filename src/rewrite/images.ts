import { keptProfiles } from "../companions/index.ts";
import type { FileTree } from "../file-tree.ts";
import type { ResolveOptions } from "../images/index.ts";
import type { RewriteOptions } from "./types.ts";

/**
 * What is known of base images beside deroot's own profiles: from the options, and from what the tree keeps.
 * @throws {ProfileError} where a kept profile is not sound.
 */
export async function knownImages(
  tree: FileTree,
  { mirrors = [], images = [] }: Pick<RewriteOptions, "mirrors" | "images"> = {},
): Promise<ResolveOptions> {
  return { mirrors, extra: [...images, ...(await keptProfiles(tree))] };
}

/** What options say of base images, in the words of their room. */
export function imageOptions({ mirrors = [], images = [] }: RewriteOptions): ResolveOptions {
  return { mirrors, extra: images };
}
