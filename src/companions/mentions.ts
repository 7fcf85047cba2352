import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { authorities } from "./authorities.ts";
import type { PortPlace } from "./deployment.ts";
import { portNumber, SourceText } from "./source-text.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { ComposeService } from "./types.ts";

const infrastructureOfTree = new WeakMap<FileTree, Promise<readonly PortPlace[]>>();

/**
 * `container_port = 80` in Terraform, Bicep, CDK and Pulumi programs in whose project the Dockerfile stands. What
 * they mean nobody can be sure of here: good for advice, never for a change.
 */
export async function infrastructure(tree: FileTree, dockerfile: string): Promise<PortPlace[]> {
  let places = infrastructureOfTree.get(tree);
  if (!places) infrastructureOfTree.set(tree, (places = readInfrastructure(tree)));
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
    if (text === null) continue;
    const source = new SourceText(path, text);
    for (const match of text.matchAll(CONTAINER_PORT)) {
      const port = portNumber(match[2]!);
      if (port !== null)
        found.push({ path, line: source.lineAt(match.index), port, says: `${match[1]}: ${port}` });
    }
  }
  return found;
}

/**
 * `curl http://web/` and `/dev/tcp/web/80` in the sources of a compose project that runs `web`: they reach the
 * container itself, so its port cannot move without them.
 */
export async function serviceCalls(
  tree: FileTree,
  services: readonly (ComposeService & { readonly file: string })[],
): Promise<PortPlace[]> {
  const low = services.filter(
    ({ ports, reached }) =>
      ports.some(({ target }) => target < 1024) || reached.some(({ port }) => port < 1024),
  );
  if (low.length === 0) return [];
  const names = new Set(
    low.flatMap(({ name, names: all = [name] }) => all).map((name) => name.toLowerCase()),
  );
  // By place: folders can lie in each other.
  const found = new Map<string, PortPlace>();
  for (const folder of new Set(low.map(({ file }) => posix.dirname(file))))
    for (const { host, ...place } of await callsBelow(tree, folder))
      if (names.has(host)) found.set(`${place.path}:${place.line}:${place.says}`, place);
  return [...found.values()];
}

/** A call of any host. */
type Call = PortPlace & { readonly host: string };

const callsOfTree = new WeakMap<FileTree, Map<string, Promise<readonly Call[]>>>();

/** Read once, however many Dockerfiles ask. */
function callsBelow(tree: FileTree, folder: string): Promise<readonly Call[]> {
  const known = callsOfTree.get(tree) ?? new Map<string, Promise<readonly Call[]>>();
  callsOfTree.set(tree, known);
  let calls = known.get(folder);
  if (!calls) known.set(folder, (calls = readCalls(tree, folder)));
  return calls;
}

async function readCalls(tree: FileTree, folder: string): Promise<Call[]> {
  const found: Call[] = [];
  let read = 0;
  for (const { path, mode } of await tree.list()) {
    if (mode === "symlink" || isForeign(path) || !SOURCE.test(path) || !holds(folder, path)) continue;
    if (read++ > MOST_FILES) break;
    const text = await treeText(tree, path, 64 * 1024);
    if (text !== null)
      for (const [index, line] of text.split("\n").entries()) found.push(...callsIn(line, path, index + 1));
  }
  return found;
}

function callsIn(text: string, path: string, line: number): Call[] {
  if (text.length > 1000) return [];
  const found: Call[] = [];
  for (const { host, port, scheme } of authorities(text)) {
    if (port === null || (scheme === null && !/["'\s=]/.test(text))) continue;
    found.push({ host, path, line, port, says: `${scheme === null ? "" : `${scheme}://`}${host}` });
  }
  for (const [says, host = "", digits = ""] of text.matchAll(/\/dev\/tcp\/([\w.-]+)\/(\d{1,5})/g))
    found.push({ host: host.toLowerCase(), path, line, port: Number(digits), says });
  return found;
}

const PROJECT = /(?:^|\/)(?:Pulumi\.ya?ml|cdk\.json|cdktf\.json|sst\.config\.[jt]s)$/;
const DECLARATION = /\.(?:tf|tf\.json|bicep)$/;
const PROGRAM = /\.(?:[cm]?[jt]s|py|go|cs|java|fs|ya?ml)$/;
const SOURCE = /\.(?:sh|bash|[cm]?[jt]sx?|py|go|rb|php|java|kt|cs|toml|ini|properties)$/;
const CONTAINER_PORT =
  /\b(container_?ports?|target_?port|internal_?port|app_?port)\b["']?\)?\s*(?:=>|[:=(])\s*(?:\[\s*)?["']?(?:jsii\.Number\(|pulumi\.Int\()?(\d{1,5})\b/gi;
const MOST_FILES = 800;
