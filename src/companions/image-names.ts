import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { BAKE_FILE, readBake } from "./bake.ts";
import { composeServices } from "./compose-index.ts";
import { dockerCommands } from "./docker-commands.ts";
import { CompanionError } from "./errors.ts";
import { IMAGE_BUILDERS } from "./image-builders.ts";
import { repositoryOf } from "./image-reference.ts";
import { type ShellPiece, shellPieces } from "./shell-files.ts";
import { readTiltfile, type Tiltfile } from "./tiltfile.ts";
import { isForeign, treeText } from "./tree-text.ts";
import { YamlFile } from "./yaml.ts";

/** Something in the tree says that an image of this name is built from this Dockerfile. */
export interface ImageName {
  readonly image: string;
  readonly dockerfile: string;
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export interface ImageNames {
  readonly all: readonly ImageName[];
  /** Images that are also built without a Dockerfile, by jib and the like: whose they are, nobody can say. */
  readonly otherwise: ReadonlySet<string>;
  readonly pieces: readonly ShellPiece[];
  readonly tiltfiles: readonly Tiltfile[];
}

/** Names of the images that the tree's Dockerfiles become: from compose, skaffold, Tilt, CI and scripts. */
export async function imageNames(tree: FileTree): Promise<ImageNames> {
  const paths = new Set((await tree.list()).map(({ path }) => path));
  const pieces = await shellPieces(tree);
  const found: ImageName[] = [];
  const tiltfiles: Tiltfile[] = [];
  for (const service of await composeServices(tree)) {
    const image = service.image === null ? null : repositoryOf(service.image);
    if (image === null || !service.build || service.build.target !== null) continue;
    const says = `the service ${service.name} builds it as ${service.image}`;
    found.push({ image, dockerfile: service.build.dockerfile, path: service.file, line: service.line, says });
  }
  for (const path of paths) {
    const builder = isForeign(path) ? undefined : IMAGE_BUILDERS.find(({ name }) => name.test(path));
    const text = builder ? await treeText(tree, path) : null;
    if (builder && text) found.push(...readYaml(path, text, builder.read));
  }
  for (const path of paths) {
    const text = BAKE_FILE.test(path) && !isForeign(path) ? await treeText(tree, path) : null;
    if (text?.includes("target")) found.push(...(await readBake(path, text, paths)));
  }
  for (const path of paths) {
    const text = /(?:^|\/)Tiltfile$/.test(path) ? await treeText(tree, path) : null;
    if (text !== null && /\b(?:docker_build|k8s_resource)\b/.test(text))
      tiltfiles.push(await readTiltfile(path, text));
  }
  for (const { images } of tiltfiles) found.push(...images);
  for (const piece of pieces) found.push(...builds(piece, paths));
  const all = found.filter(({ dockerfile }) => paths.has(dockerfile) && !isForWork(dockerfile, paths));
  const otherwise = new Set(found.filter(({ dockerfile }) => dockerfile === "").map(({ image }) => image));
  return { all, otherwise, pieces, tiltfiles };
}

/** Who works on the app builds `Dockerfile.dev` under its name, and what runs elsewhere is built from the one beside it. */
function isForWork(dockerfile: string, paths: ReadonlySet<string>): boolean {
  const name = posix.basename(dockerfile);
  const plain = name.replace(WORK, "");
  return plain !== name && paths.has(posix.join(posix.dirname(dockerfile), plain));
}

/** `.dev` of `Dockerfile.dev`, `dev.` of `dev.Dockerfile`. */
const WORK =
  /[._-](?:dev|devel|development|debug|tilt|local)$|^(?:dev|devel|development|debug|tilt|local)[._-]/i;

/** The names of one Dockerfile's image that no other Dockerfile has too. */
export function namesOfDockerfile(names: ImageNames, dockerfile: string): ImageName[] {
  const others = new Set(
    names.all.filter((name) => name.dockerfile !== dockerfile).map((name) => name.image),
  );
  return names.all.filter(
    ({ dockerfile: own, image }) => own === dockerfile && !others.has(image) && !names.otherwise.has(image),
  );
}

function readYaml(path: string, text: string, read: (file: YamlFile) => ImageName[]): ImageName[] {
  try {
    return read(new YamlFile(path, text));
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

function builds(piece: ShellPiece, paths: ReadonlySet<string>): ImageName[] {
  return dockerCommands(piece.script).flatMap((command) => {
    if (command.kind !== "build") return [];
    if (command.cwd === null) return [];
    const dockerfiles = foldersOf(piece, command.cwd).flatMap((folder) => {
      const path = posix.join(folder, command.file ?? posix.join(command.context, "Dockerfile"));
      return paths.has(path) ? [path] : [];
    });
    // Where the script is run from is not written: it counts only where one reading finds a Dockerfile.
    if (new Set(dockerfiles).size !== 1) return [];
    const dockerfile = dockerfiles[0]!;
    const line = piece.text.slice(0, command.offset).split("\n").length;
    return command.tags.flatMap((tag) => {
      const image = repositoryOf(tag);
      return image === null
        ? []
        : [{ image, dockerfile, path: piece.path, line, says: `docker build names it ${tag}` }];
    });
  });
}

/** Where a command of a script may run: below the script's folder or the root, behind its own `cd`. */
function foldersOf({ cwd, prose }: ShellPiece, changed: string): string[] {
  const inner = posix.relative("/", changed);
  // Prose tells how to clone, and steps into the clone.
  const inners = prose ? [inner, inner.replace(/^[^/]+\/?/, "")] : [inner];
  return [...new Set([cwd, ""].flatMap((start) => inners.map((one) => posix.join(start, one))))];
}
