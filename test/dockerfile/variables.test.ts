import { describe, expect, it } from "vitest";
import { expand } from "../../src/dockerfile/index.ts";

const VALUES = new Map([
  ["A", "ab.b.tar.gz"],
  ["E", ""],
]);
const value = (raw: string, escape: "\\" | "`" = "\\") =>
  expand(raw, (name) => VALUES.get(name), escape).value;

describe("expand", () => {
  it.each([
    ["plain", "plain"],
    ["$A-x", "ab.b.tar.gz-x"],
    ["${A}x", "ab.b.tar.gzx"],
    ["${A:-d}", "ab.b.tar.gz"],
    ["${E:-d}", "d"],
    ["${E-d}", ""],
    ["${U:-d}", "d"],
    ["${U-$A}", "ab.b.tar.gz"],
    ["${A:+x}", "x"],
    ["${E:+x}", ""],
    ["${E+x}", "x"],
    ["${U+x}", ""],
    ["${A#*.}", "b.tar.gz"],
    ["${A##*.}", "gz"],
    ["${A%.*}", "ab.b.tar"],
    ["${A%%.*}", "ab"],
    ["${A/b/z}", "az.b.tar.gz"],
    ["${A//b/z}", "az.z.tar.gz"],
    ["'$A'", "$A"],
    ['"$E x"', " x"],
    ["\\$A", "$A"],
    ['"\\$A\\n"', "$A\\n"],
    ["a\\ b", "a b"],
    ["$", "$"],
    ["$$(x)", null],
    ["${A?no}", "ab.b.tar.gz"],
    ["${U?no}", null],
    ["$U", null],
    ["${U#x}", null],
    ["${", null],
    ["${A^}", null],
    ["'open", null],
  ])("%s", (raw, expected) => {
    expect(value(raw)).toBe(expected);
  });

  it("knows the other escape character", () => {
    expect(value("c:\\a`$A", "`")).toBe("c:\\a$A");
  });

  it("names what it does not know, also behind a default", () => {
    const { unknown } = expand("$U${V:-x}$A${U}", (name) => VALUES.get(name), "\\");
    expect(unknown).toEqual(["U", "V"]);
  });
});
