import { expect, test } from "vitest";
import { applyEdits } from "../../src/rewrite/apply.ts";
import { type Applied, touchedLines } from "../../src/review/web/page/lines.ts";

const BEFORE = "FROM a\nCOPY . .\nEXPOSE 80\nCMD b\n";
const edit = (start: number, end: number, text: string) => ({ path: "f", start, end, text });
const change = (id: string, ...edits: ReturnType<typeof edit>[]): Applied => ({ id, isApplied: true, edits });
const touched = (changes: Applied[], before = BEFORE) =>
  Object.fromEntries(touchedLines("f", before, changes));

test("a whole new line shows where it stands afterwards, and nowhere before", () => {
  expect(touched([change("user", edit(26, 26, "USER 1\n"))])).toEqual({
    user: { before: [], after: [{ from: 4, to: 4 }] },
  });
});

test("what is put into a line shows on that line on both sides", () => {
  expect(touched([change("chown", edit(11, 11, " --chown=x"))])).toEqual({
    chown: { before: [{ from: 2, to: 2 }], after: [{ from: 2, to: 2 }] },
  });
});

test("lines that others add above move what stands below", () => {
  const account = change("account", edit(7, 7, "RUN one \\\n  && two\n\n"));
  const ports = change("ports", edit(23, 25, "8080"));
  expect(touched([ports, account])).toEqual({
    account: { before: [], after: [{ from: 2, to: 4 }] },
    ports: { before: [{ from: 3, to: 3 }], after: [{ from: 6, to: 6 }] },
  });
});

test("insertions at the same place keep the order in which they are applied", () => {
  const changes = [change("first", edit(26, 26, "RUN x\n")), change("second", edit(26, 26, "USER 1\n"))];
  expect(
    applyEdits(
      BEFORE,
      changes.flatMap(({ edits }) => edits),
    )
      .split("\n")
      .slice(3, 5),
  ).toEqual(["RUN x", "USER 1"]);
  expect(touched(changes)).toMatchObject({
    first: { after: [{ from: 4 }] },
    second: { after: [{ from: 5 }] },
  });
});

test("what is taken away shows only before; what is not applied moves nothing", () => {
  const gone = change("gone", edit(7, 16, ""));
  const rejected = { ...change("rejected", edit(7, 7, "RUN x\nRUN y\n")), isApplied: false };
  const user = change("user", edit(26, 26, "USER 1\n"));
  expect(touched([gone, rejected, user])).toEqual({
    gone: { before: [{ from: 2, to: 2 }], after: [] },
    rejected: { before: [], after: [] },
    user: { before: [], after: [{ from: 3, to: 3 }] },
  });
});

test("Windows' line ends count once, and a text that begins on a new line does not touch the old one", () => {
  const before = "FROM a\r\nCMD b\r\n";
  expect(touched([change("x", edit(6, 6, "\r\nUSER 1"))], before)).toEqual({
    x: { before: [], after: [{ from: 2, to: 2 }] },
  });
});

test("edits of other files are not looked at", () => {
  expect(touchedLines("g", BEFORE, [change("x", edit(0, 0, "y"))]).size).toBe(0);
});
