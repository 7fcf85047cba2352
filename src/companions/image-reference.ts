/** The repository of an image reference, without registry defaults, tag and digest: what names one image's builds. */
export function repositoryOf(reference: string): string | null {
  const plain = reference.replace(/@sha256:[0-9a-f]+$/i, "");
  const colon = plain.lastIndexOf(":");
  const name = colon > plain.lastIndexOf("/") ? plain.slice(0, colon) : plain;
  const short = name.replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, "");
  return /^[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*$/i.test(short) ? short : null;
}

/** A tag that stands for one release of long ago or to come does not mean what is built from the tree today. */
export function isReleaseTag(reference: string): boolean {
  return /:v?\d+(?:\.\d+)+[\w.-]*$/.test(reference);
}
