import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from "yaml";
import type { Alias, Document, Node, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { CompanionError } from "./errors.ts";
import { SourceText } from "./source-text.ts";
import type { Span } from "./types.ts";

export type YamlNode = ParsedNode | Node;

/**
 * A YAML file as nodes with positions. Nothing is expanded: an alias is followed where it is looked at, so
 * that a file of aliases to aliases costs no more than its text. All scalars are read as strings.
 */
export class YamlFile {
  readonly source: SourceText;
  readonly documents: readonly YamlNode[];
  private readonly targets = new Map<Alias, YamlNode>();
  private readonly merged = new Map<YAMLMap, ReadonlyMap<string, Entry>>();

  constructor(path: string, text: string) {
    this.source = new SourceText(path, text);
    if (text.length > LARGEST_FILE) throw new CompanionError(path, 1, "too large to be read as YAML");
    if (isTooDeep(text)) throw new CompanionError(path, 1, "nested too deeply to be read as YAML");
    this.documents = this.parse(path, text);
  }

  /** What stands there, aliases followed; null where there is nothing. */
  follow(node: unknown): YamlNode | null {
    let at = node;
    for (let hops = 0; isAlias(at); hops++) {
      if (hops > MOST_HOPS) return null;
      at = this.targets.get(at);
    }
    return isScalar(at) || isMap(at) || isSeq(at) ? (at as YamlNode) : null;
  }

  /** The entries of a map by key, merge keys (`<<`) included. */
  entries(node: unknown): ReadonlyMap<string, Entry> {
    const map = this.follow(node);
    if (!isMap(map)) return NO_ENTRIES;
    const known = this.merged.get(map);
    if (known) return known;
    const entries = new Map<string, Entry>();
    this.merged.set(map, entries);
    const parents: unknown[] = [];
    for (const pair of map.items) {
      const key = this.follow(pair.key);
      if (!isScalar(key)) continue;
      const name = String(key.value);
      if (name === "<<" && key.type === "PLAIN") parents.push(pair.value);
      else entries.set(name, { key, value: pair.value as YamlNode | null, pair: pair as Pair });
    }
    for (const parent of parents) {
      const list = this.follow(parent);
      for (const one of isSeq(list) ? list.items : [parent]) {
        for (const [name, entry] of this.entries(one)) if (!entries.has(name)) entries.set(name, entry);
      }
    }
    return entries;
  }

  get(node: unknown, ...keys: string[]): YamlNode | null {
    let at = this.follow(node);
    for (const key of keys) at = this.follow(this.entries(at).get(key)?.value);
    return at;
  }

  /** The items of a sequence; one scalar counts as a sequence of one. */
  items(node: unknown): readonly YamlNode[] {
    const list = this.follow(node);
    if (isSeq(list)) return list.items.map((item) => this.follow(item)).filter((item) => item !== null);
    return isScalar(list) && !isNothing(list) ? [list] : [];
  }

  /** A scalar's value; null for maps, lists and `key:` without a value. */
  scalar(node: unknown): YamlScalar | null {
    const scalar = this.follow(node);
    if (!isScalar(scalar) || isNothing(scalar)) return null;
    return this.locate(scalar);
  }

  string(node: unknown, ...keys: string[]): string | null {
    return this.scalar(this.get(node, ...keys))?.value ?? null;
  }

  lineOf(node: YamlNode): number {
    return this.source.lineAt(node.range?.[0] ?? 0);
  }

  spanOf(node: YamlNode): Span {
    return { start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 };
  }

  private locate(scalar: Scalar): YamlScalar {
    const value = String(scalar.value);
    const range = { start: scalar.range?.[0] ?? 0, end: scalar.range?.[1] ?? 0 };
    const quote = scalar.type === "QUOTE_DOUBLE" || scalar.type === "QUOTE_SINGLE" ? 1 : 0;
    const start = range.start + quote;
    const exact = this.source.text.startsWith(value, start) && start + value.length <= range.end - quote;
    return {
      value,
      range,
      line: this.source.lineAt(range.start),
      span: exact ? { start, end: start + value.length } : null,
    };
  }

  private parse(path: string, text: string): YamlNode[] {
    try {
      const lines = new LineCounter();
      const options = {
        schema: "failsafe",
        uniqueKeys: false,
        logLevel: "silent",
        lineCounter: lines,
      } as const;
      const documents = parseAllDocuments(text, options);
      const nodes: YamlNode[] = [];
      for (const document of Array.isArray(documents) ? documents : []) {
        const problem = document.errors[0];
        if (problem) {
          throw new CompanionError(path, problem.linePos?.[0].line ?? 1, problem.message.split("\n")[0]!);
        }
        this.anchor(document);
        if (document.contents) nodes.push(document.contents);
      }
      return nodes;
    } catch (error) {
      if (error instanceof CompanionError) throw error;
      throw new CompanionError(path, 1, "not readable as YAML", { cause: error });
    }
  }

  /** An alias means the last anchor of its name before it. */
  private anchor(document: Document.Parsed): void {
    const anchors = new Map<string, YamlNode>();
    visit(document, {
      Alias: (_, alias) => {
        const target = anchors.get(alias.source);
        if (target) this.targets.set(alias, target);
      },
      Value: (_, node) => {
        if (node.anchor) anchors.set(node.anchor, node as YamlNode);
      },
    });
  }
}

export interface Entry {
  readonly key: Scalar;
  readonly value: YamlNode | null;
  readonly pair: Pair;
}

export interface YamlScalar {
  readonly value: string;
  /** Quotes included. */
  readonly range: Span;
  /** Where the value stands letter by letter; null for escapes, folded lines and block scalars. */
  readonly span: Span | null;
  readonly line: number;
}

export function isList(node: YamlNode | null): node is YAMLSeq<YamlNode> {
  return isSeq(node);
}

export function isMapping(node: YamlNode | null): node is YAMLMap {
  return isMap(node);
}

function isNothing(scalar: Scalar): boolean {
  return (
    scalar.type === "PLAIN" &&
    (scalar.value === "" || scalar.value === null || /^(?:~|null)$/i.test(String(scalar.value)))
  );
}

/** The parser is recursive, and runs out of stack without an error to catch: look at the depth before. */
function isTooDeep(text: string): boolean {
  const indents: number[] = [];
  let flow = 0;
  let inline = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "[" || char === "{") flow++;
    else if (char === "]" || char === "}") flow = Math.max(0, flow - 1);
    else if ((char === "-" || char === "?") && text[at + 1] === " ") inline++;
    else if (char === "\n") {
      const indent = indentAfter(text, at);
      while (indents.length > 0 && indents.at(-1)! >= indent) indents.pop();
      indents.push(indent);
      inline = 0;
    }
    if (flow > DEEPEST_FLOW || inline > DEEPEST_BLOCK || indents.length > DEEPEST_BLOCK) return true;
  }
  return false;
}

function indentAfter(text: string, newline: number): number {
  let at = newline + 1;
  while (text[at] === " ") at++;
  return at - newline - 1;
}

const NO_ENTRIES: ReadonlyMap<string, Entry> = new Map();
const LARGEST_FILE = 2_000_000;
const DEEPEST_FLOW = 1000;
const DEEPEST_BLOCK = 200;
const MOST_HOPS = 50;
