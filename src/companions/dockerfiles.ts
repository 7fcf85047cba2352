import { type ImageModel, modelImage, parentStage } from "../analysis/index.ts";
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
  if (names.length === 0) return [];
  const all = await stagesByImage(tree);
  return [...new Set(names.map(({ image }) => image))].flatMap((image) =>
    (all.get(image) ?? [])
      .filter(({ dockerfile, index }) => needsRoot(modelImage(dockerfile, { target: index })))
      .map(({ path, line }) => ({ path, line, image })),
  );
}

interface FirstStage {
  readonly path: string;
  readonly line: number;
  readonly dockerfile: Dockerfile;
  readonly index: number;
}

const stagesOfList = new WeakMap<readonly TreeEntry[], Promise<ReadonlyMap<string, readonly FirstStage[]>>>();

/** Stages by the repository of the image they start from, gone through once for a tree. */
async function stagesByImage(tree: FileTree): Promise<ReadonlyMap<string, readonly FirstStage[]>> {
  const list = await tree.list();
  let stages = stagesOfList.get(list);
  if (!stages) stagesOfList.set(list, (stages = dockerfilesOf(tree).then(groupedByImage)));
  return stages;
}

function groupedByImage(all: readonly KnownDockerfile[]): Map<string, FirstStage[]> {
  const grouped = new Map<string, FirstStage[]>();
  for (const { path, dockerfile } of all) {
    for (const stage of dockerfile.stages) {
      if (parentStage(dockerfile, stage)) continue;
      const { reference } = modelImage(dockerfile, { target: stage.index, light: true }).base;
      const image = reference === null ? null : repositoryOf(reference);
      if (image === null) continue;
      const first = { path, line: stage.from.line, dockerfile, index: stage.index };
      const same = grouped.get(image);
      if (same) same.push(first);
      else grouped.set(image, [first]);
    }
  }
  return grouped;
}

function needsRoot({ steps }: ImageModel): boolean {
  const user = steps.findIndex((step) => step.instruction.keyword === "USER");
  const before = user < 0 ? steps : steps.slice(0, user);
  return before.some(({ effects }) => effects.some(({ root }) => root !== "no"));
}
