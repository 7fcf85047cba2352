/** Every example, legacy against rewritten: built, run without any rights, asked, compared. */
import { expect, it } from "vitest";
import { withEngine } from "./support/engine.ts";
import { examples, expectSize, told, verifyExample } from "./support/examples.ts";

withEngine(
  "examples do the same unprivileged",
  (engine) => {
    for (const example of examples) {
      if (example.expect === "rewritten") {
        it(example.name, async () => {
          const verification = await verifyExample(engine, example);
          expect(told(verification)).toBe("same");
          expectSize(verification, example.larger);
          const [now] = verification.rewritten;
          expect(now?.processes?.length, "processes were seen").toBeGreaterThan(0);
          expect(
            now?.processes?.filter(({ uid, capabilities }) => uid === 0 || capabilities.length > 0),
          ).toEqual([]);
        });
      } else {
        it(`${example.name} is left alone`, async () => {
          const { verdict, rewrite } = await verifyExample(engine, example);
          expect([verdict, rewrite.files]).toEqual(["skipped", []]);
        });
      }
    }
  },
  { concurrent: true },
);
