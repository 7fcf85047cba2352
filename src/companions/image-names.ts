import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { composeServices } from "./compose-index.ts";
import { dockerCommands } from "./docker-commands.ts";
import { CompanionError } from "./errors.ts";
import { repositoryOf } from "./image-reference.ts";
import { type ShellPiece, shellPieces } from "./shell-files.ts";
import { tiltImages } from "./tiltfile.ts";
import { treeText } from "./tree-text.ts";
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
  readonly pieces: readonly ShellPiece[];
}

/** Names of the images that the tree's Dockerfiles become: from compose, skaffold, Tilt, CI and scripts. */
export async function imageNames(tree: FileTree): Promise<ImageNames> {
  const paths = new Set((await tree.list()).map(({ path }) => path));
  const pieces = await shellPieces(tree);
  const found: ImageName[] = [];
  for (const service of await composeServices(tree)) {
    const image = service.image === null ? null : repositoryOf(service.image);
    if (image === null || !service.build || service.build.target !== null) continue;
    const says = `the service ${service.name} builds it as ${service.image}`;
    found.push({ image, dockerfile: service.build.dockerfile, path: service.file, line: service.line, says });
  }
  for (const path of paths) {
    const read = /(?:^|\/)skaffold[\w.-]*\.ya?ml$/.test(path)
      ? skaffold
      : /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)
        ? workflow
        : null;
    const text = read && (await treeText(tree, path));
    if (read && text) found.push(...readYaml(path, text, read));
  }
  for (const path of paths) {
    const text = /(?:^|\/)Tiltfile$/.test(path) ? await treeText(tree, path) : null;
    if (text !== null && text.includes("docker_build")) found.push(...(await tiltImages(path, text)));
  }
  for (const piece of pieces) found.push(...builds(piece, paths));
  return { all: found.filter((name) => paths.has(name.dockerfile)), pieces };
}

/** The names of one Dockerfile's image that no other Dockerfile has too. */
export function namesOfDockerfile(names: ImageNames, dockerfile: string): ImageName[] {
  const others = new Set(
    names.all.filter((name) => name.dockerfile !== dockerfile).map((name) => name.image),
  );
  return names.all.filter((name) => name.dockerfile === dockerfile && !others.has(name.image));
}

function readYaml(path: string, text: string, read: (file: YamlFile) => ImageName[]): ImageName[] {
  try {
    return read(new YamlFile(path, text));
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

function skaffold(file: YamlFile): ImageName[] {
  const { path } = file.source;
  return file.documents.flatMap((document) =>
    file.items(file.get(document, "build", "artifacts")).flatMap((artifact) => {
      const image = repositoryOf(file.string(artifact, "image") ?? "");
      if (
        image === null ||
        file.get(artifact, "buildpacks") ||
        file.get(artifact, "jib") ||
        file.get(artifact, "ko")
      )
        return [];
      const context = file.string(artifact, "context") ?? ".";
      const name = file.string(artifact, "docker", "dockerfile") ?? "Dockerfile";
      const dockerfile = posix.join(posix.dirname(path), context, name);
      return [
        {
          image,
          dockerfile,
          path,
          line: file.lineOf(artifact),
          says: `skaffold builds ${image} from ${context}`,
        },
      ];
    }),
  );
}

/** `docker/build-push-action` with tags that no expression hides. */
function workflow(file: YamlFile): ImageName[] {
  const { path } = file.source;
  const jobs = file.documents.flatMap((document) => [...file.entries(file.get(document, "jobs")).values()]);
  return jobs.flatMap(({ value }) =>
    file.items(file.get(value, "steps")).flatMap((step) => {
      if (!file.string(step, "uses")?.startsWith("docker/build-push-action")) return [];
      const context = (file.string(step, "with", "context") ?? ".").replace(/^\{\{.*\}\}#?:?/, "");
      const written = file.string(step, "with", "file");
      const dockerfile = posix.normalize(written ?? posix.join(context, "Dockerfile"));
      const tags = (file.string(step, "with", "tags") ?? "").split(/[\s,]+/);
      return tags.flatMap((tag) => {
        const image = repositoryOf(tag.replace(/:\$\{\{.*$/, ""));
        return image === null
          ? []
          : [
              {
                image,
                dockerfile,
                path,
                line: file.lineOf(step),
                says: `CI builds ${dockerfile} as ${image}`,
              },
            ];
      });
    }),
  );
}

function builds(piece: ShellPiece, paths: ReadonlySet<string>): ImageName[] {
  return dockerCommands(piece.script).flatMap((command) => {
    if (command.kind !== "build") return [];
    const dockerfiles = [...new Set([piece.cwd, ""])].flatMap((cwd) => {
      if (cwd === null) return [];
      const path =
        command.file === null
          ? posix.join(cwd, command.context, "Dockerfile")
          : posix.join(cwd, command.file);
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
