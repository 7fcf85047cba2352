import { posix } from "node:path";
import { HOLE } from "../interpolation.ts";
import { oneLine, portNumber, SourceText } from "../source-text.ts";
import type { SourceListen, SourceUser, SourceWrite, Span } from "../types.ts";
import { Evaluator } from "./evaluate.ts";
import type { Node, Parsed } from "./grammar.ts";
import type { CallMeaning, Language, Place } from "./meanings.ts";
import { asCall, callOf, isExpression, keyText, pairsOf, unwrap, type Call } from "./syntax.ts";
import { made, SOURCE_ROOT, spanOf, UNKNOWN, type Value, variableAt } from "./value.ts";

export interface FileFacts {
  readonly listens: readonly SourceListen[];
  readonly writes: readonly SourceWrite[];
  readonly users: readonly SourceUser[];
}

/** What one file says. `path` is its path in the tree, `within` the same below the folder that is read. */
export function readFile(
  path: string,
  within: string,
  text: string,
  language: Language,
  parsed: Parsed,
): FileFacts {
  return new Reader(path, within, text, language, parsed).read();
}

class Reader {
  private readonly source: SourceText;
  private readonly language: Language;
  private readonly parsed: Parsed;
  private readonly evaluator: Evaluator;
  private readonly listens: SourceListen[] = [];
  private readonly writes = new Map<string, SourceWrite>();

  constructor(path: string, within: string, text: string, language: Language, parsed: Parsed) {
    this.source = new SourceText(path, text);
    this.language = language;
    this.parsed = parsed;
    this.evaluator = new Evaluator(within, parsed);
  }

  read(): FileFacts {
    this.readCalls();
    this.readPairs();
    this.readAssignments();
    this.readSettings();
    this.readDatabaseUrls();
    return { listens: this.listens, writes: [...this.writes.values()], users: this.users() };
  }

  private readCalls(): void {
    const meanings = new Map<string, CallMeaning[]>();
    for (const meaning of this.language.calls) {
      for (const name of meaning.names) meanings.set(name, [...(meanings.get(name) ?? []), meaning]);
    }
    const names = `^(?:${[...meanings.keys()].join("|")})$`;
    const tests = this.tests();
    for (const name of this.parsed.find(NAME_KINDS, names)) {
      const call = callOf(name);
      const at = name.range().start.index;
      if (!call || tests.some(({ start, end }) => start <= at && at < end)) continue;
      for (const meaning of meanings.get(name.text()) ?? []) this.readCall(call, meaning);
    }
  }

  /** Tests that stand in the file they test. */
  private tests(): Span[] {
    const { tests } = this.language;
    if (!tests) return [];
    return this.parsed
      .find([tests.kind])
      .filter((node) => tests.like.test(node.text()))
      .map((node) => ({ start: node.range().start.index, end: node.range().end.index }));
  }

  private readCall(call: Call, meaning: CallMeaning): void {
    if (meaning.callee && !meaning.callee.test(call.callee)) return;
    if (meaning.when) {
      const written = firstAt(call, meaning.when.at)?.text().slice(0, 200);
      if (!(written === undefined ? meaning.when.absent : meaning.when.like.test(written))) return;
    }
    if (meaning.at.length === 0 && meaning.empty !== undefined)
      this.write(made(meaning.empty), meaning.writes === "directory", call.node, true);
    const node = firstAt(call, meaning.at);
    if (!node) return;
    if (meaning.listens) this.listen(node, call.node, meaning.kind ?? "source");
    else if (meaning.writes) {
      const value = this.destination(node);
      const directory = meaning.writes === "directory";
      if (value.text === "" && meaning.empty !== undefined)
        this.write(made(meaning.empty), directory, call.node, true);
      else this.write(value, directory, call.node);
    }
  }

