/** Asks the images that no profile knows, before the rewriting begins: rewriting itself asks nobody. */
import { modelImage } from "../../analysis/index.ts";
import { decodeDockerfile, readDockerfile } from "../../dockerfile/index.ts";
import type { FileTree } from "../../file-tree.ts";
import { resolveImage, type Profile } from "../../images/index.ts";
import {
  InspectError,
  inspectEngine,
  inspectRegistry,
  KEPT_FOLDER,
  profileFromInspection,
  readExtraProfiles,
  type EngineName,
} from "../../images/inspect/index.ts";

export interface InspectOptions {
  readonly how: "engine" | "registry";
  readonly engine?: EngineName | undefined;
  /** For an image of several; default `linux/amd64`. */
  readonly platform?: string | undefined;
  readonly mirrors?: readonly string[] | undefined;
  /** The stage that runs; default: the last. */
  readonly target?: string | undefined;
  /** Profiles that are there already: what they know is not asked. */
  readonly known?: readonly Profile[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each image that could not be asked; the rewriting goes on without it. */
  readonly onProblem?: ((reference: string, error: InspectError) => void) | undefined;
  readonly onStart?: ((reference: string) => void) | undefined;
}

/** Profiles of the bases of these Dockerfiles that are not known otherwise, for the option `images` of a rewrite. */
export async function inspectUnknownBases(
  tree: FileTree,
  paths: readonly string[],
  options: InspectOptions,
): Promise<Profile[]> {
  const texts = await Promise.all(
    // One that cannot be read fails later, where that is told.
    paths.map((path) => tree.read(path).then(decodeDockerfile, () => "")),
  );
  const found: Profile[] = [];
  for (const reference of unknownBases(texts, options)) {
    options.signal?.throwIfAborted();
    options.onStart?.(reference);
    try {
      found.push(await inspectImage(reference, options));
    } catch (error) {
      if (!(error instanceof InspectError) || error.code === "interrupted") throw error;
      options.onProblem?.(reference, error);
    }
  }
  return found;
}

export async function inspectImage(
  reference: string,
  { how, engine, platform, signal }: InspectOptions,
): Promise<Profile> {
  const inspection =
    how === "engine"
      ? await inspectEngine(reference, { engine, signal })
      : await inspectRegistry(reference, { platform, signal });
  return profileFromInspection(inspection);
}

/** The references that no profile knows, or of which only a word in the tag tells something; each once. */
export function unknownBases(
  dockerfiles: readonly string[],
  { target, mirrors, known = [] }: Pick<InspectOptions, "target" | "mirrors" | "known"> = {},
): string[] {
  const references = dockerfiles.flatMap((text) => baseOf(text, target) ?? []);
  return [...new Set(references)].filter((reference) => {
    const image = resolveImage(reference, { mirrors: mirrors ?? [], extra: known });
    return image === null || image.id.startsWith("tag/");
  });
}

function baseOf(text: string, target: string | undefined): string | null {
  try {
    const dockerfile = readDockerfile(text);
    return dockerfile.stages.length === 0 ? null : modelImage(dockerfile, { target }).base.reference;
  } catch {
    // What is no Dockerfile is told when it is its turn to be rewritten.
    return null;
  }
}

/** The profiles that a repository keeps. */
export async function keptProfiles(tree: FileTree): Promise<Profile[]> {
  const entries = await tree.list();
  const paths = entries
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${KEPT_FOLDER}/`) && path.endsWith(".json"));
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: new TextDecoder().decode(await tree.read(path)) })),
  );
  return readExtraProfiles(files);
}
