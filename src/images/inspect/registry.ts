/** Asks an image in a registry over the OCI distribution API: its configuration, and of its layers what is needed. */
import { createHash } from "node:crypto";
import { Transform, type Readable } from "node:stream";
import { authorize, denied } from "./authorization.ts";
import { Cache, cacheFolder, checksum } from "./cache.ts";
import { readConfig } from "./config.ts";
import { readContents, type Layers } from "./contents.ts";
import { InspectError } from "./errors.ts";
import { bytes, isLoopback, request, type Answer, type HttpOptions } from "./http.ts";
import { readLayer } from "./layer.ts";
import {
  blobName,
  chooseFromIndex,
  MANIFEST_TYPES,
  parsePlatform,
  readImageManifest,
  type Descriptor,
} from "./manifest.ts";
import { registryName, type RegistryName } from "./registry-name.ts";
import type { Inspection } from "./types.ts";

export interface RegistryOptions extends HttpOptions {
  /** Default: `linux/amd64`, or where there is none, the first for Linux. */
  readonly platform?: string | undefined;
  /** Default: `$XDG_CACHE_HOME/deroot/images`; null keeps nothing. */
  readonly cache?: string | null | undefined;
  /** Bytes of layers that may be fetched, as they are stored. Default: 2 GiB. */
  readonly maxDownload?: number | undefined;
}

/** @throws {InspectError} */
export async function inspectRegistry(reference: string, options: RegistryOptions = {}): Promise<Inspection> {
  const registry = new Registry(registryName(reference), options);
  const cache = new Cache(options.cache === undefined ? cacheFolder() : options.cache);
  const platform = options.platform === undefined ? null : parsePlatform(options.platform);
  const top = await registry.manifest(registry.name.manifest, cache);
  const chosen = chooseFromIndex(top.value, platform);
  const { digest, value } = chosen === null ? top : await registry.manifest(chosen, cache);
  const manifest = readImageManifest(value);
  const config = readConfig(await registry.configuration(manifest.config, cache));
  const found = { reference, through: "registry", digest, config } as const;
  if (config.os === "windows") return { ...found, contents: NOTHING };
  const layers = registry.layers([...manifest.layers].reverse(), options.maxDownload ?? MOST_DOWNLOAD);
  const contents = await cache.get(`contents-${FORMAT}/${blobName(digest)}`, () =>
    readContents(config, layers),
  );
  return { ...found, contents };
}

class Registry {
  readonly name: RegistryName;
  readonly #options: HttpOptions;
  readonly #base: string;
  #authorization: string | null = null;

  constructor(name: RegistryName, options: HttpOptions) {
    this.name = name;
    this.#options = options;
    const { hostname } = new URL(`http://${name.host}`);
    const scheme = isLoopback(hostname) || options.insecure === true ? "http" : "https";
    this.#base = `${scheme}://${name.host}/v2/${name.repository}`;
  }

  async manifest(wanted: string, cache: Cache): Promise<{ digest: string; value: unknown }> {
    const fetch = async (): Promise<string> => {
      const accept = MANIFEST_TYPES.join(", ");
      const body = await bytes(await this.#get(`manifests/${wanted}`, { accept }), MOST_MANIFEST);
      if (wanted.startsWith("sha256:")) verify(wanted, body);
      return body.toString("utf8");
    };
    // A tag may have moved since.
    const text = wanted.startsWith("sha256:")
      ? await cache.get(`manifests/${blobName(wanted)}`, fetch)
      : await fetch();
    return { digest: `sha256:${checksum(text)}`, value: json(text, "manifest") };
  }

  async configuration({ digest }: Descriptor, cache: Cache): Promise<unknown> {
    const text = await cache.get(`configs/${blobName(digest)}`, async () => {
      const body = await bytes(await this.#get(`blobs/${digest}`), MOST_CONFIG);
      verify(digest, body);
      return body.toString("utf8");
    });
    return json(text, "configuration");
  }

  layers(newestFirst: readonly Descriptor[], most: number): Layers {
    let left = most;
    return {
      count: newestFirst.length,
      read: async (index, wanted, budget, enough) => {
        const { digest, size } = newestFirst[index]!;
        left -= size;
        if (left < 0)
          throw new InspectError(
            "too-large",
            `the layers are larger than the ${megabytes(most)} that are fetched`,
          );
        return this.#again(async () => {
          const { body } = await this.#get(`blobs/${digest}`);
          return readLayer(verified(body, { digest, size }), wanted, budget, enough);
        });
      },
    };
  }

  /** A connection may break in the middle of a layer. */
  async #again<T>(action: () => Promise<T>): Promise<T> {
    const attempts = this.#options.attempts ?? 3;
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= attempts || !(error instanceof InspectError) || error.code !== "no-answer")
          throw error;
      }
    }
  }

  async #get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const url = new URL(`${this.#base}/${path}`);
    const ask = (): Promise<Answer> =>
      request(
        url,
        {
          headers: {
            ...headers,
            ...(this.#authorization === null ? {} : { authorization: this.#authorization }),
          },
        },
        this.#options,
      );
    let answer = await ask();
    if (answer.status === 401) {
      // Tokens also run out.
      answer.body.destroy();
      this.#authorization = await authorize(
        answer.headers.get("www-authenticate") ?? "",
        this.name,
        this.#options,
      );
      answer = await ask();
    }
    if (answer.status === 200) return answer;
    answer.body.destroy();
    const { host, repository } = this.name;
    if (answer.status === 401 || answer.status === 403) throw denied(host, this.#authorization);
    if (answer.status === 404)
      throw new InspectError(
        "not-found",
        `${host} has no ${repository}, ${path.replace(/^(\w+)s\//, "$1 ")}`,
      );
    throw new InspectError("failed", `${host} answers with ${answer.status}`);
  }
}

/** Passes a blob on and fails when it is not what its digest says, or longer than announced. */
function verified(body: Readable, { digest, size }: Descriptor): Readable {
  const hash = createHash("sha256");
  let seen = 0;
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      seen += chunk.length;
      hash.update(chunk);
      done(
        seen > size ? new InspectError("broken", "a layer is longer than its manifest says") : null,
        chunk,
      );
    },
    flush(done) {
      if (seen < size) done(new InspectError("no-answer", "a layer ends before it should"));
      else if (`sha256:${hash.digest("hex")}` !== digest)
        done(new InspectError("broken", "a layer is not what its digest says"));
      else done();
    },
  });
  body.on("error", (error) => check.destroy(error));
  check.once("close", () => body.destroy());
  return body.pipe(check);
}

function verify(digest: string, body: Buffer): void {
  const actual = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  if (actual !== digest)
    throw new InspectError("broken", "what the registry sends is not what its digest says");
}

function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InspectError("broken", `the image's ${what} is no JSON`, null, { cause: error });
  }
}

function megabytes(size: number): string {
  return `${Math.round(size / 1024 ** 2)} MiB`;
}

const NOTHING = {
  passwd: null,
  group: null,
  osRelease: null,
  entrypoint: null,
  programs: {},
  complete: false,
} as const;
/** Goes up when other things are read from the files than before. */
const FORMAT = 1;
const MOST_MANIFEST = 4 * 1024 ** 2;
const MOST_CONFIG = 8 * 1024 ** 2;
const MOST_DOWNLOAD = 2 * 1024 ** 3;