  private listen(node: Node, whole: Node, kind: string): void {
    const value = this.evaluator.evaluate(portOf(node));
    const digits = PORT.exec(value.text);
    const written = digits?.[1] ?? digits?.[2] ?? "";
    const port = portNumber(written);
    if (digits === null || port === null) {
      const unknown = variableAt(value, value.text.length - 1);
      if (unknown !== null) this.listens.push({ site: null, variable: unknown });
      return;
    }
    const start = digits.index + digits[0].lastIndexOf(written);
    const span = spanOf(value, start, start + written.length);
    if (!span) return;
    const says = this.source.text.slice(whole.range().start.index, whole.range().end.index);
    const variable = variableAt(value, start);
    this.listens.push({
      site: this.source.site(span, port, {
        role: "listen",
        kind,
        says,
        ...(variable !== null && { variable }),
      }),
      variable,
    });
  }

  /** multer's destination may be a function that hands the folder to its callback. */
  private destination(node: Node): Value {
    if (!FUNCTIONS.has(String(node.kind()))) return this.evaluator.evaluate(node);
    for (const name of this.parsed.find(["identifier"], "^(?:cb|callback|done|next)$")) {
      const call = callOf(name);
      const inside =
        name.range().start.index > node.range().start.index &&
        name.range().end.index < node.range().end.index;
      if (call && inside && call.args.length === 2) return this.evaluator.evaluate(call.args[1]!.value);
    }
    return UNKNOWN;
  }

  private write(value: Value, directory: boolean, whole: Node, temporary = false): void {
    const known = cutAtHole(value.text.replace(/^sqlite:\/{0,3}(?=[^/]|\/)|^file:(?!\/\/)|[?].*$/g, ""));
    if (!known || NO_FILE.test(known.path)) return;
    const isDirectory = directory || known.cut;
    const fromSource = known.path.startsWith(SOURCE_ROOT);
    const path = posix
      .normalize(fromSource ? `.${known.path.slice(SOURCE_ROOT.length)}` : known.path)
      .replace(/(.)\/$/, "$1");
    if (path.includes(SOURCE_ROOT) || path.startsWith("..")) return;
    const { start, end } = whole.range();
    const key = `${path}:${isDirectory}:${temporary}`;
    if (this.writes.has(key)) return;
    this.writes.set(key, {
      path,
      directory: isDirectory,
      file: this.source.path,
      line: this.source.lineAt(start.index),
      says: oneLine(this.source.text.slice(start.index, Math.min(end.index, start.index + 300))),
      relativeTo: fromSource ? "source" : "cwd",
      ...(temporary && { temporary }),
    });
  }

  private readPairs(): void {
    for (const meaning of this.language.pairs ?? []) {
      for (const pair of this.parsed.find(["pair"])) {
        const key = pair.field("key");
        const value = pair.field("value");
        const parent = pair.parent();
        if (!key || !value || !parent || keyText(key) !== meaning.key) continue;
        const beside = pairsOf(parent).find(({ name }) => name === meaning.beside);
        if (beside && meaning.like.test(beside.value.text())) {
          this.write(this.evaluator.evaluate(value), meaning.writes === "directory", pair);
        }
      }
    }
  }

  private readAssignments(): void {
    const meanings = this.language.assignments ?? [];
    if (meanings.length === 0) return;
    for (const [name, nodes] of this.evaluator.assigned()) {
      for (const meaning of meanings) {
        if (!meaning.name.test(name)) continue;
        for (const { node } of nodes.slice(0, 3)) {
          if (!node) continue;
          this.write(this.evaluator.evaluate(node), meaning.writes === "directory", node.parent() ?? node);
        }
      }
    }
  }

  private readSettings(): void {
    for (const { path, kind } of this.language.settings ?? []) {
      const nodes =
        path.length === 1
          ? (this.evaluator.assigned().get(path[0]!) ?? []).flatMap(({ node }) => node ?? [])
          : this.parsed
              .find(["pair"])
              .flatMap((pair) => (isAt(pair, path) ? (pair.field("value") ?? []) : []));
      for (const node of nodes) {
        // `bind = ["0.0.0.0:80", "[::]:80"]`
        const several = LISTS.has(String(node.kind())) ? node.children().filter(isExpression) : [node];
        for (const one of several) this.listen(one, node.parent() ?? node, kind);
      }
    }
  }

