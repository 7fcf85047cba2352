import { describe, expect, test } from "vitest";
import { applyEdits, withoutConflicts, withoutRejected } from "../../src/rewrite/apply.ts";
import type { Change, Edit } from "../../src/rewrite/types.ts";

const edit = (start: number, end: number, text: string, path = "Dockerfile"): Edit => ({
  path,
  start,
  end,
  text,
});

const change = (id: string, edits: readonly Edit[], dependsOn: readonly string[] = []): Change => ({
  id,
  pass: id,
  title: id,
  reason: id,
  applicability: "safe",
  dependsOn,
  evidence: [],
  edits,
});

const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);

describe("applyEdits", () => {
  test("replaces, inserts and removes, in whatever order they come", () => {
    expect(applyEdits("abcdef", [edit(4, 6, ""), edit(0, 1, "A"), edit(2, 2, "-")])).toBe("Ab-cd");
  });

  test("keeps the order of insertions at one place", () => {
    expect(applyEdits("ab", [edit(1, 1, "1"), edit(1, 1, "2"), edit(1, 1, "3")])).toBe("a123b");
  });

  test("puts an insertion before a replacement that begins at the same place", () => {
    expect(applyEdits("abc", [edit(1, 2, "B"), edit(1, 1, "+")])).toBe("a+Bc");
  });

  test("puts an insertion behind a replacement that ends there", () => {
    expect(applyEdits("abc", [edit(1, 1, "+"), edit(0, 1, "A")])).toBe("A+bc");
  });

  test("changes nothing without edits", () => {
    expect(applyEdits("\uFEFFFROM a\r\n", [])).toBe("\uFEFFFROM a\r\n");
  });

  test.each([
    ["overlapping", [edit(0, 3, "x"), edit(2, 4, "y")]],
    ["twice the same", [edit(0, 2, "x"), edit(0, 2, "x")]],
    ["behind the end", [edit(5, 9, "x")]],
    ["turned around", [edit(3, 2, "x")]],
  ])("refuses edits that are %s", (_, edits) => {
    expect(() => applyEdits("abcdef", edits)).toThrow(RangeError);
  });
});

describe("withoutConflicts", () => {
  test("keeps the first of two changes that overlap", () => {
    const changes = [
      change("a", [edit(0, 4, "x")]),
      change("b", [edit(3, 6, "y")]),
      change("c", [edit(6, 8, "z")]),
    ];
    expect(ids(withoutConflicts(changes))).toEqual(["a", "c"]);
  });

  test("leaves out what depends on a change that is left out", () => {
    const changes = [
      change("a", [edit(0, 4, "x")]),
      change("b", [edit(3, 6, "y")]),
      change("c", [edit(9, 9, "z")], ["b"]),
    ];
    expect(ids(withoutConflicts(changes))).toEqual(["a"]);
  });

  test("does not take neighbours, insertions at one place or other files for conflicts", () => {
    const changes = [
      change("a", [edit(0, 4, "x")]),
      change("b", [edit(4, 6, "y")]),
      change("c", [edit(4, 4, "+"), edit(0, 4, "x", "compose.yaml")]),
      change("d", [edit(4, 4, "+")]),
    ];
    expect(ids(withoutConflicts(changes))).toEqual(["a", "b", "c", "d"]);
  });
});

describe("withoutRejected", () => {
  const changes = [change("a", []), change("b", [], ["a"]), change("c", [], ["b"]), change("d", [])];

  test("takes along what depends on it, however far", () => {
    expect(ids(withoutRejected(changes, ({ id }) => id === "a"))).toEqual(["d"]);
  });

  test("leaves alone what it depends on", () => {
    expect(ids(withoutRejected(changes, ({ id }) => id === "c"))).toEqual(["a", "b", "d"]);
  });

  test("does not depend on the order", () => {
    expect(ids(withoutRejected([...changes].reverse(), ({ id }) => id === "b"))).toEqual(["d", "a"]);
  });
});
