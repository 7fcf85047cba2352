import { type AST, parseTOML } from "toml-eslint-parser";
import { CompanionError } from "./errors.ts";
import { SourceText } from "./source-text.ts";
import type { Span } from "./types.ts";

/** A value of a TOML file, by its keys from the outermost table inwards. */
export interface TomlValue {
  readonly keys: readonly (string | number)[];
  readonly value: string | number | boolean | null;
  /** Where the value stands letter by letter; null where the text says it in other words. */
  readonly span: Span | null;
  readonly line: number;
}

/**
 * Every scalar of a TOML file in order; tables of arrays count from 0.
 * @throws {CompanionError} where the text is not TOML.
 */
export function readToml(path: string, text: string): TomlValue[] {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    const line = (error as { lineNumber?: number }).lineNumber ?? 1;
    throw new CompanionError(path, line, "not readable as TOML", { cause: error });
  }
  const source = new SourceText(path, text);
  const values: TomlValue[] = [];
  const read = (node: AST.TOMLContentNode, keys: readonly (string | number)[]): void => {
    if (node.type === "TOMLArray") node.elements.forEach((element, index) => read(element, [...keys, index]));
    else if (node.type === "TOMLInlineTable") node.body.forEach((pair) => readPair(pair, keys));
    else {
      const value =
        typeof node.value === "object" || typeof node.value === "bigint"
          ? null
          : (node.value as string | number);
      const [start, end] = node.range;
      const inner = typeof value === "string" ? start + 1 : start;
      const exact =
        value !== null && text.startsWith(String(value), inner) && inner + String(value).length <= end;
      const span = exact ? { start: inner, end: inner + String(value).length } : null;
      values.push({ keys, value, span, line: source.lineAt(start) });
    }
  };
  const readPair = (pair: AST.TOMLKeyValue, keys: readonly (string | number)[]): void =>
    read(pair.value, [...keys, ...pair.key.keys.map(nameOf)]);
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") readPair(node, []);
    else for (const pair of node.body) readPair(pair, node.resolvedKey);
  }
  return values;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}
