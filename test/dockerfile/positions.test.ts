import { describe, expect, it } from "vitest";
import { envPairs, type Range, readDockerfile, sourceRange } from "../../src/dockerfile/index.ts";

/** Every range is told by the piece of source that it cuts out. */
function read(text: string) {
  const file = readDockerfile(text);
  const cut = (range: Range | null) => range && text.slice(range.start, range.end);
  return { file, cut, last: file.instructions.at(-1)! };
}

describe("positions", () => {
  it("of directives and comments", () => {
    const { file, cut } = read("\ufeff# syntax=a/b:1 \n#escape = `\n # one\nFROM a\nRUN x `\n  # two\n y\n");
    expect(file.directives.map(cut)).toEqual(["# syntax=a/b:1 ", "#escape = `"]);
    expect(file.directives.map(({ name, value }) => [name, value])).toEqual([
      ["syntax", "a/b:1"],
      ["escape", "`"],
    ]);
    expect(file.comments.map(cut)).toEqual(["# one", "# two"]);
    expect(file.comments.map(({ line, text, inside }) => [line, text, inside])).toEqual([
      [3, "one", false],
      [6, "two", true],
    ]);
  });

  it("of instructions: up to the line's end, heredocs included", () => {
    const { file, cut } = read("\ufeffFROM a \r\n\r\n  run <<X  \r\nb\r\nX\r\n# c\r\nUSER d\r\n");
    expect(file.instructions.map(cut)).toEqual(["FROM a ", "run <<X  \r\nb\r\nX", "USER d"]);
    expect(file.instructions.map(({ keywordRange }) => cut(keywordRange))).toEqual(["FROM", "run", "USER"]);
    expect(file.instructions.map(({ line, endLine }) => [line, endLine])).toEqual([
      [1, 1],
      [3, 5],
      [7, 7],
    ]);
    expect(file.eol).toBe("\r\n");
  });

  it("of flags", () => {
    const { last, cut } = read('FROM a\nCOPY --link --chown="a b" \\\n  --from=x  y z\n');
    expect(last.flags.map(cut)).toEqual(["--link", '--chown="a b"', "--from=x"]);
    expect(last.flags.map(({ valueRange }) => cut(valueRange))).toEqual([null, '"a b"', "x"]);
    expect(last.flags.map(({ name, value }) => [name, value])).toEqual([
      ["link", null],
      ["chown", "a b"],
      ["from", "x"],
    ]);
    expect(last.body.text).toBe("y z");
  });

  it("of words, also across lines", () => {
    const { last, cut } = read("FROM a\nCOPY one \\\n# no\n two\\\nthree /d/\n");
    expect(last.words.map(({ raw }) => raw)).toEqual(["one", "twothree", "/d/"]);
    expect(last.words.map(cut)).toEqual(["one", "two\\\nthree", "/d/"]);
  });

  it("of words that end where their line does", () => {
    const { last, cut } = read("FROM a\nCOPY one\\\n two /d/\n");
    expect(last.words.map(cut)).toEqual(["one", "two", "/d/"]);
  });

  it("of JSON elements", () => {
    const { last, cut } = read('FROM a\nCMD ["a", \\\n  # c\n  "b\\"c", "\\u00e9 d"]\n');
    expect(last.json!.map(cut)).toEqual(['"a"', '"b\\"c"', '"\\u00e9 d"']);
    expect(last.json!.map(({ value }) => value)).toEqual(["a", 'b"c', "é d"]);
  });

  it("of names and values", () => {
    const { file, cut } = read("FROM a\nENV A=b C='d e' \\\n  F=\nENV G  h i \nARG J K=l\n");
    const pairs = file.instructions.flatMap(envPairs);
    expect(pairs.map(({ nameRange }) => cut(nameRange))).toEqual(["A", "C", "F", "G", "J", "K"]);
    expect(pairs.map(({ valueRange }) => cut(valueRange))).toEqual(["b", "'d e'", "", "h i", null, "l"]);
    expect(pairs.map(({ value }) => value)).toEqual(["b", "'d e'", "", "h i", null, "l"]);
  });

  it("of heredoc bodies", () => {
    const { last, cut } = read("FROM a\nRUN cat <<A 3<<-'B'\none\nA\n\ttwo\n\tB\n");
    expect(last.heredocs.map(({ body }) => cut(body))).toEqual(["one\n", "\ttwo\n"]);
    expect(last.heredocs).toMatchObject([
      { delimiter: "A", quoted: false, stripTabs: false },
      { delimiter: "B", quoted: true, stripTabs: true },
    ]);
  });

  it("of ONBUILD's trigger", () => {
    const { last, cut } = read("FROM a\nONBUILD  \\\n copy --chown=b <<E /c \nd\nE\n");
    expect(cut(last.trigger)).toBe("copy --chown=b <<E /c \nd\nE");
    expect(cut(last.trigger!.keywordRange)).toBe("copy");
    expect(last.trigger!.keyword).toBe("COPY");
    expect(last.trigger!.flags.map(cut)).toEqual(["--chown=b"]);
    expect(last.trigger!.words.map(cut)).toEqual(["<<E", "/c"]);
    expect(last.heredocs).toHaveLength(1);
    expect(last.trigger!.heredocs).toEqual(last.heredocs);
  });

  it("of stages and their images", () => {
    const { file, cut } = read("ARG X\nFROM --platform=$X a:1 AS B\nUSER c\nfrom b\n");
    expect(file.stages.map(({ image }) => cut(image))).toEqual(["a:1", "b"]);
    expect(file.stages.map(({ name }) => name)).toEqual(["b", null]);
    expect(file.instructions.map(({ stage }) => stage)).toEqual([-1, 0, 0, 1]);
    expect(file.stages[0]!.instructions.map(({ keyword }) => keyword)).toEqual(["FROM", "USER"]);
  });

  it("of a logical text", () => {
    const { last, cut } = read("FROM a\nRUN one \\\n# no\n\n  two \\\n");
    const { body } = last;
    expect(body.text).toBe("one   two");
    const at = body.text.indexOf("two");
    expect(cut(sourceRange(body, at, at + 3))).toBe("two");
    expect(cut({ start: body.toSource(0), end: body.toSource(body.text.length) })).toBe(
      "one \\\n# no\n\n  two",
    );
    expect(last.open).toBe(true);
  });

  it("of an empty body", () => {
    const { last } = read("FROM a\nRUN\n");
    expect(last.body.text).toBe("");
    expect(last.body.toSource(0)).toBe(last.end);
  });
});
