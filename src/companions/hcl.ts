import { CompanionError } from "./errors.ts";
import type { Node } from "./source/grammar.ts";
import type { Span } from "./types.ts";

/** A file in HashiCorp's language: bake, Nomad, Terraform. Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md */
export interface HclBody {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
}

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  /** 1-based. */
  readonly line: number;
  readonly body: HclBody;
}

/** `name = value` in a body, or an element of an object. */
export interface HclAttribute {
  readonly name: string;
  readonly line: number;
  readonly value: HclValue;
}

export interface HclValue {
  /** The literal, with `${…}` as written; null for what is no literal. */
  readonly text: string | null;
  /** Of a literal's characters, without quotes; null where they are not what the text says. */
  readonly span: Span | null;
  readonly line: number;
  /** Elements of a list, arguments of a function. */
  readonly items: readonly HclValue[];
  /** Elements of an object. */
  readonly entries: readonly HclAttribute[];
}

/**
 * Null where this machine has no parser for it.
 * @throws {CompanionError} where the text is no HCL.
 */
export async function readHcl(path: string, text: string): Promise<HclBody | null> {
  const { loadGrammars } = await import("./source/grammar.ts");
  const parsed = (await loadGrammars())("hcl", text);
  if (!parsed) return null;
  const broken = parsed.find(["ERROR"])[0];
  if (broken) throw new CompanionError(path, lineOf(broken), "not understood as HCL");
  const body = childOf(parsed.root, "body");
  return body ? readBody(body) : { attributes: [], blocks: [] };
}

/** The blocks of a type. */
export function blocksOf(body: HclBody, type: string): HclBlock[] {
  return body.blocks.filter((block) => block.type === type);
}

export function valueOf(body: HclBody, name: string): HclValue | null {
  return body.attributes.find((attribute) => attribute.name === name)?.value ?? null;
}

function readBody(node: Node): HclBody {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  for (const child of node.children()) {
    if (child.kind() === "attribute") attributes.push(readAttribute(child));
    else if (child.kind() === "block") blocks.push(readBlock(child));
  }
  return { attributes, blocks };
}

function readBlock(node: Node): HclBlock {
  const [type, ...labels] = node
    .children()
    .filter((child) => child.kind() === "identifier" || child.kind() === "string_lit");
  const body = childOf(node, "body");
  return {
    type: type!.text(),
    labels: labels.map((label) => label.text().replace(/^"|"$/g, "")),
    line: lineOf(node),
    body: body ? readBody(body) : { attributes: [], blocks: [] },
  };
}

/** `name = value`, and `"name" : value` in an object. */
function readAttribute(node: Node): HclAttribute {
  const [name, value] = node
    .children()
    .filter((child) => child.kind() === "identifier" || child.kind() === "expression");
  return {
    name: name!.text().replace(/^"|"$/g, ""),
    line: lineOf(node),
    value: readValue(value ?? name!),
  };
}

function readValue(node: Node): HclValue {
  const line = lineOf(node);
  const none = { text: null, span: null, line, items: [], entries: [] };
  const kind = String(node.kind());
  if (LITERALS.has(kind)) {
    const { start, end } = node.range();
    const quote = kind === "string_lit" || kind === "quoted_template" ? 1 : 0;
    const text = node.text().slice(quote, quote === 0 ? undefined : -1);
    const plain = !text.includes("\\") && !text.includes("$${");
    return { ...none, text, span: plain ? { start: start.index + quote, end: end.index - quote } : null };
  }
  if (kind === "tuple" || kind === "function_call") return { ...none, items: elements(node) };
  if (kind === "object")
    return {
      ...none,
      entries: node
        .children()
        .filter((child) => child.kind() === "object_elem")
        .map(readAttribute),
    };
  const named = node.children().filter((child) => child.isNamed() && child.kind() !== "comment");
  return named.length === 1 ? readValue(named[0]!) : none;
}

function elements(node: Node): HclValue[] {
  const holder = childOf(node, "function_arguments") ?? node;
  return holder
    .children()
    .filter((child) => child.kind() === "expression")
    .map(readValue);
}

function childOf(node: Node, kind: string): Node | null {
  return node.children().find((child) => child.kind() === kind) ?? null;
}

function lineOf(node: Node): number {
  return node.range().start.line + 1;
}

const LITERALS = new Set(["numeric_lit", "bool_lit", "string_lit", "quoted_template"]);
