/** Asks the images that no profile knows, before the rewriting begins: rewriting itself asks nobody. */
import { leafStages, modelImage, type Base } from "../../analysis/index.ts";
import { decodeDockerfile, readDockerfile } from "../../dockerfile/index.ts";
import type { FileTree } from "../../file-tree.ts";
import { resolveImage, type BaseImage, type Profile, type ResolveOptions } from "../../images/index.ts";
import {
  InspectError,
  inspectEngine,
  inspectRegistry,
  profileFromInspection,
  type EngineName,
} from "../../images/inspect/index.ts";

export type InspectHow = "engine" | "registry";

export interface InspectOptions {
  readonly how: InspectHow;
  readonly engine?: EngineName | undefined;
  /** For an image of several, where FROM names none; default: `linux/amd64` where there is that one. */
  readonly platform?: string | undefined;
  /** Under whose prefixes the reference is to be read. */
  readonly mirrors?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface InspectBasesOptions extends InspectOptions {
  /** What is known already is not asked. */
  readonly images?: ResolveOptions;
  /** The stage that runs; default: every stage that no other one needs. */
  readonly target?: string | undefined;
  /** Told of each image that could not be asked; the rewriting goes on without it. */
  readonly onProblem?: ((reference: string, error: InspectError) => void) | undefined;
  readonly onStart?: ((reference: string) => void) | undefined;
  readonly onAnswer?: ((image: BaseImage) => void) | undefined;
}

/** Profiles of the bases of these Dockerfiles that are not known otherwise, for the option `images` of a rewrite. */
export async function inspectUnknownBases(
  tree: FileTree,
  paths: readonly string[],
  options: InspectBasesOptions,
): Promise<Profile[]> {
  const texts = await Promise.all(
    // One that cannot be read fails later, where that is told.
    paths.map((path) => tree.read(path).then(decodeDockerfile, () => "")),
  );
  const found: Profile[] = [];
  for (const { reference, platform } of unknownBases(texts, options)) {
    options.signal?.throwIfAborted();
    options.onStart?.(reference);
    try {
      const profile = await inspectImage(reference, {
        ...options,
        platform: platform ?? options.platform,
        mirrors: options.images?.mirrors,
      });
      found.push(profile);
      options.onAnswer?.(resolveImage(reference, { ...options.images, extra: [profile] })!);
    } catch (error) {
      if (!(error instanceof InspectError) || error.code === "interrupted") throw error;
      options.onProblem?.(reference, error);
    }
  }
  return found;
}

export async function inspectImage(
  reference: string,
  { how, engine, platform, mirrors, signal }: InspectOptions,
): Promise<Profile> {
  const inspection =
    how === "engine"
      ? await inspectEngine(reference, { engine, platform, signal })
      : await inspectRegistry(reference, { platform, signal });
  return profileFromInspection(inspection, mirrors);
}

export type AskedBase = Pick<Base, "platform"> & { readonly reference: string };

/**
 * The references that no profile knows, or of which only a word in the tag tells something; each once, for the first
 * platform that a FROM names: accounts and tools are the same on all.
 */
export function unknownBases(
  dockerfiles: readonly string[],
  { target, images }: Pick<InspectBasesOptions, "target" | "images"> = {},
): AskedBase[] {
  const bases = new Map<string, AskedBase>();
  for (const base of dockerfiles.flatMap((text) => basesOf(text, target))) {
    const earlier = bases.get(base.reference);
    if (earlier === undefined || earlier.platform === null) bases.set(base.reference, base);
  }
  return [...bases.values()].filter(({ reference }) => {
    const image = resolveImage(reference, images);
    return image === null || image.id.startsWith("tag/");
  });
}

function basesOf(text: string, target: string | undefined): AskedBase[] {
  try {
    const dockerfile = readDockerfile(text);
    const targets = target === undefined ? leafStages(dockerfile).map(({ index }) => index) : [target];
    return targets.flatMap((each) => {
      const { reference, platform } = modelImage(dockerfile, { target: each, light: true }).base;
      return reference === null ? [] : [{ reference, platform }];
    });
  } catch {
    // What is no Dockerfile is told when it is its turn to be rewritten.
    return [];
  }
}
