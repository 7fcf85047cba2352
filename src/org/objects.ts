/** Git's objects, by their ids: what has an id is known to be whole, wherever it came from. */
import { createHash } from "node:crypto";

/** Where blobs are kept between runs. */
export interface ObjectCache {
  get(id: string): Promise<Uint8Array | null>;
  put(id: string, bytes: Uint8Array): Promise<void>;
}

export const NO_CACHE: ObjectCache = {
  get: () => Promise.resolve(null),
  put: () => Promise.resolve(),
};

/** The id git gives to a blob with these bytes; repositories with SHA-256 have ids of 64 digits. */
export function blobId(bytes: Uint8Array, algorithm: "sha1" | "sha256" = "sha1"): string {
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

export function isBlob(bytes: Uint8Array, id: string): boolean {
  return blobId(bytes, id.length === 64 ? "sha256" : "sha1") === id;
}
