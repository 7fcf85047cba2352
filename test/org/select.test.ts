import { expect, test } from "vitest";
import type { Repository } from "../../src/org/forge.ts";
import { EVERYTHING, isWanted } from "../../src/org/select.ts";

const named = (name: string): Repository =>
  ({ name: `acme/${name}`, topics: [], language: null, pushedAt: null }) as never;

test.each([
  ["api", "api", true],
  ["api", "API", true],
  ["api-users", "api", false],
  ["api-users", "api-*", true],
  ["api-users", "*users", true],
  ["api-users", "a*i-*s", true],
  ["api-users", "a*x*s", false],
  ["api", "a?i", true],
  ["api", "a?", false],
  ["api", "*", true],
  ["aab", "a*ab", true],
  ["ab", "ab*b", false],
])("%s fits %s: %s", (name, pattern, expected) => {
  expect(isWanted(named(name), { ...EVERYTHING, names: [pattern] })).toBe(expected);
});

test("a pattern that was made to be slow is not", () => {
  expect(isWanted(named("a".repeat(100)), { ...EVERYTHING, names: ["*a".repeat(50) + "b"] })).toBe(false);
});
