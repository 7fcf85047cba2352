import { describe, expect, it } from "vitest";
import { closest } from "../../src/cli/support/closest.ts";
import { Progress } from "../../src/cli/support/progress.ts";
import { wantsColour, widthOf } from "../../src/cli/support/streams.ts";

describe("wantsColour", () => {
  const terminal = { isTTY: true };
  const pipe = {};
  it.each([
    ["a terminal", terminal, undefined, {}, true],
    ["a pipe", pipe, undefined, {}, false],
    ["a terminal and NO_COLOR", terminal, undefined, { NO_COLOR: "1" }, false],
    ["a terminal and an empty NO_COLOR", terminal, undefined, { NO_COLOR: "" }, true],
    ["a pipe and FORCE_COLOR", pipe, undefined, { FORCE_COLOR: "1" }, true],
    ["a terminal and FORCE_COLOR=0", terminal, undefined, { FORCE_COLOR: "0" }, false],
    ["a dumb terminal", terminal, undefined, { TERM: "dumb" }, false],
    ["a pipe and --color", pipe, true, { NO_COLOR: "1" }, true],
    ["a terminal and --no-color", terminal, false, { FORCE_COLOR: "1" }, false],
  ])("for %s", (_, stream, asked, env, expected) => {
    expect(wantsColour(stream, asked, env)).toBe(expected);
  });

  it("goes with a width that can be read", () => {
    expect(
      [undefined, 20, 90, 300].map((columns) => widthOf(columns === undefined ? {} : { columns })),
    ).toEqual([80, 40, 90, 100]);
  });
});

describe("Progress", () => {
  function run(isTTY: boolean, step: number): string {
    let time = 0;
    let text = "";
    const stream = { isTTY, columns: 40, write: (part: string) => (text += part) };
    const progress = new Progress(stream, 10, () => time);
    for (let i = 0; i < 10; i++) {
      time += step;
      progress.advance(`services/with/a/rather/long/name/${i}/Dockerfile`);
    }
    progress.clear();
    return text;
  }

  it("shows on a terminal when a run takes long, fits the line, and goes", () => {
    const text = run(true, 200);
    expect(text).toContain("3/10");
    expect(text.endsWith("\r\x1b[K")).toBe(true);
    // eslint-disable-next-line no-control-regex -- what a terminal is told
    for (const line of text.split(/\r|\x1b\[K/)) expect(line.length).toBeLessThan(40);
  });

  it("counts what is read for one Dockerfile, and begins anew with the next", () => {
    let time = 0;
    let text = "";
    const stream = { isTTY: true, columns: 80, write: (part: string) => (text += part) };
    const progress = new Progress(stream, 2, () => (time += 200));
    for (let i = 0; i < 5; i++) progress.read();
    progress.advance("a/Dockerfile");
    progress.read();
    expect(text).toContain("0/2 5 files read");
    expect(text).toContain("1/2 a/Dockerfile");
    expect(text.split("1/2 a/Dockerfile")[1]).toContain("1/2 1 files read");
  });

  it("shows nothing in a pipe or on a short run", () => {
    expect(run(false, 200)).toBe("");
    expect(run(true, 10)).toBe("");
  });
});

describe("closest", () => {
  it.each([
    ["wirte", "write"],
    ["ouput", null],
    ["Acount", "account"],
    ["x", null],
  ])("guesses what %s means", (word, expected) => {
    expect(closest(word, ["write", "account", "skip"])).toBe(expected);
  });
});
