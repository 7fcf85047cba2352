import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { authorities } from "./authorities.ts";
import type { PlacedService } from "./compose-index.ts";
import { SourceText } from "./source-text.ts";
import { treeText } from "./tree-text.ts";
import type { PortSite, Span } from "./types.ts";

/** A file of `NAME=value` lines that compose reads. */
export interface EnvFile {
  readonly path: string;
  /** `env_file`: the container gets its variables. */
  readonly given: boolean;
  /** `.env`: compose fills in `${…}` with it. What is neither is an example that people copy. */
  readonly fillsIn: boolean;
  readonly variables: readonly EnvVariable[];
}

export interface EnvVariable extends Span {
  readonly name: string;
  /** Without quotes; `start`/`end` cover it. */
  readonly value: string;
  readonly line: number;
}

export function readEnvFile(path: string, text: string): EnvVariable[] {
  const source = new SourceText(path, text);
  return [...text.matchAll(LINE)].map((match) => {
    const { name, quoted, plain } = match.groups!;
    const value = quoted ?? plain!.replace(/\s+#.*$/, "").trimEnd();
    const [start] = match.indices!.groups![quoted === undefined ? "plain" : "quoted"]!;
    return { name: name!, value, ...source.at({ start, end: start + value.length }) };
  });
}

/** The env files of these services, and those beside their compose files; texts are noted for edits. */
export async function envFilesOf(
  tree: FileTree,
  services: readonly PlacedService[],
  texts: Map<string, string>,
): Promise<EnvFile[]> {
  const folders = [...new Set(services.map(({ file }) => posix.dirname(file)))];
  const given = new Set(services.flatMap(({ envFiles = [] }) => envFiles));
  const fillingIn = new Set(folders.map((folder) => posix.join(folder, ".env")));
  const examples = folders.flatMap((folder) => EXAMPLES.map((name) => posix.join(folder, name)));
  const found: EnvFile[] = [];
  for (const path of new Set([...given, ...fillingIn, ...examples])) {
    const text = await treeText(tree, path);
    if (text === null) continue;
    if (!texts.has(path)) texts.set(path, text);
    const variables = readEnvFile(path, text);
    found.push({ path, given: given.has(path), fillsIn: fillingIn.has(path), variables });
  }
  return found;
}

/** Values of other services' env files that name one of these services: `API_URL=http://api:80`. */
export function envFileSites(
  files: readonly EnvFile[],
  texts: ReadonlyMap<string, string>,
  names: ReadonlySet<string>,
): PortSite[] {
  return files.flatMap(({ path, variables }) => {
    const source = new SourceText(path, texts.get(path)!);
    return variables.flatMap(({ name, value, start }) =>
      authorities(value).flatMap((found) => {
        if (found.port === null || !names.has(found.host)) return [];
        const implied = found.written ? {} : { implied: { before: ":", after: "" } };
        const span = { start: start + found.start, end: start + found.end };
        const about = { role: "reach", kind: "env", says: `${name}=${value}`, host: found.host } as const;
        return [source.site(span, found.port, { ...about, ...implied })];
      }),
    );
  });
}

const EXAMPLES = [".env.example", ".env.sample", ".env.dist", ".env.template", "example.env", "sample.env"];
const LINE =
  /^[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?:(?<quote>["'])(?<quoted>[^"'\r\n]*)\k<quote>|(?<plain>[^\r\n]*))/dgm;
