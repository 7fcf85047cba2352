import { posix } from "node:path";
import { HOLE } from "../interpolation.ts";
import type { Node, Parsed } from "./grammar.ts";
import { asCall, callOf, isExpression, keyText, receiverOf, unwrap, type Call } from "./syntax.ts";
import { concat, isKnown, joined, literal, made, SOURCE_ROOT, UNKNOWN, type Value } from "./value.ts";

/** Works out what expressions of one file are, as far as its own constants tell. */
export class Evaluator {
  /** The file, relative to the folder whose source is read. */
  private readonly path: string;
  private readonly parsed: Parsed;
  private constants: ReadonlyMap<string, readonly Constant[]> | null = null;
  private readonly working = new Set<string>();
  private steps = 0;

  constructor(path: string, parsed: Parsed) {
    this.path = path;
    this.parsed = parsed;
  }

  evaluate(expression: Node): Value {
    if (++this.steps > MOST_STEPS) return UNKNOWN;
    const node = unwrap(expression);
    const kind = String(node.kind());
    if (STRINGS.test(kind)) return this.string(node);
    if (NUMBERS.has(kind)) return literal(node.text(), node.range().start.index);
    if (NAMES.has(kind)) return this.name(node.text());
    if (ACCESSES.has(kind)) return this.access(node);
    if (OPERATIONS.has(kind)) return this.operation(node);
    if (CHOICES.has(kind)) return this.choice(node);
    if (LASTS.has(kind)) return this.evaluate(node.children().findLast(isExpression) ?? node);
    if (kind === "macro_invocation") return this.macro(node);
    const call = asCall(node);
    return call ? this.call(call) : UNKNOWN;
  }

  /** Rust's `format!("{dir}/{}", name)`. */
  private macro(node: Node): Value {
    const tokens = node.children().find((child) => child.kind() === "token_tree");
    const [format, ...args] = tokens?.children().filter(isExpression) ?? [];
    if (!format || !node.text().startsWith("format!")) return UNKNOWN;
    const names = [...this.string(format).text.matchAll(PLACES)].map((match) => match[1]!);
    const placed = names.filter((name) => name === "").length;
    let next = 0;
    const values = names.map((name) => {
      if (name !== "") return this.name(name);
      return args.length === placed ? this.evaluate(args[next++]!) : UNKNOWN;
    });
    return formatted(this.string(format), values, PLACES);
  }

  /** What was assigned to a name anywhere in the file. */
  assigned(): ReadonlyMap<string, readonly Constant[]> {
    return (this.constants ??= constantsOf(this.parsed));
  }

