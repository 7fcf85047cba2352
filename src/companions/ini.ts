import type { Span } from "./types.ts";

export interface IniEntry extends Span {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly valueStart: number;
}

/** `key = value` lines in `[sections]`; an indented line continues the value before it and is left out. */
export function parseIni(text: string): IniEntry[] {
  const entries: IniEntry[] = [];
  let section = "";
  for (const match of text.matchAll(LINE)) {
    const { name, key, value } = match.groups!;
    if (name !== undefined) section = name.trim();
    if (key === undefined || value === undefined) continue;
    const written = withoutComment(value).trimEnd();
    const valueStart = match.index + match[0].length - value.length;
    entries.push({
      section,
      key: key.trim(),
      value: written,
      valueStart,
      start: match.index,
      end: valueStart + written.length,
    });
  }
  return entries;
}

/** Both `;` and `#` begin a comment behind a blank. */
function withoutComment(value: string): string {
  const comment = /(?:^|\s)[;#]/.exec(value);
  return comment ? value.slice(0, comment.index) : value;
}

/** The value without the quotes around it. */
export function unquoted(entry: IniEntry): { value: string; start: number; end: number } {
  const quoted = /^(["'])(.*)\1$/.exec(entry.value);
  const value = quoted ? quoted[2]! : entry.value;
  const start = entry.valueStart + (quoted ? 1 : 0);
  return { value, start, end: start + value.length };
}

const LINE =
  /^(?:[ \t]*\[(?<name>[^\]\r\n]*)\].*|(?<key>[^\s;#=[][^=\r\n]*?)[ \t]*=[ \t]*(?<value>[^\r\n]*))$/gm;