  /** `user = "www-data"` in Python, `user "www-data", "www-data"` in Ruby. */
  private users(): SourceUser[] {
    const { users } = this.language;
    if (!users) return [];
    const assigned = [...this.evaluator.assigned()]
      .filter(([name]) => users.test(name))
      .flatMap(([, nodes]) => nodes.flatMap(({ node }) => node?.parent() ?? []));
    const called = this.parsed.find(["identifier"], users.source).flatMap((name) => callOf(name)?.node ?? []);
    return [...assigned, ...called].map((node) => {
      const { start, end } = node.range();
      const says = oneLine(node.text());
      return {
        file: this.source.path,
        line: this.source.lineAt(start.index),
        start: start.index,
        end: end.index,
        says,
      };
    });
  }

  /** `sqlite:///data/app.db`, wherever it is said. */
  private readDatabaseUrls(): void {
    if (!this.source.text.includes("sqlite:")) return;
    for (const node of this.parsed.find(STRING_KINDS, "sqlite:/?/?")) {
      const value = this.evaluator.evaluate(node);
      const match = /^sqlite(?:\+\w+)?:(?:\/\/\/)?(?<path>(?!\/\/|:).+)$/.exec(value.text);
      if (match) this.write({ ...value, text: match.groups!.path! }, false, node.parent() ?? node);
    }
  }
}

/** The pair stands at these keys of an outermost object. */
function isAt(pair: Node, path: readonly string[]): boolean {
  let at: Node | null = pair;
  for (const key of path.toReversed()) {
    const written: Node | null = at?.kind() === "pair" ? at.field("key") : null;
    if (!at || !written || keyText(written) !== key) return false;
    at = at.parent()?.parent() ?? null;
  }
  for (; at; at = at.parent()) if (at.kind() === "pair") return false;
  return true;
}

/** The argument at the first of these places that the call has; options of an object count as named. */
function firstAt(call: Call, places: readonly Place[]): Node | null {
  for (const place of places) {
    if (place === "receiver") return call.receiver;
    if (typeof place === "number") {
      const argument = call.args.filter(({ name }) => name === null)[place]?.value;
      if (argument && !OBJECTS.has(String(argument.kind()))) return argument;
      continue;
    }
    for (const argument of call.args) {
      if (argument.name === place) return argument.value;
      const option = OBJECTS.has(String(argument.value.kind()))
        ? pairsOf(argument.value).find(({ name }) => name === place)
        : null;
      if (option) return option.value;
    }
  }
  return null;
}

/** The port of `("0.0.0.0", 80)` and of `new InetSocketAddress(80)`. */
function portOf(node: Node): Node {
  const kind = String(node.kind());
  if (kind === "tuple" || kind === "tuple_expression" || kind === "array" || kind === "list")
    return unwrap(node.children().findLast(isExpression) ?? node);
  const call = asCall(node);
  return call && /InetSocketAddress$/.test(call.callee) && call.args.length > 0
    ? call.args.at(-1)!.value
    : node;
}

/** The known folder of a path that ends in something unknown. */
function cutAtHole(text: string): { path: string; cut: boolean } | null {
  const hole = text.indexOf(HOLE);
  if (hole === -1) return text === "" ? null : { path: text, cut: false };
  const slash = text.lastIndexOf("/", hole);
  if (slash <= 0) return null;
  return { path: text.slice(0, slash), cut: true };
}

const PORT = /^(\d{1,5})$|^(?:[a-z+]+:\/\/)?[^/]*:(\d{1,5})(?:\/|;|$)/i;
const NO_FILE =
  /^(?:-|:memory:|\/dev\/.*|\/proc\/.*|[a-z][a-z0-9+.-]+:\/\/.*|\.|\/|[A-Za-z]:\\.*)$|[\n\r<>|]/i;
const NAME_KINDS = [
  "identifier",
  "property_identifier",
  "field_identifier",
  "type_identifier",
  "name",
  "constant",
  "simple_identifier",
];
const STRING_KINDS = [
  "string",
  "string_literal",
  "interpreted_string_literal",
  "encapsed_string",
  "template_string",
];
const LISTS = new Set(["list", "tuple"]);
const OBJECTS = new Set(["object", "dictionary", "hash"]);
const FUNCTIONS = new Set(["arrow_function", "function_expression", "function", "method_definition"]);
