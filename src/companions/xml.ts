import type { Span } from "./types.ts";

export interface XmlElement extends Span {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, XmlText>;
  /** The text between the tags where there is nothing else. */
  readonly text: XmlText | null;
}

export interface XmlText extends Span {
  readonly value: string;
}

/** The elements of an XML file in order of their start tags; comments and CDATA are passed over. */
export function xmlElements(xml: string): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const match of xml.matchAll(TOKEN)) {
    const { name, rest } = match.groups!;
    if (name === undefined) continue;
    const start = match.index;
    const end = start + match[0].length;
    const attributes = new Map<string, XmlText>();
    const restStart = start + 1 + name.length;
    for (const attribute of rest!.matchAll(ATTRIBUTE)) {
      const value = attribute.groups!.double ?? attribute.groups!.single!;
      const valueStart = restStart + attribute.index + attribute[0].length - value.length - 1;
      attributes.set(attribute.groups!.key!, { value, start: valueStart, end: valueStart + value.length });
    }
    const close = match[0].endsWith("/>") ? -1 : xml.indexOf("<", end);
    const inner = close !== -1 && xml.startsWith(`</${name}`, close) ? xml.slice(end, close) : null;
    const lead = inner === null ? 0 : inner.length - inner.trimStart().length;
    const value = inner?.trim();
    elements.push({
      name,
      attributes,
      start,
      end,
      text: value === undefined ? null : { value, start: end + lead, end: end + lead + value.length },
    });
  }
  return elements;
}

const TOKEN =
  /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|<\?[^]*?(?:\?>|$)|<(?<name>[A-Za-z_][\w:.-]*)(?<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)>/g;
const ATTRIBUTE = /(?<key>[\w:.-]+)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)')/g;
