/**
 * Compose's `${NAME:-default}`: values with their defaults put in, and every character still traceable to its
 * place in the source.
 */
export interface Interpolated {
  readonly value: string;
  /** Offset into the raw text of each character of `value`. */
  readonly origin: readonly number[];
  /** The variable whose default each character is, if it is one. */
  readonly variable: readonly (string | null)[];
  /** Variables without a default: what they hold is not known here. Each stands in `value` as {@link HOLE}. */
  readonly unknown: readonly string[];
}

/** Stands for a variable without a default. */
export const HOLE = "\u0000";

export function interpolate(raw: string): Interpolated {
  const value: string[] = [];
  const origin: number[] = [];
  const variable: (string | null)[] = [];
  const unknown: string[] = [];
  const put = (char: string, at: number, name: string | null): void => {
    value.push(char);
    origin.push(at);
    variable.push(name);
  };
  /** The variables whose defaults are being read, outermost first. */
  const open: string[] = [];
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    if (char === "$" && raw[at + 1] === "$") {
      put("$", at, open.at(-1) ?? null);
      at++;
    } else if (char === "$") {
      REFERENCE.lastIndex = at;
      const match = REFERENCE.exec(raw);
      if (!match) {
        put(char, at, open.at(-1) ?? null);
        continue;
      }
      const name = match.groups!.braced ?? match.groups!.plain!;
      const operator = match.groups!.operator;
      if (operator === "-" || operator === ":-") {
        open.push(name);
        at += match[0].length - 1;
      } else {
        unknown.push(name);
        put(HOLE, at, name);
        at += match[0].length - 1;
        if (operator) at = closing(raw, at + 1);
      }
    } else if (char === "}" && open.length > 0) {
      open.pop();
    } else {
      put(char, at, open.at(-1) ?? null);
    }
  }
  return { value: value.join(""), origin, variable, unknown };
}

/** The `}` that ends what begins at `from`, or the last character. */
function closing(raw: string, from: number): number {
  let depth = 1;
  for (let at = from; at < raw.length; at++) {
    if (raw[at] === "{") depth++;
    else if (raw[at] === "}" && --depth === 0) return at;
  }
  return raw.length - 1;
}

const REFERENCE = /\$(?:\{(?<braced>\w+)(?:\}|(?<operator>:?[-?+]))|(?<plain>[A-Za-z_]\w*))/y;
