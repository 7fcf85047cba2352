import type { ImageModel } from "../../analysis/index.ts";

/** A comment says that deroot is to leave the file alone. */
export function isIgnored({ dockerfile }: ImageModel): boolean {
  return dockerfile.comments.some((comment) => /^deroot-ignore\s*$/.test(comment.text));
}
