import { describe, expect, it } from "vitest";
import { fileChange } from "../../src/rewrite/index.ts";
import { diffView, wordMarks } from "../../src/review/diff-view.ts";
import { dockerfileTokens } from "../../src/review/tokens.ts";

/** Tokens as `kind:text`. */
const shown = (text: string): string[] =>
  dockerfileTokens(text).map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`);

describe("Dockerfile tokens", () => {
  it("names what a reader sees", () => {
    expect(
      shown(
        [
          "# escape=\\",
          "# A comment.",
          "from alpine as base",
          'COPY --from=base ["a b", "/x"]',
          'ENV A="$B" C=${D:-e}',
          "ONBUILD RUN echo 'hi'",
          "RUN a \\",
          "  # inside",
          "  && b",
          "",
        ].join("\n"),
      ),
    ).toEqual([
      "directive:# escape=\\",
      "comment:# A comment.",
      "keyword:from",
      "image:alpine",
      "keyword:COPY",
      "flag:--from=base",
      'string:"a b"',
      'string:"/x"',
      "keyword:ENV",
      'string:"$B"',
      "variable:${D:-e}",
      "keyword:ONBUILD",
      "keyword:RUN",
      "string:'hi'",
      "keyword:RUN",
      "comment:# inside",
    ]);
  });

  it("leaves what is in a heredoc alone", () => {
    expect(shown('FROM a\nRUN <<EOF\necho "$x"\nEOF\n').slice(2)).toEqual([
      "keyword:RUN",
      'heredoc:echo "$x"\n',
    ]);
  });

  it("has none for what is no Dockerfile", () => {
    expect(dockerfileTokens("services:\n  a: {}\n")).toEqual([]);
  });
});

describe("a diff to be shown", () => {
  const view = (before: string | null, after: string, isDockerfile = false) =>
    diffView(fileChange("f", before, after, null), isDockerfile).hunks.map((hunk) =>
      hunk.map(({ kind, oldLine, newLine, text }) => `${kind[0]} ${oldLine ?? ""}:${newLine ?? ""} ${text}`),
    );

  it("numbers lines on both sides, with three lines around", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}\r\n`);
    const after = lines.with(5, "new\r\nand newer\r\n");
    expect(view(lines.join(""), after.join(""))).toEqual([
      [
        "c 3:3 line 3",
        "c 4:4 line 4",
        "c 5:5 line 5",
        "r 6: line 6",
        "a :6 new",
        "a :7 and newer",
        "c 7:8 line 7",
        "c 8:9 line 8",
        "c 9:10 line 9",
      ],
    ]);
  });

  it("shows a new file, and one without a last newline", () => {
    expect(view(null, "a\nb")).toEqual([["a :1 a", "a :2 b"]]);
    expect(view("a", "a\nb")).toEqual([["r 1: a", "a :1 a", "a :2 b"]]);
  });

  it("has the syntax of each side, also over several lines", () => {
    const text = 'FROM a\nRUN <<EOF\none\ntwo\nEOF\nCMD ["x"]\n';
    const [hunk] = diffView(fileChange("f", text, text.replace('"x"', '"y"'), null), true).hunks;
    const tokens = hunk!.map((line) =>
      line.tokens.map(({ kind, start, end }) => `${kind}:${line.text.slice(start, end)}`),
    );
    expect(tokens).toEqual([
      ["heredoc:one"],
      ["heredoc:two"],
      [],
      ["keyword:CMD", 'string:"x"'],
      ["keyword:CMD", 'string:"y"'],
    ]);
  });
});

describe("word marks", () => {
  const marked = (old: string, fresh: string) => {
    const marks = wordMarks(old, fresh);
    if (marks === null) return null;
    const words = (text: string, list: { start: number; end: number }[]) =>
      list.map(({ start, end }) => text.slice(start, end)).join("|");
    return [words(old, marks.old), words(fresh, marks.fresh)];
  };
  it.each([
    ["EXPOSE 80", "EXPOSE 8080", ["80", "8080"]],
    ["COPY . .", "COPY --chown=app:app . .", ["", "--chown=app:app "]],
    ["ENV A=Größe", "ENV A=Größen", ["Größe", "Größen"]],
    ["USER root", "CMD entirely different", null],
  ])("between %s and %s", (old, fresh, expected) => {
    expect(marked(old, fresh)).toEqual(expected);
  });

  it("does not compare lines of thousands of words", () => {
    expect(wordMarks("a ".repeat(5000), "b ".repeat(5000))).toBeNull();
  });
});
