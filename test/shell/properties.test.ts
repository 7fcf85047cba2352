import fc from "fast-check";
import { expect, test } from "vitest";
import { effectsOf, parseShell, unwrap } from "../../src/shell/index.ts";
import { logical } from "./render.ts";

const piece = fc.constantFrom(
  ..."a b|&&|||;|&|'|\"|$|`|(|)|{|}|<|>|<<EOF|\n|EOF|\\|$(|${|~|*|#|=|-o|--port=80|-p|:80|/x|.|[|]]|!".split(
    "|",
  ),
  ..."if then fi for in do done case esac while sudo gosu exec sh -c find -exec xargs chown tar install su".split(
    " ",
  ),
  " ",
  " ",
);

test("whatever the text, parsing and judging end well and stay inside it", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      for (const command of parseShell(logical(text), { cwd: "/app" }).commands) {
        for (const { start, end } of [command, ...command.argv]) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(start).toBeLessThanOrEqual(end);
        }
        expect(unwrap(command).length).toBeGreaterThan(0);
        for (const listen of effectsOf(command, { user: "root", home: null }).listens) {
          expect(listen.end).toBeLessThanOrEqual(text.length);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
