import { DockerfileParser } from "dockerfile-ast";
import { describe, expect, it } from "vitest";
import { crossCheck, KNOWN_DIFFERENCES } from "../../src/dockerfile/library.ts";
import { readDockerfile } from "../../src/dockerfile/index.ts";

/** One file for each known difference: the library errs on it, and the reader does not mind. */
const FILES: Record<string, string[]> = {
  "escaped escape character at a line's end": [
    "FROM a\nRUN x \\\\\nUSER b\n",
    "# escape=`\nFROM a\nRUN x ``\nUSER b\n",
  ],
  heredoc: ["FROM a\nRUN cat << 'EOF'\nRUN b\nEOF\nUSER c\n", "FROM a\nRUN cat 3<<EOF\nb\nEOF\nUSER c\n"],
  "escape character before a blank": ["FROM a\nRUN x \\ \\\n y\nUSER b\n"],
  "blank other than space and tab": ["FROM a\n\f\nUSER b\n", "FROM a\n\u00a0USER b\n"],
  "line continuation at or before the keyword": [
    "FROM a\n\\\nUSER b\n",
    "FROM a\nRUN\\\n# c `x\n a\nUSER b\n",
  ],
};

describe("known differences to dockerfile-ast", () => {
  it("have a file each", () => {
    expect(Object.keys(FILES)).toEqual(KNOWN_DIFFERENCES.map(({ name }) => name));
  });

  it.each(Object.entries(FILES).flatMap(([name, files]) => files.map((text) => [name, text])))(
    "%s: %j",
    (_name, text) => {
      const { instructions } = readDockerfile(text);
      const ours = instructions.map(({ start }) => start);
      const lines = text.split("\n");
      const theirs = DockerfileParser.parse(text)
        .getInstructions()
        .map((each) => each.getRange().start)
        .map(
          ({ line, character }) => lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0) + character,
        );
      expect(theirs).not.toEqual(ours);
    },
  );

  it("are all: anything else is a disagreement", () => {
    const { escape, instructions } = readDockerfile("FROM a\nRUN b\nUSER c\n");
    const some = instructions.filter(({ keyword }) => keyword !== "RUN");
    expect(() => crossCheck("FROM a\nRUN b\nUSER c\n", escape, some)).toThrow(
      expect.objectContaining({ problem: "disagreement" }),
    );
  });
});
