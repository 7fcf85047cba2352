import { describe, expect, it } from "vitest";
import { editorArguments, editorCommand } from "../../../src/review/terminal/editor.ts";
import { type Frame, layOut } from "../../../src/review/terminal/frame.ts";
import { createPaint } from "../../../src/review/terminal/paint.ts";
import { keysIn } from "../../../src/review/terminal/screen.ts";
import { breakAt, cut, span, type Span, widthOf, wrapText } from "../../../src/review/terminal/text.ts";

const plain = (rows: readonly (readonly Span[])[]): string[] =>
  rows.map((row) => row.map(({ text }) => text).join(""));

describe("text on a screen", () => {
  it("breaks code where the screen ends, wide characters whole", () => {
    expect(plain(breakAt([span("abcdef")], 4))).toEqual(["abcd", "ef"]);
    expect(plain(breakAt([span("東京都x")], 5))).toEqual(["東京", "都x"]);
    expect(plain(breakAt([span("a👩‍👩‍👧b")], 3))).toEqual(["a👩‍👩‍👧", "b"]);
    expect(plain(breakAt([span("a\tb")], 80))).toEqual(["a   b"]);
    expect(plain(breakAt([], 80))).toEqual([""]);
  });

  it("breaks prose at blanks, and a word that is too long anywhere", () => {
    expect(plain(wrapText("one two three", 8))).toEqual(["one two", "three"]);
    expect(plain(wrapText("a verylongword", 6))).toEqual(["a", "verylo", "ngword"]);
  });

  it("shows what could play with the terminal", () => {
    const [row] = breakAt([span("a\x1b]0;title\x07\u202eb\x9bc\ufeff")], 80);
    expect(plain([row!])).toEqual(["a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{9b}c\\u{feff}"]);
    expect(widthOf(row!)).toBe(plain([row!])[0]!.length);
  });

  it("cuts with a sign that something is missing", () => {
    expect(plain([cut([span("東京都")], 5)])).toEqual(["東京…"]);
    expect(plain([cut([span("abc")], 3)])).toEqual(["abc"]);
  });
});

describe("a frame", () => {
  const frame: Frame = {
    head: ["some/long/path/Dockerfile", "12/34"],
    body: Array.from({ length: 50 }, (_, index) => [span(`row ${index} ${"x".repeat(100)}`)]),
    scroll: 10,
    message: {
      text: "A message that is long enough to need more than one line on a small screen.",
      look: "warn",
    },
    keys: [
      ["y", "accept"],
      ["n", "reject"],
      ["?", "keys"],
      ["q", "quit"],
    ],
  };
  const sizes = [20, 40, 80, 200].flatMap((columns) => [8, 12, 24, 60].map((rows) => ({ columns, rows })));

  it.each(sizes)("fills a screen of $columns × $rows and no more", (size) => {
    const { lines } = layOut(frame, size, createPaint(false));
    expect(lines).toHaveLength(size.rows);
    for (const line of lines) expect(widthOf([span(line)])).toBeLessThanOrEqual(size.columns);
    expect(lines.at(-1)).toMatch(/quit|keys|reject|accept/);
  });

  it("says what is above and below, and never scrolls past the end", () => {
    const { lines, most } = layOut(
      { ...frame, message: null },
      { columns: 80, rows: 24 },
      createPaint(false),
    );
    expect([lines[2]!.slice(0, 6), lines.at(-2)]).toEqual([
      "row 10",
      expect.stringContaining("↑ 10 above · ↓ 20 more"),
    ]);
    expect(most).toBe(30);
    expect(
      layOut({ ...frame, message: null, scroll: 99 }, { columns: 80, rows: 24 }, createPaint(false)).lines[2],
    ).toMatch(/^row 30/);
  });

  it("has no escapes without colour, and balanced ones with it", () => {
    const size = { columns: 80, rows: 24 };
    expect(layOut(frame, size, createPaint(false)).lines.join("")).not.toContain("\x1b");
    const text = layOut(frame, size, createPaint(true)).lines.join("");
    expect(text.split("\x1b[0m").length).toBe((text.split("\x1b[").length - 1) / 2 + 1);
  });
});

describe("keys", () => {
  it.each([
    ["ynA?", ["y", "n", "A", "?"]],
    ["\r \x03\x1a", ["enter", "space", "ctrl-c", "ctrl-z"]],
    ["\x1b[A\x1bOB\x1b[5~\x1b", ["up", "down", "page-up", "escape"]],
    ["\x1b[200~y\x1b[1;5C", ["y"]],
    ["é東", ["é", "東"]],
  ])("of %j", (data, expected) => {
    expect(keysIn(data)).toEqual(expected);
  });
});

describe("the editor", () => {
  it.each([
    [{ VISUAL: "code", EDITOR: "vim" }, ["code", "--wait", "--goto", "/x y:7"]],
    [{ EDITOR: "'/opt/my editor/vim' -n" }, ["/opt/my editor/vim", "-n", "+7", "/x y"]],
    [{ EDITOR: "subl -w --wait" }, ["subl", "-w", "--wait", "/x y:7"]],
    [{ EDITOR: "nano; rm x" }, ["nano; rm x", "+7", "/x y"]],
    [{}, ["vi", "+7", "/x y"]],
  ])("of %j", (env, expected) => {
    expect(editorArguments(editorCommand(env), "/x y", 7)).toEqual(expected);
  });
});
