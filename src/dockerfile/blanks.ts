/**
 * Blanks as Go knows them. BuildKit uses two notions: Unicode's (`unicode.IsSpace`) where it trims and
 * where it splits quoted words, and six ASCII characters where it splits everything else.
 */

/** Go's `unicode.IsSpace`. JavaScript's `\s` differs: it has U+FEFF and lacks U+0085. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x85) return false;
  return code === 0x85 || (code !== 0xfeff && /\s/.test(String.fromCharCode(code)));
}

/** What separates the keyword and most arguments: tab, vertical tab, form feed, return, space. */
export function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0a);
}

/** The first offset from `start` on that is no space; `end` where there is none. */
export function skipSpaces(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The offset after the last character before `end` that is no space; `start` where there is none. */
export function trimSpaces(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}
