import { parseShell, type ShellScript } from "../shell/index.ts";
import { readEnvFile } from "./env-files.ts";
import { CompanionError } from "./errors.ts";
import { type HclBody, type HclValue, readHcl } from "./hcl.ts";
import { parseIni, unquoted } from "./ini.ts";
import { SourceText } from "./source-text.ts";
import { YamlFile, type YamlNode } from "./yaml.ts";

/** A value in a file of whatever format: a scalar of data, a string of a program, a word of a script. */
export interface FileValue {
  readonly value: string;
  /** 1-based, where it begins. */
  readonly line: number;
  /** The key, argument or property that it is for; null where it has none. */
  readonly name: string | null;
  /** A number that goes with it, as in `connect("web", 80)`. */
  readonly beside: number | null;
}

/** Formats whose values can be told apart from comments and prose. */
export function hasValues(path: string): boolean {
  return READERS.some(({ name }) => name.test(path));
}

/** Every value of the file; none where its format is not understood, or it is broken. */
export async function fileValues(path: string, text: string): Promise<FileValue[]> {
  const reader = READERS.find(({ name }) => name.test(path));
  try {
    return reader ? await reader.read(path, text) : [];
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

async function program(path: string, text: string): Promise<FileValue[]> {
  const [{ loadGrammars }, { grammarOf }, { sourceValues }] = await Promise.all([
    import("./source/grammar.ts"),
    import("./source/files.ts"),
    import("./source/values.ts"),
  ]);
  const grammar = grammarOf(path);
  const parsed = grammar === null ? null : (await loadGrammars())(grammar, text);
  return parsed ? sourceValues(parsed) : [];
}

/** JSON too. What describes objects of Kubernetes is read as that: names there are those of Services. */
function yaml(path: string, text: string): FileValue[] {
  const file = new YamlFile(path, text);
  const values: FileValue[] = [];
  const read = (node: YamlNode | null, name: string | null, depth: number): void => {
    if (depth > 40) return;
    const scalar = file.scalar(node);
    if (scalar) values.push({ value: scalar.value, line: scalar.line, name, beside: null });
    else if (node) {
      const entries = file.entries(node);
      for (const [key, { value }] of entries) read(file.follow(value), key, depth + 1);
      if (entries.size === 0) for (const item of file.items(node)) read(item, name, depth + 1);
    }
  };
  for (const document of file.documents) {
    if (file.get(document, "apiVersion") === null || file.get(document, "kind") === null)
      read(document, null, 0);
  }
  return values;
}

async function toml(path: string, text: string): Promise<FileValue[]> {
  const { readToml } = await import("./toml.ts");
  return readToml(path, text).map(({ keys, value, line }) => ({
    value: String(value ?? ""),
    line,
    name: keys.findLast((key) => typeof key === "string") ?? null,
    beside: null,
  }));
}

async function hcl(path: string, text: string): Promise<FileValue[]> {
  const values: FileValue[] = [];
  const read = ({ text: value, line, items, entries }: HclValue, name: string | null): void => {
    if (value !== null) values.push({ value, line, name, beside: null });
    for (const item of items) read(item, name);
    for (const entry of entries) read(entry.value, entry.name);
  };
  const readBody = ({ attributes, blocks }: HclBody): void => {
    for (const attribute of attributes) read(attribute.value, attribute.name);
    for (const block of blocks) readBody(block.body);
  };
  const body = await readHcl(path, text);
  if (body) readBody(body);
  return values.sort((a, b) => a.line - b.line);
}

function ini(path: string, text: string): FileValue[] {
  const source = new SourceText(path, text);
  return parseIni(text).map((entry) => ({
    value: unquoted(entry).value,
    line: source.lineAt(entry.start),
    name: entry.key,
    beside: null,
  }));
}

function env(path: string, text: string): FileValue[] {
  return readEnvFile(path, text).map(({ name, value, line }) => ({ value, line, name, beside: null }));
}

function shell(path: string, text: string): FileValue[] {
  return scriptValues(parseShell({ text, toSource: (offset) => offset }, {}), new SourceText(path, text));
}

/** Words, values of variables, and what redirects open or bring along. */
export function scriptValues({ commands }: ShellScript, source: SourceText): FileValue[] {
  return commands.flatMap(({ argv, assignments, redirects }) => {
    const numbers = argv.map(({ value }) => (/^\d{1,5}$/.test(value ?? "") ? Number(value) : null));
    return [
      ...argv.map(({ raw, value, start }, index) => ({
        value: value ?? raw.replace(/^["']|["']$/g, ""),
        line: source.lineAt(start),
        name: null,
        beside: numbers[index + 1] ?? null,
      })),
      ...[
        ...assignments.map(({ name, value }) => ({ name, word: value })),
        ...redirects.map(({ target }) => ({ name: null, word: target })),
      ].map(({ name, word: { value, raw, start } }) => ({
        value: value ?? raw.replace(/^["']|["']$/g, ""),
        line: source.lineAt(start),
        name,
        beside: null,
      })),
    ];
  });
}

const READERS: readonly {
  readonly name: RegExp;
  readonly read: (path: string, text: string) => FileValue[] | Promise<FileValue[]>;
}[] = [
  { name: /\.(?:[cm]?[jt]sx?|py|go|rb|php|java|kt|cs|rs)$/, read: program },
  { name: /\.(?:sh|bash)$/, read: shell },
  { name: /\.(?:ya?ml|json)$/, read: yaml },
  { name: /\.toml$/, read: toml },
  { name: /\.(?:tf|hcl|nomad)$/, read: hcl },
  { name: /\.(?:ini|cfg|properties)$/, read: ini },
  { name: /(?:^|\/)\.env(?:\.[\w.-]+)?$|\.env$/, read: env },
];
