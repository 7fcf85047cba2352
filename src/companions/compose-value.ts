import { HOLE, interpolate } from "./interpolation.ts";
import type { Span } from "./types.ts";
import type { YamlScalar } from "./yaml.ts";

/** A scalar of a compose file with its `${…}` defaults put in, traceable to the source. */
export interface ComposeValue {
  readonly value: string;
  readonly scalar: YamlScalar;
  /** Variables without a default, in order. */
  readonly unknown: readonly string[];
  /** Where characters `start`..`end` of `value` stand in the file, if they stand there side by side. */
  locate(start: number, end: number): Span | null;
  variableAt(index: number): string | null;
}

export function composeValue(scalar: YamlScalar): ComposeValue {
  const { value, origin, variable, unknown } = interpolate(scalar.value);
  const rawIndex = (index: number): number => (index < origin.length ? origin[index]! : scalar.value.length);
  return {
    value,
    scalar,
    unknown,
    variableAt: (index) => variable[index] ?? null,
    locate(start, end) {
      if (!scalar.span) return null;
      const from = start === end && start > 0 ? rawIndex(start - 1) + 1 : rawIndex(start);
      const to = start === end ? from : rawIndex(end - 1) + 1;
      if (to - from !== end - start) return null;
      return { start: scalar.span.start + from, end: scalar.span.start + to };
    },
  };
}

/** The value for a person and for comparisons: defaults put in, what is unknown as `${NAME}`. */
export function plainValue(scalar: YamlScalar): string {
  const { value, unknown } = interpolate(scalar.value);
  let next = 0;
  return value.replaceAll(HOLE, () => `\${${unknown[next++] ?? ""}}`);
}
