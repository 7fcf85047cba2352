/** How parts of the screen look. With colour off, a look changes nothing. */
export type Look =
  | "plain"
  | "dim"
  | "bold"
  | "added"
  | "removed"
  | "addedMark"
  | "removedMark"
  | "keyword"
  | "flag"
  | "comment"
  | "string"
  | "variable"
  | "image"
  | "accent"
  | "good"
  | "warn"
  | "bad"
  | "key"
  | "bar";

/** SGR parameters. Only the sixteen colours that a terminal's own theme sets, so that light and dark both work. */
const LOOKS: Readonly<Record<Look, string>> = {
  plain: "",
  dim: "2",
  bold: "1",
  added: "32",
  removed: "31",
  addedMark: "32;1;7",
  removedMark: "31;1;7",
  keyword: "34;1",
  flag: "36",
  comment: "2",
  string: "33",
  variable: "35",
  image: "36",
  accent: "36",
  good: "32",
  warn: "33",
  bad: "31",
  key: "1",
  bar: "7",
};

export interface Paint {
  readonly colour: boolean;
  (look: Look, text: string): string;
}

export function createPaint(colour: boolean): Paint {
  const paint = (look: Look, text: string): string => {
    const code = LOOKS[look];
    return !colour || code === "" || text === "" ? text : `\x1b[${code}m${text}\x1b[0m`;
  };
  return Object.assign(paint, { colour });
}
