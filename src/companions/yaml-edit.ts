import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import { isMapping, type YamlFile, type YamlNode } from "./yaml.ts";

/** A replacement in the file's text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** Edits of a YAML file that keep its style: block or flow, its indentation, its line ends. */
export class YamlEditor {
  private readonly file: YamlFile;
  private readonly text: string;
  private readonly eol: string;
  private readonly step: string;

  constructor(file: YamlFile) {
    this.file = file;
    this.text = file.source.text;
    this.eol = this.text.includes("\r\n") ? "\r\n" : "\n";
    this.step =
      /^[^\s#-][^\n]*:[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[^\s#-]/m.exec(this.text)?.[1] ?? "  ";
  }

  /** A new entry of a map, behind its last one. Null where the map cannot take one. */
  add(node: YamlNode | null, key: string, value: Plain): TextEdit | null {
    if (!isMapping(node) || node.items.length === 0) return null;
    if (isFlow(node)) return this.addToFlow(node, key, value);
    const at = this.lineEnd(this.endOf(node));
    return { start: at, end: at, text: this.eol + this.block(key, value, this.indentOf(node)) };
  }

  /** A new entry of a map, ahead of its first one unless a comment describes that. */
  addFirst(node: YamlNode | null, key: string, value: Plain): TextEdit | null {
    if (!isMapping(node) || node.items.length === 0 || isFlow(node)) return this.add(node, key, value);
    const start = node.items[0]!.key as YamlNode;
    const at = this.lineStart(this.file.spanOf(start).start);
    const indent = this.text.slice(at, this.file.spanOf(start).start);
    const above = this.text.slice(this.lineStart(Math.max(0, at - 1)), at);
    if (/\S/.test(indent) || /^\s*#/.test(above)) return this.add(node, key, value);
    return { start: at, end: at, text: this.block(key, value, indent) + this.eol };
  }

  /** Another value for an entry that has a plain one. */
  set(map: YamlNode | null, key: string, value: string): TextEdit | null {
    const entry = this.file.entries(map).get(key);
    const scalar = this.file.scalar(entry?.value);
    if (!entry || !scalar || !this.isOwn(map, entry.pair)) return null;
    return { ...scalar.range, text: value };
  }

  /** A map for an entry that has nothing yet, or an empty one. */
  fill(map: YamlNode | null, key: string, value: Plain): TextEdit | null {
    const entry = this.file.entries(map).get(key);
    if (!entry || !isMapping(map) || !this.isOwn(map, entry.pair)) return null;
    const start = this.file.spanOf(entry.key).end;
    const end = entry.value ? Math.max(this.endOf(entry.value), start + 1) : start + 1;
    const body = isFlow(map)
      ? ` ${flow(value)}`
      : this.eol + this.entriesOf(value, this.indentOf(map) + this.step);
    return { start, end, text: `:${body}` };
  }

  /** Another entry in the place of one. */
  replace(map: YamlNode | null, key: string, other: string, value: Plain): TextEdit | null {
    const entry = this.file.entries(map).get(key);
    if (!entry || !isMapping(map) || !this.isOwn(map, entry.pair)) return null;
    const { start } = this.file.spanOf(entry.key);
    const text = isFlow(map) ? `${other}: ${flow(value)}` : this.block(other, value, "");
    return { start, end: this.endOfPair(entry.pair), text };
  }

  /** Takes an entry away with its line. Null where it is the map's only one or shares its line with a dash. */
  remove(map: YamlNode | null, key: string): TextEdit | null {
    const entry = this.file.entries(map).get(key);
    if (!entry || !isMapping(map) || !this.isOwn(map, entry.pair) || map.items.length < 2) return null;
    const start = this.file.spanOf(entry.key as YamlNode).start;
    const index = map.items.indexOf(entry.pair as never);
    if (isFlow(map)) {
      const next = map.items[index + 1];
      if (next) return { start, end: this.file.spanOf(next.key as YamlNode).start, text: "" };
      return {
        start: this.endOfPair(map.items[index - 1] as Pair),
        end: this.endOfPair(entry.pair),
        text: "",
      };
    }
    const from = this.lineStart(start);
    if (/\S/.test(this.text.slice(from, start))) return null;
    return { start: from, end: this.nextLine(this.endOfPair(entry.pair)), text: "" };
  }

  /** Takes an item of a list of scalars away. */
  removeItem(list: YamlNode | null, value: string): TextEdit | null {
    if (!isSeq(list) || list.items.length < 2) return null;
    const index = list.items.findIndex((item) => isScalar(item) && String(item.value) === value);
    if (index < 0) return null;
    const { start, end } = this.file.spanOf(list.items[index] as YamlNode);
    if (list.flow) {
      const next = list.items[index + 1] as YamlNode | undefined;
      if (next) return { start, end: this.file.spanOf(next).start, text: "" };
      return { start: this.file.spanOf(list.items[index - 1] as YamlNode).end, end, text: "" };
    }
    return { start: this.lineStart(start), end: this.nextLine(end), text: "" };
  }

  /** Another item of a list of scalars. */
  append(list: YamlNode | null, value: string): TextEdit | null {
    if (!isSeq(list) || list.items.length === 0) return null;
    const last = list.items.at(-1) as YamlNode;
    const { start, end } = this.file.spanOf(last);
    if (list.flow) return { start: end, end, text: `, ${this.quotes(list) ? JSON.stringify(value) : value}` };
    const lead = this.text.slice(this.lineStart(start), start);
    const at = this.lineEnd(this.endOf(last));
    return { start: at, end: at, text: `${this.eol}${lead}${value}` };
  }

  /** More items of a list of maps, in the way the last one is written. */
  appendMaps(list: YamlNode | null, values: readonly Plain[]): TextEdit | null {
    if (!isSeq(list) || list.items.length === 0) return null;
    const last = list.items.at(-1) as YamlNode;
    const { start } = this.file.spanOf(last);
    const at = this.endOf(last);
    if (list.flow)
      return {
        start: at,
        end: at,
        text: values.map((value) => `, ${this.quotes(list) ? JSON.stringify(value) : flow(value)}`).join(""),
      };
    const lead = this.text.slice(this.lineStart(start), start);
    const indent = " ".repeat(lead.length);
    const items = values.map((value) => this.eol + lead + this.entriesOf(value, indent).trimStart());
    return { start: this.lineEnd(at), end: this.lineEnd(at), text: items.join("") };
  }

  /** The file keeps to JSON here: quotes around everything. */
  private quotes(list: YamlNode): boolean {
    return /^\[\s*(?:\{\s*)?"/.test(
      this.text.slice(this.file.spanOf(list).start, this.file.spanOf(list).end),
    );
  }

  private addToFlow(map: YAMLMap, key: string, value: Plain): TextEdit {
    const last = map.items.at(-1) as Pair;
    const at = this.endOfPair(last);
    const json = this.text[this.file.spanOf(map.items[0]!.key as YamlNode).start] === '"';
    const start = this.file.spanOf(last.key as YamlNode).start;
    const lead = this.text.slice(this.lineStart(start), start);
    // Entries that stand on lines of their own get company on a line of its own.
    const gap = /^\s+$/.test(lead) ? this.eol + lead : " ";
    return {
      start: at,
      end: at,
      text: `,${gap}${json ? JSON.stringify(key) : key}: ${json ? JSON.stringify(value) : flow(value)}`,
    };
  }

  private block(key: string, value: Plain, indent: string): string {
    if (typeof value !== "object") return `${indent}${key}: ${scalar(value)}`;
    if (isListOfPlain(value)) {
      if (value.every((item) => typeof item !== "object")) return `${indent}${key}: ${flow(value)}`;
      const items = value.map((item) => {
        const entries = this.entriesOf(item, `${indent}${this.step}  `);
        return `${indent}${this.step}- ${entries.trimStart()}`;
      });
      return [`${indent}${key}:`, ...items].join(this.eol);
    }
    if (Object.keys(value).length === 0) return `${indent}${key}: {}`;
    return `${indent}${key}:${this.eol}${this.entriesOf(value, indent + this.step)}`;
  }

  private entriesOf(value: Plain, indent: string): string {
    return Object.entries(value as Record<string, Plain>)
      .map(([key, item]) => this.block(key, item, indent))
      .join(this.eol);
  }

  /** A merged or aliased entry is written elsewhere. */
  private isOwn(map: YamlNode | null, pair: Pair): boolean {
    return isMap(map) && map.items.some((item) => (item as Pair) === pair);
  }

  private indentOf(map: YAMLMap): string {
    const { start } = this.file.spanOf(map.items[0]!.key as YamlNode);
    return " ".repeat(start - this.lineStart(start));
  }

  private endOfPair(pair: Pair): number {
    const value = pair.value as YamlNode | null;
    return value ? this.endOf(value) : this.file.spanOf(pair.key as YamlNode).end;
  }

  /** Behind the last character that belongs to a node: block collections end with what follows them. */
  private endOf(node: YamlNode): number {
    if (isMap(node) && !node.flow && node.items.length > 0) return this.endOfPair(node.items.at(-1) as Pair);
    if (isSeq(node) && !node.flow && node.items.length > 0) return this.endOf(node.items.at(-1) as YamlNode);
    const { start, end } = this.file.spanOf(node);
    return start + this.text.slice(start, end).trimEnd().length;
  }

  private lineStart(offset: number): number {
    return this.text.lastIndexOf("\n", offset - 1) + 1;
  }

  /** Before the line's end, behind a comment on it. */
  private lineEnd(offset: number): number {
    const newline = this.text.indexOf("\n", offset);
    if (newline < 0) return this.text.length;
    return this.text[newline - 1] === "\r" ? newline - 1 : newline;
  }

  private nextLine(offset: number): number {
    const newline = this.text.indexOf("\n", offset);
    return newline < 0 ? this.text.length : newline + 1;
  }
}

/** Insertions at one place as one edit: what stands deeper belongs to what is before, so it goes first. */
export function joined(edits: readonly TextEdit[]): TextEdit[] {
  const places = new Map<string, TextEdit[]>();
  for (const edit of edits) {
    const key = `${edit.start}-${edit.end}`;
    const list = places.get(key);
    if (list) list.push(edit);
    else places.set(key, [edit]);
  }
  return [...places.values()].map((list) => {
    const text = list
      .toSorted((a, b) => depth(b) - depth(a))
      .map((edit) => edit.text)
      .join("");
    return { ...list[0]!, text };
  });
}

function depth({ text }: TextEdit): number {
  const indent = /^\r?\n( *)(-?)/.exec(text);
  return indent ? indent[1]!.length * 2 + indent[2]!.length : 0;
}

function isFlow(node: YamlNode): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

function isListOfPlain(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

export function flow(value: Plain): string {
  if (typeof value !== "object") return scalar(value);
  if (isListOfPlain(value)) return `[${value.map(flow).join(", ")}]`;
  if (Object.keys(value).length === 0) return "{}";
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(", ")} }`;
}

/** Strings that YAML would read as something else are quoted. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[A-Za-z_./][\w./-]*(?::[\w./-]+)*$/.test(value) &&
    !/^(?:true|false|yes|no|on|off|null|~)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
