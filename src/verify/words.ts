/** Splits a text into words as compose does for `command:`: blanks, quotes, backslashes; nothing is expanded. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      word = (word ?? "") + text.slice(at + 1, end === -1 ? undefined : end);
      at = end === -1 ? text.length : end;
    } else if (char === '"') {
      word ??= "";
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === "\\" && /["\\$`]/.test(text[at + 1] ?? "")) at++;
        word += text[at];
      }
    } else {
      if (char === "\\") at++;
      word = (word ?? "") + (text[at] ?? "");
    }
  }
  if (word !== null) words.push(word);
  return words;
}
