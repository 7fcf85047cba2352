import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { parseExec, parseShell } from "../shell/index.ts";
import { authorities } from "./authorities.ts";
import { isComposePath } from "./compose.ts";
import { composeServices } from "./compose-index.ts";
import type { PortPlace } from "./deployment.ts";
import { dockerfilesOf } from "./dockerfiles.ts";
import { fileValues, type FileValue, hasValues, scriptValues } from "./file-values.ts";
import { SourceText } from "./source-text.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { ComposeService } from "./types.ts";

/**
 * `http://web/`, `web:80` and `connect("web", 80)` in the files of a compose project that runs `web`: they reach the
 * container itself, so its port cannot move without them. Comments and prose call nobody.
 */
export async function serviceCalls(
  tree: FileTree,
  services: readonly (ComposeService & { readonly file: string })[],
): Promise<PortPlace[]> {
  const names = new Set(services.flatMap(namesOf));
  // By place: folders can lie in each other.
  const found = new Map<string, PortPlace>();
  for (const folder of new Set(services.map(({ file }) => posix.dirname(file))))
    for (const { host, ...place } of await callsBelow(tree, folder))
      if (names.has(host)) found.set(`${place.path}:${place.line}:${place.says}`, place);
  return [...found.values()];
}

function namesOf({ name, names = [name] }: ComposeService): string[] {
  return names.map((one) => one.toLowerCase());
}

/** A call of some service of the tree. */
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
  const services = await composeServices(tree);
  const hosts = new Set(services.flatMap(namesOf));
  const compose = new Set(services.map(({ file }) => file));
  const mayCall = mentionOf(hosts);
  const found: Call[] = [];
  let read = 0;
  for (const { path, mode, size } of await tree.list()) {
    if (mode === "symlink" || (size ?? 0) > LARGEST_FILE || !isBelow(path, folder)) continue;
    if (
      !hasValues(path) ||
      isForeign(path) ||
      isComposePath(path) ||
      compose.has(path) ||
      NO_CALLER.test(path)
    )
      continue;
    if (read++ > MOST_FILES) break;
    const text = await treeText(tree, path, LARGEST_FILE);
    if (text !== null && mayCall(text)) found.push(...callsIn(path, await fileValues(path, text), hosts));
  }
  for (const { path, dockerfile } of await dockerfilesOf(tree)) {
    if (!isBelow(path, folder) || !mayCall(dockerfile.text)) continue;
    const source = new SourceText(path, dockerfile.text);
    const values = dockerfile.instructions.flatMap(({ keyword, words, json, body, line }): FileValue[] => {
      if (keyword === "ENV" || keyword === "ARG")
        return words.map(({ value }) => ({ value, line, name: null, beside: null }));
      if (!RUNS.has(keyword)) return [];
      return scriptValues(json ? parseExec(json) : parseShell(body, {}), source);
    });
    found.push(...callsIn(path, values, hosts));
  }
  return found;
}

/**
 * A cheap look whether the text has a name and a port below 1024 side by side, or a URL whose scheme implies one: most
 * files need not be parsed.
 */
function mentionOf(hosts: ReadonlySet<string>): (text: string) => boolean {
  if (hosts.size === 0) return () => false;
  const names = `(?:${[...hosts].map((host) => host.replace(/[^\w-]/g, "\\$&")).join("|")})`;
  const low = "(?:\\d{1,3}|10[0-2]\\d)(?!\\d)";
  const quote = "[\"'`]";
  const together = new RegExp(
    [
      `(?:https?|wss?)://(?:[^\\s/@"'\`]{1,200}@)?${names}(?![\\w.:-])`,
      `(?<![\\w.-])${names}(?::|/|${quote}?[\\s,]+)${low}`,
      `${low}\\s*,\\s*${quote}${names}${quote}`,
    ].join("|"),
    "i",
  );
  const host = new RegExp(`${quote}${names}${quote}`, "i");
  const port = new RegExp(`\\bport\\b${quote}?\\s*(?:=>|[:=])\\s*${low}`, "i");
  return (text) => together.test(text) || (host.test(text) && port.test(text));
}

function callsIn(path: string, values: readonly FileValue[], hosts: ReadonlySet<string>): Call[] {
  const found: Call[] = [];
  for (const { value, line, name, beside } of values) {
    // `image: web:80` is a tag.
    if (name === "image") continue;
    const add = (host: string, port: number, says: string, at = 0): void => {
      if (hosts.has(host) && port < 1024)
        found.push({ host, path, line: line + value.slice(0, at).split("\n").length - 1, port, says });
    };
    if (beside !== null) add(value.toLowerCase(), beside, `${value} ${beside}`);
    for (const { host, port, scheme, start } of authorities(value))
      if (port !== null) add(host, port, `${scheme === null ? "" : `${scheme}://`}${host}`, start);
    for (const { 0: says, 1: host = "", 2: digits, index } of value.matchAll(SOCKET))
      add(host.toLowerCase(), Number(digits), says, index);
  }
  return found;
}

function isBelow(path: string, folder: string): boolean {
  return folder === "." || path.startsWith(`${folder}/`);
}

const RUNS = new Set(["RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"]);
/** What runs outside of the compose project, what locks versions, and what Helm has yet to fill in. */
const NO_CALLER = /(?:^|\/)\.github\/|[-.]lock\.(?:json|ya?ml)$|(?:^|\/)(?:pnpm-lock|templates\/.*)\.ya?ml$/;
/** Bash's way to a socket. */
const SOCKET = /\/dev\/tcp\/([\w.-]+)\/(\d{1,5})/g;
const LARGEST_FILE = 64 * 1024;
const MOST_FILES = 4000;
