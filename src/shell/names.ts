const VERSION = /[-_]?\d[\d.]*$/;

/** The names under which a command may stand in a table: `python3.11`, `python`. */
export function canonicalNames(name: string): readonly string[] {
  const plain = name.replace(VERSION, "");
  return plain === name || plain === "" ? [name] : [name, plain];
}
