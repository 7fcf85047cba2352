import { YamlFile, type YamlNode } from "./yaml.ts";

/** What stands between `{{` and `}}` where something is put out. */
export interface HelmHole {
  /** Paths below `.Values` that it speaks of: `image.repository`. */
  readonly values: readonly string[];
  /** It puts out just this value, whatever filters dress it. */
  readonly value: string | null;
  /** The expression, without how deep it is indented: the same for what puts out the same. */
  readonly says: string;
}

/** A template of a chart as YAML: what is put out has become names, control structures blank lines. */
export interface HelmTemplate {
  readonly file: YamlFile;
  /** The holes in a text of the YAML. */
  readonly holesIn: (text: string) => readonly HelmHole[];
  /** The text with the value of each hole put in; what is not known becomes `$UNKNOWN`. */
  readonly filledIn: (text: string, value: (path: string) => string | null) => string;
  /** Values that decide about parts of the template, or are put out where no YAML tells what for. */
  readonly elsewhere: readonly string[];
}

/**
 * Reads a template without running it. Lines stay where they are; columns do not. Both branches of a condition are
 * there.
 * @throws {CompanionError} where what is left is no YAML.
 */
export function readHelmTemplate(path: string, text: string): HelmTemplate {
  const holes: HelmHole[] = [];
  const elsewhere: string[] = [];
  /** What `.` is, from the outside inwards: `""` is the root, null is unknown. */
  const scopes: (string | null)[] = [""];
  let out = "";
  let at = 0;
  for (const match of text.matchAll(ACTION)) {
    out += text.slice(at, match.index);
    at = match.index + match[0].length;
    const action = match[1]!.trim();
    const lines = match[0].replace(/[^\n]/g, "");
    const scope = scopes.at(-1)!;
    const paths = valuesIn(action, scope);
    const [, word = ""] = /^(\w+|\/\*|\$\w+)/.exec(action) ?? [];
    if (CONTROL.has(word) || word.startsWith("$") || word === "/*") {
      if (word === "with") scopes.push(pathOf(action.replace(/^with\s+/, ""), scope));
      else if (word === "range" || word === "define" || word === "block") scopes.push(null);
      else if (word === "if") scopes.push(scope);
      else if (word === "end" && scopes.length > 1) scopes.pop();
      if (word !== "with") elsewhere.push(...paths);
      out += lines;
      continue;
    }
    const name = `HOLE${holes.length}X`;
    const says = action.replace(/\s*\|\s*n?indent\s+\d+/g, "");
    holes.push({ values: paths, value: pathOf(action, scope), says });
    const before = out.slice(out.lastIndexOf("\n") + 1);
    const newline = text.indexOf("\n", at);
    const alone = /^\s*$/.test(before) && /^\s*$/.test(text.slice(at, newline < 0 ? undefined : newline));
    if (!alone) out += name + lines;
    else {
      const indent = /\bn?indent\s+(\d+)/.exec(action)?.[1];
      if (indent !== undefined)
        out = out.slice(0, out.length - before.length) + " ".repeat(Math.min(Number(indent), 100));
      out += `${name}: ${name}${lines}`;
    }
  }
  const file = new YamlFile(path, out + text.slice(at));
  const named = (name: string) => holes[Number(/\d+/.exec(name)![0])];
  return {
    file,
    holesIn: (written) => [...written.matchAll(HOLE)].flatMap(([name]) => named(name) ?? []),
    filledIn: (written, value) =>
      written.replace(HOLE, (name) => {
        const path = named(name)?.value ?? null;
        return (path === null ? null : value(path)) ?? "$UNKNOWN";
      }),
    elsewhere,
  };
}

/** Every scalar with its keys; items of lists are `[]`. */
export function* scalarsOf(
  file: YamlFile,
  node: YamlNode | null,
  keys: readonly string[] = [],
): Generator<{ keys: readonly string[]; value: string; line: number }> {
  if (keys.length > 40) return;
  const scalar = file.scalar(node);
  if (scalar) {
    yield { keys, value: scalar.value, line: scalar.line };
    return;
  }
  const entries = file.entries(node);
  for (const [key, { value }] of entries) yield* scalarsOf(file, file.follow(value), [...keys, key]);
  if (entries.size === 0) for (const item of file.items(node)) yield* scalarsOf(file, item, [...keys, "[]"]);
}

/** All paths below `.Values` in an expression; `.` and `.name` are below what `with` has chosen. */
function valuesIn(action: string, scope: string | null): string[] {
  const bare = action.replace(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '""');
  const paths = [...bare.matchAll(/(?:\$|\B)\.Values((?:\.\w+)+)/g)].map((match) => match[1]!.slice(1));
  if (scope === null || scope === "") return paths;
  const own = [...bare.matchAll(/(?<![\w.$)\]])\.((?:\w+(?:\.\w+)*)?)(?![\w.])/g)]
    .filter((match) => !/^(?:Values|Chart|Release|Capabilities|Files|Template)\b/.test(match[1]!))
    .map((match) => (match[1] === "" ? scope : `${scope}.${match[1]}`));
  return [...paths, ...own];
}

/** `.Values.a.b`, with filters that keep what it is: `| default 80 | int | quote`, `toYaml … | nindent 8`. */
function pathOf(action: string, scope: string | null): string | null {
  const [first = "", ...filters] = action.split("|").map((part) => part.trim());
  const kept = filters.every((filter) =>
    /^(?:int|int64|quote|squote|toString|toYaml|trim|n?indent\s+\d+|default\s+\S+)$/.test(filter),
  );
  const operand = first.replace(/^(?:toYaml|int|quote|toString)\s+/, "").replace(/^\((.*)\)$/, "$1");
  if (!kept) return null;
  const global = /^\$?\.Values((?:\.\w+)+)$/.exec(operand)?.[1];
  if (global !== undefined) return global.slice(1);
  const own = /^\.((?:\w+(?:\.\w+)*)?)$/.exec(operand)?.[1];
  if (own === undefined || scope === null || scope === "") return null;
  return own === "" ? scope : `${scope}.${own}`;
}

const ACTION = /\{\{-?\s*((?:"(?:\\.|[^"\\])*"|`[^`]*`|\/\*[^]*?\*\/|[^}"`]|\}(?!\}))*?)\s*-?\}\}/g;
const HOLE = /HOLE\d+X/g;
const CONTROL = new Set(["if", "else", "end", "range", "with", "define", "block", "template"]);
