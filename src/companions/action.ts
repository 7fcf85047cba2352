import { posix } from "node:path";
import stripJsonComments from "strip-json-comments";
import type { FileTree } from "../file-tree.ts";
import { CompanionError } from "./errors.ts";
import { YamlFile } from "./yaml.ts";

/** A file that says how a Dockerfile is used, other than by compose. */
export interface DockerfileUse {
  readonly kind: "action" | "devcontainer";
  /** The file that says so. */
  readonly path: string;
  /** The Dockerfile, relative to the tree's root. */
  readonly dockerfile: string;
}

/** The action.yml that makes this Dockerfile a GitHub container action, which the runner starts as root. */
export async function isContainerAction(tree: FileTree, dockerfile: string): Promise<string | null> {
  return (await useOf(tree, dockerfile, "action"))?.path ?? null;
}

/** The devcontainer.json that builds this Dockerfile, or the folder that makes it one: a compose file may stand between. */
export async function isDevContainer(tree: FileTree, dockerfile: string): Promise<string | null> {
  const folder = EDITOR_PLACES.exec(posix.normalize(dockerfile))?.[1];
  return (await useOf(tree, dockerfile, "devcontainer"))?.path ?? folder ?? null;
}

async function useOf(
  tree: FileTree,
  dockerfile: string,
  kind: DockerfileUse["kind"],
): Promise<DockerfileUse | null> {
  const wanted = posix.normalize(dockerfile);
  return (await dockerfileUses(tree)).find((use) => use.kind === kind && use.dockerfile === wanted) ?? null;
}

const usesOfTree = new WeakMap<FileTree, Promise<readonly DockerfileUse[]>>();

/** Read once for a tree, however many Dockerfiles it has. */
export function dockerfileUses(tree: FileTree): Promise<readonly DockerfileUse[]> {
  let uses = usesOfTree.get(tree);
  if (!uses) usesOfTree.set(tree, (uses = findUses(tree)));
  return uses;
}

async function findUses(tree: FileTree): Promise<DockerfileUse[]> {
  const uses: DockerfileUse[] = [];
  for (const { path, size } of await tree.list()) {
    const read = ACTION_NAME.test(path) ? readAction : DEVCONTAINER_NAME.test(path) ? readDevContainer : null;
    if (!read || (size ?? 0) > LARGEST_FILE) continue;
    try {
      const use = read(path, new TextDecoder().decode(await tree.read(path)));
      if (use) uses.push(use);
    } catch {
      continue; // an unreadable file says nothing about a Dockerfile
    }
  }
  return uses;
}

/** `runs: {using: docker, image: Dockerfile}`; an image of a registry is `docker://…`. */
export function readAction(path: string, text: string): DockerfileUse | null {
  try {
    const file = new YamlFile(path, text);
    const runs = file.get(file.documents[0], "runs");
    const image = file.string(runs, "image");
    if (file.string(runs, "using")?.toLowerCase() !== "docker" || !image || image.startsWith("docker://"))
      return null;
    return { kind: "action", path, dockerfile: posix.join(posix.dirname(path), image) };
  } catch (error) {
    if (error instanceof CompanionError) return null;
    throw error;
  }
}

export function readDevContainer(path: string, text: string): DockerfileUse | null {
  if (text.length > LARGEST_FILE) return null;
  const root = parseJsonWithComments(text);
  const written = field(field(root, "build"), "dockerfile") ?? field(root, "dockerFile");
  if (typeof written !== "string" || written === "") return null;
  return { kind: "devcontainer", path, dockerfile: posix.join(posix.dirname(path), written) };
}

function parseJsonWithComments(text: string): unknown {
  try {
    return JSON.parse(stripJsonComments(text.replace(/^\uFEFF/, ""), { trailingCommas: true }));
  } catch {
    return null; // not JSON: it names no Dockerfile
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

const ACTION_NAME = /(?:^|\/)action\.ya?ml$/;
const DEVCONTAINER_NAME = /(?:^|\/)(?:\.devcontainer\.json|\.devcontainer\/(?:[^/]+\/)?devcontainer\.json)$/;
/** Sources: containers.dev/implementors/spec, codesandbox.io/docs (environment), gitpod.io/docs (workspace image). */
const EDITOR_PLACES = /^((?:.*\/)?(?:\.devcontainer|\.codesandbox)(?=\/)|(?:.*\/)?\.gitpod\.Dockerfile$)/i;
const LARGEST_FILE = 200_000;
