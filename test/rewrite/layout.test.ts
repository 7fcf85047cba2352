import { describe, expect, test } from "vitest";
import { readDockerfile } from "../../src/dockerfile/index.ts";
import { applyEdits } from "../../src/rewrite/apply.ts";
import { Layout } from "../../src/rewrite/layout.ts";
import type { Edit } from "../../src/rewrite/types.ts";

/** What a file becomes by an edit at its instruction with this keyword. */
function changed(
  text: string,
  keyword: string,
  make: (layout: Layout, at: ReturnType<typeof instruction>) => Edit,
): string {
  const dockerfile = readDockerfile(text);
  const layout = new Layout(dockerfile, "Dockerfile");
  return applyEdits(text, [make(layout, instruction(dockerfile, keyword))]);
}

const instruction = (dockerfile: ReturnType<typeof readDockerfile>, keyword: string) =>
  dockerfile.instructions.findLast((one) => one.keyword === keyword)!;

describe("new lines before an instruction", () => {
  test("go above the comment that describes it", () => {
    const text = "FROM a\n# starts it\n# for good\nCMD b\n";
    expect(changed(text, "CMD", (layout, at) => layout.before(at, ["USER 1"]))).toBe(
      "FROM a\nUSER 1\n# starts it\n# for good\nCMD b\n",
    );
  });

  test("leave a comment alone that a blank line sets apart", () => {
    const text = "FROM a\n# about nothing\n\nCMD b\n";
    expect(changed(text, "CMD", (layout, at) => layout.before(at, ["USER 1"]))).toBe(
      "FROM a\n# about nothing\n\nUSER 1\nCMD b\n",
    );
  });

  test("stay below the directives", () => {
    const text = "# syntax=docker/dockerfile:1\nFROM a\n";
    expect(changed(text, "FROM", (layout, at) => layout.before(at, ["ARG X"]))).toBe(
      "# syntax=docker/dockerfile:1\nARG X\nFROM a\n",
    );
  });

  test("stay out of a heredoc that looks like a comment", () => {
    const text = "FROM a\nRUN <<E\necho\n# not a comment\nE\nCMD b\n";
    expect(changed(text, "CMD", (layout, at) => layout.before(at, ["USER 1"]))).toBe(
      "FROM a\nRUN <<E\necho\n# not a comment\nE\nUSER 1\nCMD b\n",
    );
  });

  test("end like the file's lines", () => {
    expect(
      changed("FROM a\r\nCMD b\r\n", "CMD", (layout, at) => layout.before(at, ["USER 1", "ENV A=1"])),
    ).toBe("FROM a\r\nUSER 1\r\nENV A=1\r\nCMD b\r\n");
  });
});

describe("new lines after an instruction", () => {
  test.each([
    ["at the end of the file", "FROM a\nCMD b\n", "FROM a\nCMD b\nUSER 1\n"],
    ["without a last newline", "FROM a\nCMD b", "FROM a\nCMD b\nUSER 1"],
    ["without a last newline, CRLF", "FROM a\r\nCMD b", "FROM a\r\nCMD b\r\nUSER 1"],
    ["before a comment", "FROM a\nCMD b\n# end\n", "FROM a\nCMD b\nUSER 1\n# end\n"],
    ["over several lines", "FROM a\nCMD b \\\n  c\n# end", "FROM a\nCMD b \\\n  c\nUSER 1\n# end"],
  ])("%s", (_, before, after) => {
    expect(changed(before, "CMD", (layout, at) => layout.after(at, ["USER 1"]))).toBe(after);
  });
});

describe("flags", () => {
  test.each([
    ["COPY . .", "COPY --chown=1:1 . ."],
    ["copy\t. .", "copy --chown=1:1\t. ."],
    ["COPY --from=x . .", "COPY --chown=1:1 --from=x . ."],
    ["COPY \\\n  a \\\n  b/", "COPY --chown=1:1 \\\n  a \\\n  b/"],
    ['COPY ["a", "b"]', 'COPY --chown=1:1 ["a", "b"]'],
  ])("%j", (before, after) => {
    expect(changed(`FROM a\n${before}\n`, "COPY", (layout, at) => layout.flag(at, "--chown=1:1"))).toBe(
      `FROM a\n${after}\n`,
    );
  });
});

describe("removing an instruction", () => {
  test("takes its line", () => {
    expect(changed("FROM a\nUSER 1\nCMD b\n", "USER", (layout, at) => layout.remove(at))).toBe(
      "FROM a\nCMD b\n",
    );
  });

  test("takes all of its lines", () => {
    expect(changed("FROM a\nRUN b \\\n  && c\nCMD d\n", "RUN", (layout, at) => layout.remove(at))).toBe(
      "FROM a\nCMD d\n",
    );
  });
});

describe("style", () => {
  const run = (text: string) =>
    new Layout(readDockerfile(text), "Dockerfile").run(["a".repeat(60), "b".repeat(60)]);
  const long = `${"a".repeat(60)} NEXT&& ${"b".repeat(60)}`;

  test.each([
    ["as in no other RUN", "FROM a\n", `RUN ${long.replace("NEXT", "\\\n    ")}`],
    ["two blanks", "FROM a\nRUN x \\\n  && y\n", `RUN ${long.replace("NEXT", "\\\n  ")}`],
    ["a tab", "FROM a\nRUN x && \\\n\ty\n", `RUN ${long.replace("NEXT", "\\\n\t")}`],
    ["CRLF", "FROM a\r\n", `RUN ${long.replace("NEXT", "\\\r\n    ")}`],
    ["another escape character", "# escape=`\nFROM a\n", `RUN ${long.replace("NEXT", "`\n    ")}`],
    ["lower case", "from a\n", `run ${long.replace("NEXT", "\\\n    ")}`],
  ])("a long RUN is broken %s", (_, text, expected) => {
    expect(run(text)).toBe(expected);
  });

  test("a short RUN stays on one line", () => {
    expect(new Layout(readDockerfile("FROM a\n"), "Dockerfile").run(["b", "c"])).toBe("RUN b && c");
  });
});
