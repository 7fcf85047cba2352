import type { Node } from "./grammar.ts";

/** A call, whatever the language calls it: `new X()`, `x.y()`, `X{…}`. */
export interface Call {
  readonly node: Node;
  /** As written without its arguments, `fs.promises.writeFile`; links of a chain that are calls are `()`. */
  readonly callee: string;
  readonly receiver: Node | null;
  readonly args: readonly Argument[];
}

export interface Argument {
  readonly name: string | null;
  readonly value: Node;
}

/** The call that this name is the callee of: `listen` in `app.listen(80)`. */
export function callOf(name: Node): Call | null {
  let node = name;
  for (let climbed = 0; climbed < 5; climbed++) {
    const parent = node.parent();
    if (!parent) return null;
    const kind = String(parent.kind());
    if (CALLS.has(kind)) return readCall(parent, name);
    if (!ACCESSES.has(kind)) return null;
    node = parent;
  }
  return null;
}

export function asCall(node: Node): Call | null {
  return CALLS.has(String(node.kind())) ? readCall(node, null) : null;
}

function readCall(node: Node, name: Node | null): Call | null {
  const named = node.field("name") ?? node.field("method");
  const object = node.field("object") ?? node.field("scope") ?? node.field("receiver");
  const whole =
    node.field("function") ??
    node.field("constructor") ??
    node.field("type") ??
    node.children().find((child) => child.isNamed());
  const last = named ?? whole;
  if (!last || (name && name.range().end.index !== last.range().end.index)) return null;
  const callee = object && named ? `${short(object)}.${named.text()}` : short(last);
  return { node, callee, receiver: object ?? receiverOf(last), args: argumentsOf(node) };
}

/** The `x` of `x.y`. */
export function receiverOf(access: Node): Node | null {
  return ACCESSES.has(String(access.kind()))
    ? (access.children().find((child) => child.isNamed()) ?? null)
    : null;
}

function short(node: Node): string {
  const text = node.text();
  if (text.length <= 80 && !/[\s(]/.test(text)) return text;
  if (!ACCESSES.has(String(node.kind()))) return "()";
  const parts = node.children().filter((child) => child.isNamed());
  const last =
    parts
      .at(-1)
      ?.text()
      .replace(/^[.?]+/, "") ?? "";
  const first = parts[0];
  return `${first && parts.length > 1 ? short(first) : "()"}.${last}`;
}

function argumentsOf(call: Node): Argument[] {
  const list = argumentList(call);
  return list ? list.children().filter(isExpression).map(readArgument) : [];
}

function argumentList(call: Node): Node | null {
  const list = call.field("arguments") ?? call.field("body");
  if (list) return list;
  const suffix = call.children().findLast((child) => LISTS.has(String(child.kind())));
  return suffix?.kind() === "call_suffix"
    ? (suffix.children().find((child) => LISTS.has(String(child.kind()))) ?? null)
    : (suffix ?? null);
}

/** `x`, `port=x`, `port: x`, `Addr: x`. */
function readArgument(node: Node): Argument {
  const kind = String(node.kind());
  if (!NAMED_ARGUMENTS.has(kind)) return { name: null, value: unwrap(node) };
  const parts = node.children().filter(isExpression);
  const value = node.field("value") ?? parts.at(-1) ?? node;
  const key = node.field("name") ?? node.field("key") ?? (parts.length > 1 ? parts[0] : null);
  return { name: key ? keyText(key) : null, value: unwrap(value) };
}

export function keyText(key: Node): string {
  return key.text().replace(/^["':]+|["':]+$/g, "");
}

/** Key and value pairs of an object, dictionary or hash. */
export function pairsOf(node: Node): Argument[] {
  return node
    .children()
    .filter((child) => PAIRS.has(String(child.kind())))
    .map(readArgument);
}

/** Without what only wraps it: parentheses, `await`, casts. */
export function unwrap(node: Node): Node {
  let at = node;
  for (let depth = 0; depth < 10; depth++) {
    const kind = String(at.kind());
    const inner = WRAPPERS.has(kind) ? at.children().find(isExpression) : undefined;
    if (!inner) return at;
    at = inner;
  }
  return at;
}

export function isExpression(node: Node): boolean {
  return node.isNamed() && !String(node.kind()).includes("comment");
}

const CALLS = new Set([
  "call_expression",
  "new_expression",
  "call",
  "composite_literal",
  "function_call_expression",
  "member_call_expression",
  "nullsafe_member_call_expression",
  "scoped_call_expression",
  "object_creation_expression",
  "method_invocation",
  "invocation_expression",
]);
const ACCESSES = new Set([
  "member_expression",
  "attribute",
  "selector_expression",
  "qualified_type",
  "navigation_expression",
  "navigation_suffix",
  "member_access_expression",
  "scope_resolution",
  "qualified_name",
  "generic_name",
  "nested_identifier",
  "scoped_type_identifier",
  "field_expression",
  "scoped_identifier",
]);
const LISTS = new Set(["arguments", "argument_list", "value_arguments", "call_suffix", "literal_value"]);
const NAMED_ARGUMENTS = new Set([
  "keyword_argument",
  "pair",
  "value_argument",
  "argument",
  "keyed_element",
  "array_element_initializer",
]);
const PAIRS = new Set(["pair", "keyed_element", "array_element_initializer"]);
const WRAPPERS = new Set([
  "parenthesized_expression",
  "parenthesized_statements",
  "await_expression",
  "await",
  "as_expression",
  "satisfies_expression",
  "non_null_expression",
  "literal_element",
  "unary_expression",
  "type_conversion_expression",
  "reference_expression",
  "try_expression",
]);