  private string(node: Node): Value {
    const parts: Value[] = [];
    const children = node.children();
    if (!children.some((child) => child.isNamed())) {
      const text = node.text();
      const opening = /^[@$]?["'`]/.exec(text)?.[0].length ?? 0;
      return literal(text.slice(opening, opening === 0 ? undefined : -1), node.range().start.index + opening);
    }
    for (const child of children) {
      const kind = String(child.kind());
      if (
        kind === "string_start" ||
        kind === "string_end" ||
        kind === "interpolation_start" ||
        !child.isNamed()
      )
        continue;
      if (CONTENTS.test(kind)) parts.push(literal(child.text(), child.range().start.index));
      else if (STRINGS.test(kind)) parts.push(this.string(child));
      else if (kind === "escape_sequence" || kind === "string_escape_sequence")
        parts.push(made(child.text().replace(/^\\([\\/"'])$/, "$1")));
      else {
        const inner = INTERPOLATIONS.has(kind)
          ? child.children().find((one) => isExpression(one) && one.kind() !== "interpolation_brace")
          : child;
        parts.push(inner ? this.evaluate(inner) : UNKNOWN);
      }
    }
    return parts.length === 0 ? made("") : concat(parts);
  }

  private name(written: string): Value {
    if (FILE_NAMES.has(written)) return made(posix.join(SOURCE_ROOT, this.path));
    if (FOLDER_NAMES.has(written)) return made(posix.join(SOURCE_ROOT, posix.dirname(this.path)));
    const name = written.replace(/^\$/, "");
    if (this.working.has(name)) return UNKNOWN;
    this.working.add(name);
    const values = (this.assigned().get(name) ?? []).slice(0, MOST_ASSIGNMENTS).map(({ node, variable }) => {
      const value = node ? this.evaluate(node) : UNKNOWN;
      return variable === null ? value : { ...value, variable };
    });
    this.working.delete(name);
    const known =
      values.find((value) => isKnown(value) && value.text !== "") ??
      values.find((value) => value.text !== HOLE && value.text !== "") ??
      values.find((value) => value.variable !== null);
    if (!known) return UNKNOWN;
    // `port := os.Getenv("PORT"); if port == "" { port = "80" }`
    const variable = values.find((value) => value.variable !== null)?.variable ?? null;
    return known.variable === null && variable !== null ? { ...known, variable } : known;
  }

  private access(node: Node): Value {
    const text = node.text();
    if (text.length > 200) return UNKNOWN;
    const variable = ENVIRONMENT.exec(text)?.groups;
    if (variable) return made(HOLE, variable.dotted ?? variable.indexed ?? null);
    if (text === "import.meta.url" || text === "import.meta.filename") return this.name("__filename");
    if (text === "import.meta.dirname") return this.name("__dirname");
    if (/\.root$/.test(text) && text.startsWith("Rails")) return made(".");
    const receiver = receiverOf(node);
    if (text.endsWith(".parent") && receiver) return folderOf(this.evaluate(receiver));
    const key = /(?:\.|\[["'])(?<key>\w+)(?:["']\])?$/.exec(text.replace(/->|::|\?\./g, "."))?.groups?.key;
    return key === undefined ? UNKNOWN : this.name(key);
  }

  /** `a + b`, `a . b`, `path / "x"`, `a || b`. */
  private operation(node: Node): Value {
    const [left, right] = node.children().filter(isExpression);
    if (!left || !right) return UNKNOWN;
    const operator =
      node
        .children()
        .find((child) => !isExpression(child))
        ?.text() ?? "+";
    if (FALLBACKS.has(operator)) return fallback(this.evaluate(left), () => this.evaluate(right));
    if (operator === "+" || operator === ".") return concat([this.evaluate(left), this.evaluate(right)]);
    if (operator === "/") return joined([this.evaluate(left), this.evaluate(right)], true);
    if (operator === "%") return formatted(this.evaluate(left), [this.evaluate(right)]);
    return UNKNOWN;
  }

  /** `process.env.PORT ? process.env.PORT : 80`, `a if b else c`. */
  private choice(node: Node): Value {
    const branches = node
      .children()
      .filter(isExpression)
      .map((child) => this.evaluate(child));
    const known = branches.findLast((value) => isKnown(value) && value.text !== "");
    const variable = branches.find((value) => value.variable !== null)?.variable ?? null;
    return known ? { ...known, variable: known.variable ?? variable } : made(HOLE, variable);
  }

  private call({ node, callee, receiver, args }: Call): Value {
    const value = (index: number): Value => (args[index] ? this.evaluate(args[index].value) : UNKNOWN);
    const last = callee.slice(callee.lastIndexOf(".") + 1).replace(/^.*(?:::|->)/, "");
    if (ENVIRONMENT_CALLS.test(callee)) return this.environmentCall(node, args, value);
    if (STARTS_IN_CWD.has(callee)) return made(".");
    if (TEMPORARY.test(callee)) return made("/tmp", "TMPDIR");
    if (APP_FOLDERS[callee] !== undefined)
      return joined([made(APP_FOLDERS[callee]), ...(args.length ? [value(0)] : [])], false);
    if (FORMATS.test(callee))
      return formatted(
        value(0),
        args.slice(1).map((_, index) => value(index + 1)),
      );
    if (last === "dirname") return folderOf(value(0));
    if (last === "URL" && args.length === 2) return joined([folderOf(value(1)), value(0)], true);
    if (last === "expand_path" && args.length === 2) return joined([value(1), value(0)], true);
    if (JOINS.test(callee) && args.length > 0)
      return joined(
        args.map((_, index) => value(index)),
        ABSOLUTE_WINS.test(callee),
      );
    if (JOINED_TO.has(last) && receiver && args.length > 0) {
      return joined([this.evaluate(receiver), ...args.map((_, index) => value(index))], true);
    }
    if (KEEPS_ARGUMENT.test(callee) && args.length > 0) return value(0);
    if (ADDRESSES.test(callee) && args.length > 0) return value(args.length - 1);
    if (INSTEAD.test(last) && receiver) return fallback(this.evaluate(receiver), () => value(0));
    if (FLAGS.test(callee) && args.length > 1) return value(1);
    if (KEEPS_RECEIVER.has(last) && receiver) return this.evaluate(receiver);
    return UNKNOWN;
  }

  /** `os.environ.get("PORT", 80)`, `getEnv("PORT", "80")`, `ENV.fetch("PORT") { 80 }`. */
  private environmentCall(node: Node, args: Call["args"], value: (index: number) => Value): Value {
    const name = value(0);
    if (!isKnown(name) || !/^\w+$/.test(name.text)) return UNKNOWN;
    const byName = args.findIndex((argument) => argument.name === "default");
    const index = byName === -1 ? 1 : byName;
    if (index < args.length) return { ...value(index), variable: name.text };
    const block = node.field("block")?.children().find(isExpression);
    const fallen = block?.kind() === "block_body" ? block.children().find(isExpression) : block;
    return fallen ? { ...this.evaluate(fallen), variable: name.text } : made(HOLE, name.text);
  }
}

function fallback(left: Value, right: () => Value): Value {
  if (isKnown(left) && left.variable === null) return left;
  const other = right();
  return { ...other, variable: left.variable ?? other.variable };
}

function folderOf(value: Value): Value {
  return value.text === HOLE ? UNKNOWN : made(posix.dirname(value.text), value.variable);
}

function formatted(format: Value, args: readonly Value[], places = /%[-+0-9.]*[a-zA-Z]|\{\w*\}/g): Value {
  const parts: Value[] = [];
  let from = 0;
  let next = 0;
  for (const match of format.text.matchAll(places)) {
    parts.push(slice(format, from, match.index), args[next++] ?? UNKNOWN);
    from = match.index + match[0].length;
  }
  return concat([...parts, slice(format, from, format.text.length)]);
}

function slice(value: Value, start: number, end: number): Value {
  return { text: value.text.slice(start, end), at: value.at.slice(start, end), variable: null };
}

function constantsOf(parsed: Parsed): Map<string, Constant[]> {
  const constants = new Map<string, Constant[]>();
  const add = (name: string, node: Node | null, variable: string | null = null): void => {
    const known = constants.get(name);
    if (known) known.push({ node, variable });
    else if (constants.size < MOST_CONSTANTS) constants.set(name, [{ node, variable }]);
  };
  for (const node of parsed.find(ASSIGNMENTS)) {
    const parts = node.children().filter(isExpression);
    const left =
      node.field("left") ?? node.field("name") ?? parts.find((part) => TARGETS.test(String(part.kind())));
    const right = node.field("right") ?? node.field("value") ?? parts.at(-1);
    if (!left || !right || left.range().start.index === right.range().start.index) continue;
    if (left.kind() === "object_pattern") {
      if (right.text() === "process.env") for (const part of left.children()) addPicked(part, add);
      continue;
    }
    const name = /(?<name>\w+)["'\]\s]*$/.exec(left.text().slice(0, 200))?.groups?.name;
    if (name !== undefined) add(name, unlisted(right));
  }
  // Python's options: `add_argument("--port", default=80)`, `@click.option("--port", default=80)`.
  for (const name of parsed.find(["identifier"], "^(?:add_argument|option)$")) {
    const args = callOf(name)?.args ?? [];
    const option = args.map(({ value }) => /^["']--([\w-]+)["']$/.exec(value.text())?.[1]).find((one) => one);
    const fallback = args.find((argument) => argument.name === "default");
    if (option !== undefined && fallback) add(option.replaceAll("-", "_"), fallback.value);
  }
  for (const pair of parsed.find(["pair"])) {
    const key = pair.field("key");
    const value = pair.field("value");
    if (key && value) add(keyText(key), value);
  }
  return constants;
}

/** `const { PORT = 80, HOST } = process.env`. */
function addPicked(part: Node, add: (name: string, node: Node | null, variable: string) => void): void {
  const kind = part.kind();
  if (kind === "shorthand_property_identifier_pattern") add(part.text(), null, part.text());
  if (kind !== "object_assignment_pattern") return;
  const name = part.field("left")?.text();
  if (name !== undefined) add(name, part.field("right"), name);
}

/** Go assigns lists; one name gets one value. */
function unlisted(node: Node): Node | null {
  return node.kind() === "expression_list" ? (node.children().find(isExpression) ?? null) : node;
}

/** What was assigned to a name, and the environment variable that decides whether it holds. */
export interface Constant {
  readonly node: Node | null;
  readonly variable: string | null;
}

const MOST_STEPS = 20_000;
const MOST_ASSIGNMENTS = 4;
const MOST_CONSTANTS = 5000;
const STRINGS =
  /^(?:(?:interpreted_|raw_|verbatim_)?string(?:_literal)?|template_string|encapsed_string|concatenated_string|interpolated_string_expression|chained_string|character_literal|text_block)$/;
const CONTENTS = /(?:_content|_fragment|^string_value|^character)$/;
const INTERPOLATIONS = new Set(["interpolation", "template_substitution", "interpolated_expression"]);
const NUMBERS = new Set(["number", "integer", "int_literal", "decimal_integer_literal", "integer_literal"]);
const NAMES = new Set([
  "identifier",
  "property_identifier",
  "constant",
  "name",
  "variable_name",
  "simple_identifier",
  "field_identifier",
  "file",
]);
const ACCESSES = new Set([
  "member_expression",
  "subscript_expression",
  "attribute",
  "subscript",
  "selector_expression",
  "index_expression",
  "member_access_expression",
  "element_access_expression",
  "element_reference",
  "navigation_expression",
  "field_access",
  "class_constant_access_expression",
  "scoped_property_access_expression",
  "scope_resolution",
]);
const OPERATIONS = new Set([
  "binary_expression",
  "binary_operator",
  "boolean_operator",
  "binary",
  "elvis_expression",
  "additive_expression",
  "null_coalescing_expression",
]);
const CHOICES = new Set(["ternary_expression", "conditional_expression", "conditional"]);
const FALLBACKS = new Set(["||", "??", "or", "?:"]);
const ENVIRONMENT =
  /^(?:process\.env|Bun\.env|import\.meta\.env|os\.environ|environ|ENV|\$_ENV|\$_SERVER)(?:\??\.(?<dotted>\w+)|\[["'](?<indexed>\w+)["']\])!?$/;
const ENVIRONMENT_CALLS =
  /(?:^|\.|::)(?:getenv|get_env|environ\.get|ENV\.fetch|Deno\.env\.get|getProperty|GetEnvironmentVariable|(?:get|must|lookup)?Env(?:Or|Default|OrDefault|Var|String|Int|With\w+)?|env(?:\.(?:int|str|get|bool)|::var(?:_os)?)?|envOr\w*|config\.get)$/i;
const FILE_NAMES = new Set(["__filename", "__file__", "__FILE__"]);
const FOLDER_NAMES = new Set(["__dirname", "__DIR__", "__dir__"]);
const STARTS_IN_CWD = new Set([
  "process.cwd",
  "Rails.root",
  "os.getcwd",
  "getcwd",
  "Path.cwd",
  "pathlib.Path.cwd",
  "os.Getwd",
  "Dir.pwd",
  "Deno.cwd",
]);
/** Where the language puts temporary files, as long as no variable says otherwise. */
const TEMPORARY =
  /^(?:os\.TempDir|os\.tmpdir|tmpdir|tempfile\.gettempdir|gettempdir|Dir\.tmpdir|sys_get_temp_dir|(?:std::)?env::temp_dir|Path\.GetTempPath)$/;
/** Laravel's helpers for its own folders. */
const APP_FOLDERS: Readonly<Record<string, string>> = {
  storage_path: "storage",
  public_path: "public",
  base_path: ".",
  database_path: "database",
};
const JOINS =
  /(?:^|\.|::)(?:path(?:\.posix)?\.(?:join|resolve|Join)|os\.path\.join|filepath\.Join|Path\.(?:Combine|of|join)|File\.join|Paths\.get|Path|PurePath|PosixPath|File)$|^(?:join|resolve|path_join)$/;
const ABSOLUTE_WINS = /resolve|os\.path|Path$|Combine/;
const JOINED_TO = new Set(["join", "joinpath", "resolve"]);
const FORMATS = /(?:^|\.)(?:Sprintf|sprintf|String\.format)$/;
const KEEPS_ARGUMENT =
  /^(?:(?:os\.path|path|os|url|fs|filepath|strconv|Integer|Number|Convert|int|Int32|Path|File)\.)?(?:normalizePort|parseInt|Number|String|int|str|Integer|parse|valueOf|toInt|abspath|realpath|normalize|normpath|expanduser|fspath|fileURLToPath|expand_path|Itoa|Atoi|ToInt32|Parse|GetFullPath|Clean|Abs|strval|intval|realPath|Pathname)$|(?:^|::)(?:String|PathBuf|Path|OsString)::(?:from|new)$/;
/** Rust's addresses: the port comes last. */
const ADDRESSES = /(?:^|::)SocketAddr(?:V[46])?::(?:from|new)$/;
const INSTEAD = /^unwrap_or(?:_else)?$/;
/** What its last part is: an address and its port, a function and what it returns. */
const LASTS = new Set(["tuple_expression", "closure_expression"]);
const PLACES = /\{(\w*)(?::[^{}]*)?\}/g;
/** Go's flags: the second argument is what holds where the flag is not given. */
const FLAGS = /^(?:p?flag|kingpin)\.(?:String|Int|Uint)$/;
const KEEPS_RECEIVER = new Set([
  "resolve",
  "absolute",
  "toString",
  "toInt",
  "to_i",
  "to_s",
  "trim",
  "toAbsolutePath",
  "toFile",
  "toPath",
  "normalize",
  "as_posix",
  "expanduser",
  "getAbsolutePath",
  "parse",
  "unwrap",
  "expect",
  "ok",
  "and_then",
  "into",
  "to_string",
  "to_owned",
  "as_str",
  "clone",
]);
const ASSIGNMENTS = [
  "variable_declarator",
  "assignment_expression",
  "assignment",
  "var_spec",
  "const_spec",
  "short_var_declaration",
  "assignment_statement",
  "const_element",
  "property_declaration",
  "public_field_definition",
  "field_definition",
  "property_element",
  "let_declaration",
  "const_item",
  "static_item",
];
const TARGETS = /identifier|variable|name|property/;
