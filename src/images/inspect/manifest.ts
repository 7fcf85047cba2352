/** Image manifests and indexes, as OCI and Docker write them. */
import { record, text } from "./config.ts";
import { InspectError } from "./errors.ts";

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

export interface ImageManifest {
  readonly config: Descriptor;
  /** The oldest first. */
  readonly layers: readonly Descriptor[];
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

export const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

export function readImageManifest(value: unknown): ImageManifest {
  const manifest = record(value);
  if (manifest?.["schemaVersion"] === 1) {
    throw new InspectError(
      "refused",
      "the image has an old manifest (schema 1), which registries no longer take",
    );
  }
  const layers = manifest?.["layers"];
  if (!Array.isArray(layers) || layers.length > MOST_LAYERS) throw broken("its list of layers");
  const config = record(manifest!["config"]);
  const kind = text(config?.["mediaType"]);
  if (kind !== null && !/(?:container|docker)\.?.*image|image\.config/.test(kind)) {
    throw new InspectError("refused", `what is stored under that name is no image but ${kind}`);
  }
  return { config: descriptor(config), layers: layers.map(descriptor) };
}

/**
 * The digest of the manifest for a platform; null when the value is no index but a manifest itself.
 * @param wanted null: linux/amd64, or where there is none, the first for Linux
 */
export function chooseFromIndex(value: unknown, wanted: Platform | null): string | null {
  const entries = record(value)?.["manifests"];
  if (!Array.isArray(entries)) return null;
  const images = entries.flatMap((each: unknown) => {
    const entry = record(each);
    const platform = platformOf(record(entry?.["platform"]));
    // Attestations stand beside the images, for a platform called unknown.
    return platform?.os === "unknown" ? [] : [{ entry, platform }];
  });
  const fitting = (platform: Platform) =>
    images.find((image) => image.platform !== null && fitsPlatform(image.platform, platform));
  const chosen =
    fitting(wanted ?? USUAL_PLATFORM) ??
    (wanted === null ? images.find(({ platform }) => platform?.os === "linux") : undefined) ??
    (images.length === 1 && images[0]!.platform === null ? images[0] : undefined);
  if (chosen === undefined) {
    const { os, architecture } = wanted ?? USUAL_PLATFORM;
    const there = images.map(({ platform }) =>
      platform === null ? "one that does not say" : `${platform.os}/${platform.architecture}`,
    );
    throw new InspectError(
      "not-found",
      `there is no image for ${os}/${architecture}; there are: ${there.slice(0, 10).join(", ") || "none"}`,
    );
  }
  return descriptor(chosen.entry).digest;
}

/** `linux/arm64`, `linux/arm/v7`. */
export function parsePlatform(written: string): Platform {
  const [os, architecture, variant] = written.split("/");
  if (!os || !architecture)
    throw new InspectError("refused", `"${written}" is no platform, such as linux/amd64`);
  return { os, architecture, variant: variant ?? null };
}

/** Of an entry of an index, of a configuration, or of what an engine tells. */
export function platformOf(value: Record<string, unknown> | null): Platform | null {
  const read = (name: string): string | null =>
    text(value?.[name]) ?? text(value?.[name[0]!.toUpperCase() + name.slice(1)]);
  const [os, architecture] = [read("os"), read("architecture")];
  return os === null || architecture === null ? null : { os, architecture, variant: read("variant") };
}

export function fitsPlatform(there: Platform, wanted: Platform): boolean {
  return (
    there.os === wanted.os &&
    there.architecture === wanted.architecture &&
    (wanted.variant === null || there.variant === null || there.variant === wanted.variant)
  );
}

/** `sha256/3a4b…`: where an OCI layout and the cache keep a blob. */
export function blobName(digest: string): string {
  if (!DIGEST.test(digest)) throw broken("a digest");
  return digest.replace(":", "/");
}

function descriptor(value: unknown): Descriptor {
  const { digest, size } = record(value) ?? {};
  if (typeof digest !== "string" || !DIGEST.test(digest)) throw broken("a digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) throw broken("a size");
  return { digest, size };
}

function broken(what: string): InspectError {
  return new InspectError("broken", `the image's manifest is not sound: ${what}`);
}

const USUAL_PLATFORM: Platform = { os: "linux", architecture: "amd64", variant: null };
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Engines stop at 127. */
const MOST_LAYERS = 500;
