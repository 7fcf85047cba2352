import { describe, expect, it, type TestOptions } from "vitest";
import { findEngine, type Engine } from "../../../src/verify/index.ts";

/** The engine of the end-to-end tests, or why there is none. */
export const found: Engine | string = await findEngine("docker").catch((error: Error) => error.message);

const required = process.env["DEROOT_E2E"] === "required";

/**
 * Tests that need a container engine. Where there is none they are skipped and say why, unless
 * DEROOT_E2E=required, which makes that a failure.
 */
export function withEngine(title: string, tests: (engine: Engine) => void, options: TestOptions = {}): void {
  if (typeof found !== "string") {
    describe(title, options, () => tests(found as Engine));
  } else if (required) {
    it(title, () => {
      expect.fail(`DEROOT_E2E=required, but ${found as string}`);
    });
  } else {
    describe.skip(`${title} (skipped: ${found})`, () => {
      it("needs a container engine");
    });
  }
}
