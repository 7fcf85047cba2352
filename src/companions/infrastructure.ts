import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import type { PortPlace } from "./deployment.ts";
import { fileValues, hasValues } from "./file-values.ts";
import { portNumber } from "./source-text.ts";
import { isForeign, treeText } from "./tree-text.ts";

const placesOfTree = new WeakMap<FileTree, Promise<readonly PortPlace[]>>();

/**
 * `container_port = 80` in Terraform, CDK and Pulumi programs in whose project the Dockerfile stands. What they mean
 * nobody can be sure of here: good for advice, never for a change.
 */
export async function infrastructure(tree: FileTree, dockerfile: string): Promise<PortPlace[]> {
  let places = placesOfTree.get(tree);
  if (!places) placesOfTree.set(tree, (places = readInfrastructure(tree)));
  const found = await places;
  if (found.length === 0) return [];
  const paths = (await tree.list()).map(({ path }) => path);
  const root = paths
    .filter((path) => PROJECT.test(path) && holds(posix.dirname(path), dockerfile))
    .map((path) => posix.dirname(path))
    .sort((one, other) => other.length - one.length)[0];
  const own = posix.dirname(dockerfile);
  return found.filter(({ path }) => {
    if (own !== "." && holds(own, path)) return false;
    if (DECLARATION.test(path)) return holds(posix.dirname(posix.dirname(path)), dockerfile);
    return root !== undefined && holds(root, path);
  });
}

function holds(folder: string, path: string): boolean {
  return folder === "." || path.startsWith(`${folder}/`);
}

async function readInfrastructure(tree: FileTree): Promise<PortPlace[]> {
  const paths = (await tree.list()).filter(({ mode }) => mode !== "symlink").map(({ path }) => path);
  const roots = paths
    .filter((path) => PROJECT.test(path))
    .map((path) => path.slice(0, path.lastIndexOf("/") + 1));
  const files = paths
    .filter((path) => !isForeign(path))
    .filter(
      (path) => DECLARATION.test(path) || (PROGRAM.test(path) && roots.some((root) => path.startsWith(root))),
    );
  const found: PortPlace[] = [];
  for (const path of files.slice(0, MOST_FILES)) {
    const text = await treeText(tree, path);
    if (text === null || !MENTION.test(text)) continue;
    for (const { name, value, line } of await valuesOf(path, text)) {
      const port = portNumber(value);
      if (port !== null && name !== null && CONTAINER_PORT.test(name))
        found.push({ path, line, port, says: `${name}: ${port}` });
    }
  }
  return found;
}

interface Named {
  readonly name: string | null;
  readonly value: string;
  readonly line: number;
}

/** Bicep and F# have no parser here: what they say is read line by line. */
async function valuesOf(path: string, text: string): Promise<readonly Named[]> {
  if (hasValues(path)) return fileValues(path, text);
  return text.split("\n").flatMap((written, index) => {
    const { name, value } = ASSIGNMENT.exec(written)?.groups ?? {};
    return name !== undefined && value !== undefined ? [{ name, value, line: index + 1 }] : [];
  });
}

const PROJECT = /(?:^|\/)(?:Pulumi\.ya?ml|cdk\.json|cdktf\.json|sst\.config\.[jt]s)$/;
const DECLARATION = /\.(?:tf|tf\.json|bicep)$/;
const PROGRAM = /\.(?:[cm]?[jt]s|py|go|cs|java|fs|ya?ml)$/;
/** A cheap look before a file is parsed. */
const MENTION = /(?:container|target|internal|app)_?port/i;
const CONTAINER_PORT = /(?:^|[a-z_])(?:container_?ports?|target_?port|internal_?port|app_?port)$/i;
const ASSIGNMENT = /^\s*(?<name>\w+)["']?\s*[:=]\s*(?<value>\d{1,5})\b/;
const MOST_FILES = 800;
