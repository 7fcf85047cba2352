import { posix } from "node:path";
import { HOLE } from "../interpolation.ts";
import type { Span } from "../types.ts";

/**
 * What an expression is known to be: text in which {@link HOLE} stands for what is not known. Each character
 * remembers where it stands in the source (-1: nowhere).
 */
export interface Value {
  readonly text: string;
  readonly at: readonly number[];
  /** The environment variable that decides; `text` is then what holds where it is not set. */
  readonly variable: string | null;
  /** What it was put together from, one after the other. */
  readonly parts?: readonly Value[];
}

/** Stands for the folder whose source is read: paths that begin with it are relative to that, not to the working directory. */
export const SOURCE_ROOT = "\u0001";

export const UNKNOWN: Value = { text: HOLE, at: [-1], variable: null };

export function literal(text: string, start: number): Value {
  return { text, at: Array.from(text, (_, index) => start + index), variable: null };
}

export function made(text: string, variable: string | null = null): Value {
  return { text, at: Array.from(text, () => -1), variable };
}

export function concat(values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!;
  const text = values.map((value) => value.text).join("");
  if (text.length > LONGEST_VALUE) return UNKNOWN;
  return {
    text,
    at: values.flatMap((value) => value.at),
    variable: values.find((value) => value.variable !== null)?.variable ?? null,
    parts: values,
  };
}

/** The variable that decides the character at `index`: of `HOST + ":" + PORT` the one behind the port. */
export function variableAt(value: Value, index: number): string | null {
  let start = 0;
  for (const part of value.parts ?? []) {
    if (index < start + part.text.length) return variableAt(part, index - start);
    start += part.text.length;
  }
  return value.variable;
}

/** As path.join does, or, where a later part is absolute, as path.resolve and os.path.join do. */
export function joined(values: readonly Value[], absoluteWins: boolean): Value {
  const parts = values.map((value) => value.text);
  const last = absoluteWins
    ? parts.findLastIndex((part) => part.startsWith("/") || part.startsWith(SOURCE_ROOT))
    : 0;
  const text = parts
    .slice(Math.max(0, last))
    .filter((part) => part !== "")
    .join("/");
  return made(
    text === "" ? "" : posix.normalize(text),
    values.find((value) => value.variable)?.variable ?? null,
  );
}

export function isKnown(value: Value): boolean {
  return !value.text.includes(HOLE);
}

/** Where `text.slice(start, end)` stands in the source, if it stands there as it is. */
export function spanOf(value: Value, start: number, end: number): Span | null {
  const from = value.at[start] ?? -1;
  for (let index = start; index < end; index++) if (value.at[index] !== from + index - start) return null;
  return from === -1 ? null : { start: from, end: from + end - start };
}

const LONGEST_VALUE = 1000;
