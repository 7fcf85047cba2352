import { type ImageModel, modelImage } from "../analysis/index.ts";
import {
  type Surroundings,
  buildContext,
  composeServices,
  dockerfilesOf,
  gather,
  isCopied,
  readKnownDockerfile,
} from "../companions/index.ts";
import type { Dockerfile } from "../dockerfile/index.ts";
import type { FileTree } from "../file-tree.ts";
import { imageOptions } from "./images.ts";
import { listeningFiles } from "./plan/ports/low-ports.ts";
import type { RewriteOptions } from "./types.ts";

/** Another image of the tree into which a file goes that tells this one's server its port. */
export interface SharingImage {
  readonly path: string;
  readonly model: ImageModel;
  readonly around: Surroundings;
  /** The files that both have. */
  readonly files: ReadonlySet<string>;
}

/**
 * The images whose server reads the same file as this one's: of other Dockerfiles, and of other targets of this one.
 * A port in such a file moves for all of them or for none.
 */
export async function imagesSharing(
  tree: FileTree,
  path: string,
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
): Promise<SharingImage[]> {
  if (!model.final.root || options.keepPorts === true) return [];
  const files = listeningFiles(model, around);
  if (files.size === 0) return [];
  const sharing: SharingImage[] = [];
  for (const known of await dockerfilesOf(tree)) {
    const isOwn = known.path === path;
    const context = await buildContext(tree, known.path, known.dockerfile);
    if (!isOwn && ![...files].some((file) => isCopied(known.dockerfile, context, file))) continue;
    const dockerfile = isOwn ? model.dockerfile : await readKnownDockerfile(tree, known.path);
    if (dockerfile === null) continue;
    for (const target of await targetsOf(tree, known.path, dockerfile)) {
      const other = modelImage(dockerfile, { target, images: imageOptions(options) });
      if (isOwn && model.chain.includes(other.target)) continue;
      // What the source says of the shared files is known; what else there is of it does not matter here.
      const beside = await gather(tree, known.path, other, around.source);
      const both = new Set([...listeningFiles(other, beside)].filter((file) => files.has(file)));
      if (both.size > 0) sharing.push({ path: known.path, model: other, around: beside, files: both });
    }
  }
  return sharing;
}

/** The texts of the files that a change of this image may edit, those of the images that share files with it too. */
export function withTextsOf(around: Surroundings, sharing: readonly SharingImage[]): Surroundings {
  if (sharing.length === 0) return around;
  const others = sharing.flatMap((image) => [
    ...image.around.texts,
    [image.path, image.model.dockerfile.text] as const,
  ]);
  return { ...around, texts: new Map([...others, ...around.texts]) };
}

/** The last stage, and those that compose files build by name. */
async function targetsOf(
  tree: FileTree,
  path: string,
  { stages }: Dockerfile,
): Promise<(string | undefined)[]> {
  const named = (await composeServices(tree)).flatMap(({ build }) =>
    build?.dockerfile === path && build.target !== null ? [build.target.toLowerCase()] : [],
  );
  const isStage = (name: string) => stages.slice(0, -1).some((stage) => stage.name === name);
  return stages.length === 0 ? [] : [undefined, ...new Set(named.filter(isStage))];
}
