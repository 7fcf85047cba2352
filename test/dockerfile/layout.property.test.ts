import fc from "fast-check";
import { expect, it } from "vitest";
import { readDockerfile } from "../../src/dockerfile/index.ts";

/** An instruction as its logical pieces; between two of them any layout may stand. */
interface Piece {
  keyword: string;
  flags: string[];
  words: string[];
}

const word = fc.stringMatching(/^[a-z0-9./_:é日-]{1,8}$/u).filter((text) => !text.startsWith("-"));
const flag = word.map((value) => `--chown=${value}`);
const name = fc.stringMatching(/^[A-Z]{1,4}$/);
const quoted = fc.oneof(
  word,
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `"${words.join("  ")}"`),
);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({
    keyword: fc.constantFrom("COPY", "copy", "Add"),
    flags: fc.array(flag, { maxLength: 1 }),
    words: fc.array(word, { minLength: 2, maxLength: 4 }),
  }),
  fc.record({
    keyword: fc.constantFrom("ENV", "label"),
    flags: fc.constant<string[]>([]),
    words: fc.array(
      fc.tuple(name, quoted).map(([key, value]) => `${key}=${value}`),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  fc.record({
    keyword: fc.constantFrom("EXPOSE", "VOLUME"),
    flags: fc.constant<string[]>([]),
    words: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
);

interface Layout {
  escape: "\\" | "`";
  eol: string;
  bom: boolean;
  lastNewline: boolean;
}
const layout: fc.Arbitrary<Layout> = fc.record({
  escape: fc.constantFrom("\\" as const, "`" as const),
  eol: fc.constantFrom("\n", "\r\n"),
  bom: fc.boolean(),
  lastNewline: fc.boolean(),
});
const gap = fc.constantFrom(" ", "\t", "  ", "CONTINUE", "COMMENT", "BLANK");
const between = fc.constantFrom("", "# c", "   # c \\", "\t", "");

function gapText(kind: string, { escape, eol }: Layout): string {
  if (kind === "CONTINUE") return ` ${escape}${eol}  `;
  if (kind === "COMMENT") return ` ${escape} ${eol} # a ${escape}${eol}#b${eol}\t`;
  if (kind === "BLANK") return `${escape}${eol}${eol}  ${eol} `;
  return kind;
}

it("reads what was written, whatever the layout", () => {
  const file = fc.record({
    layout,
    instructions: fc.array(fc.tuple(piece, fc.infiniteStream(gap), between, fc.constantFrom("", " ", "\t")), {
      maxLength: 6,
    }),
  });
  fc.assert(
    fc.property(file, ({ layout, instructions }) => {
      const { eol } = layout;
      let text = layout.bom ? "\ufeff" : "";
      if (layout.escape === "`") text += `# escape=\`${eol}`;
      text += `FROM base${eol}`;
      for (const [{ keyword, flags, words }, gaps, line, indent] of instructions) {
        if (line !== "") text += line + eol;
        text += indent + keyword;
        for (const each of [...flags, ...words]) text += gapText(gaps.next().value, layout) + each;
        text += eol;
      }
      if (!layout.lastNewline) text = text.slice(0, -eol.length);

      const read = readDockerfile(text);
      const found = read.instructions.slice(1).map((each) => ({
        keyword: each.keyword,
        flags: each.flags.map(({ name, value }) => `--${name}=${value}`),
        words: each.words.map(({ raw }) => raw),
      }));
      expect(found).toEqual(instructions.map(([each]) => ({ ...each, keyword: each.keyword.toUpperCase() })));

      // Ranges are in order and nested, and what they leave out is blank.
      const parts = [
        ...read.instructions,
        ...read.directives,
        ...read.comments.filter(({ inside }) => !inside),
      ];
      parts.sort((one, other) => one.start - other.start);
      let at = layout.bom ? 1 : 0;
      for (const part of parts) {
        expect(text.slice(at, part.start).trim()).toBe("");
        expect(part.end).toBeGreaterThan(part.start);
        at = part.end;
      }
      expect(text.slice(at).trim()).toBe("");
      for (const { start, end, keywordRange, flags, words } of read.instructions) {
        let inner = start;
        for (const part of [keywordRange, ...flags, ...words]) {
          expect(part.start).toBeGreaterThanOrEqual(inner);
          inner = part.end;
        }
        expect(inner).toBeLessThanOrEqual(end);
      }
    }),
    { numRuns: 500 },
  );
});

it("never fails but with a DockerfileError, and always ends", () => {
  const token = fc.constantFrom(
    ...'FROM a|RUN |COPY |ENV |ONBUILD |CMD |\n|\r\n|\\\n|\\|`|<<EOF|EOF\n|["a"]|[|"|\'|$|{|}|=|--x|--| |#|\t'.split(
      "|",
    ),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
      try {
        readDockerfile(tokens.join(""));
      } catch (error) {
        expect(error).toMatchObject({ name: "DockerfileError" });
      }
    }),
    { numRuns: 1000 },
  );
});
