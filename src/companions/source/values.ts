import type { Node, Parsed } from "./grammar.ts";
import { keyText } from "./syntax.ts";

/** A string of a program, or a number that has a name: `containerPort: 80`. */
export interface SourceValue {
  readonly value: string;
  /** 1-based, where it begins. */
  readonly line: number;
  /** Of the argument, the property or the call that it is for; null for most strings. */
  readonly name: string | null;
  /** The number that goes with a string: `("web", 80)`, `{ host: "web", port: 80 }`. */
  readonly beside: number | null;
}

/** Every string, and every number with a name. */
export function sourceValues({ find }: Parsed): SourceValue[] {
  const strings = find(STRINGS).map((node) => ({
    value: inner(node.text()),
    line: node.range().start.line + 1,
    name: null,
    beside: besideOf(node),
  }));
  const numbers = find(NUMBERS).flatMap((node) => {
    const name = nameOf(node);
    return name === null
      ? []
      : [{ value: node.text(), line: node.range().start.line + 1, name, beside: null }];
  });
  return [...strings, ...numbers];
}

/** Without prefixes such as Python's `f` and the quotes. */
function inner(text: string): string {
  const [, quote = ""] = /^[\w@$#]*("""|'''|["'`])/.exec(text) ?? [];
  const from = quote === "" ? 0 : text.indexOf(quote) + quote.length;
  return text.slice(from, quote !== "" && text.endsWith(quote) ? -quote.length : undefined);
}

function besideOf(node: Node): number | null {
  const whole = wrapped(node);
  const parent = whole.parent();
  if (!parent) return null;
  if (!NAMED.has(String(parent.kind())))
    return numberIn(beside(whole, "next")) ?? numberIn(beside(whole, "prev"));
  if (!/^(?:host|hostname|host_name|server|address)$/i.test(nameIn(parent) ?? "")) return null;
  const port = (parent.parent()?.children() ?? []).find(
    (other) => NAMED.has(String(other.kind())) && /^port$/i.test(nameIn(other) ?? ""),
  );
  return port ? numberIn(port) : null;
}

/** The argument or element that the node is all of. */
function wrapped(node: Node): Node {
  let at = node;
  for (let parent = at.parent(); parent && WRAPPERS.has(String(parent.kind())); parent = at.parent())
    at = parent;
  return at;
}

function beside(node: Node, way: "next" | "prev"): Node | null {
  let at = node[way]();
  while (at && !at.isNamed()) at = at[way]();
  return at;
}

/** The number that a node is, or that stands at its end. */
function numberIn(node: Node | null): number | null {
  const digits = node === null ? null : /(?:^|[:=>\s])(\d{1,5})$/.exec(node.text())?.[1];
  return digits === null || digits === undefined ? null : Number(digits);
}

/** `containerPort: 80`, `container_port=80`, `.containerPort(80)`, `ContainerPort: pulumi.Int(80)`, also in lists. */
function nameOf(number: Node): string | null {
  let at: Node | null = number.parent();
  for (let climbed = 0; at && climbed < 8; climbed++, at = at.parent()) {
    const kind = String(at.kind());
    const name = NAMED.has(kind) ? nameIn(at) : CALLS.has(kind) ? calledIn(at) : null;
    if (name !== null && !CONVERSIONS.test(name)) return name;
    if (ENDS.has(kind)) return null;
  }
  return null;
}

function nameIn(node: Node): string | null {
  const key = node.field("key") ?? node.field("name") ?? node.field("left");
  const first = key ?? node.children().find((child) => child.isNamed()) ?? null;
  const isWhole = first === null || first.range().end.index === node.range().end.index;
  return isWhole ? null : keyText(first).replace(/^.*\./, "");
}

function calledIn(call: Node): string | null {
  const called = call.field("name") ?? call.field("method") ?? call.field("function");
  return called ? called.text().replace(/^[^]*\./, "") : null;
}

const STRINGS = [
  "string",
  "template_string",
  "encapsed_string",
  "heredoc",
  "heredoc_body",
  "nowdoc",
  "interpreted_string_literal",
  "raw_string_literal",
  "string_literal",
  "line_string_literal",
  "multi_line_string_literal",
  "verbatim_string_literal",
  "interpolated_string_expression",
];
const NUMBERS = ["number", "integer", "int_literal", "integer_literal", "decimal_integer_literal"];
const NAMED = new Set([
  "pair",
  "keyword_argument",
  "keyed_element",
  "assignment",
  "assignment_expression",
  "argument",
  "value_argument",
  "array_element_initializer",
  "field_initializer",
]);
const CALLS = new Set(["call_expression", "call", "method_invocation", "invocation_expression"]);
/** What only turns a number into another type of number: the name stands outside. */
const CONVERSIONS = /^(?:Int|Number|Float64|of|asList|listOf|int|int32|int64|jsii)$/;
const WRAPPERS = new Set(["argument", "value_argument", "literal_element"]);
const ENDS = new Set(["object", "dictionary", "literal_value", "block", "statement_block", "hash"]);
