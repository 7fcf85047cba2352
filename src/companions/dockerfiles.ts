import { modelImage, parentStage } from "../analysis/index.ts";
import { type Dockerfile, DockerfileError, decodeDockerfile, readDockerfile } from "../dockerfile/index.ts";
import { TreeError, type FileTree, type TreeEntry } from "../file-tree.ts";
import { discover } from "../file-tree/discover.ts";
import type { ImageName } from "./image-names.ts";
import { repositoryOf } from "./image-reference.ts";

export interface KnownDockerfile {
  readonly path: string;
  readonly dockerfile: Dockerfile;
}

const knownOfList = new WeakMap<readonly TreeEntry[], Promise<readonly KnownDockerfile[]>>();

/** Every Dockerfile that can be read. Edits do not change what they copy, so the list of the tree's files decides. */
export async function dockerfilesOf(tree: FileTree): Promise<readonly KnownDockerfile[]> {
  const list = await tree.list();
  let known = knownOfList.get(list);
  if (!known) knownOfList.set(list, (known = readAll(tree, list)));
  return known;
}

async function readAll(tree: FileTree, list: readonly TreeEntry[]): Promise<KnownDockerfile[]> {
  const all: KnownDockerfile[] = [];
  for (const { path } of discover(list).dockerfiles) {
    const dockerfile = await readKnownDockerfile(tree, path);
    if (dockerfile !== null) all.push({ path, dockerfile });
  }
  return all;
}

/** Null where it is not there, or not understood: deroot says so when it comes to that file itself. */
export async function readKnownDockerfile(tree: FileTree, path: string): Promise<Dockerfile | null> {
  try {
    return readDockerfile(decodeDockerfile(await tree.read(path)), { crossCheck: false });
  } catch (error) {
    if (error instanceof DockerfileError || error instanceof TreeError) return null;
    throw error;
  }
}

/** A stage of another Dockerfile that starts FROM an image which the tree builds. */
export interface BuiltOn {
  readonly path: string;
  /** Of its FROM. */
  readonly line: number;
  readonly image: string;
}

/** The stages that start FROM one of these images and have steps which may need root before they say USER. */
export async function stagesNeedingRootOf(tree: FileTree, names: readonly ImageName[]): Promise<BuiltOn[]> {
  const images = new Set(names.map(({ image }) => image));
  if (images.size === 0) return [];
  const found: BuiltOn[] = [];
  for (const { path, dockerfile } of await dockerfilesOf(tree)) {
    for (const stage of dockerfile.stages) {
      if (parentStage(dockerfile, stage)) continue;
      const model = modelImage(dockerfile, { target: stage.index });
      const image = model.base.reference === null ? null : repositoryOf(model.base.reference);
      if (image === null || !images.has(image)) continue;
      const own = model.steps.slice(
        0,
        model.steps.findIndex((step) => step.instruction.keyword === "USER"),
      );
      const steps = model.final.userStep === null ? model.steps : own;
      if (steps.some(({ effects }) => effects.some(({ root }) => root !== "no")))
        found.push({ path, line: stage.from.line, image });
    }
  }
  return found;
}
