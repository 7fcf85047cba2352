import { expect, it } from "vitest";
import { splitWords } from "../../src/verify/words.ts";

it.each([
  ["npm start", ["npm", "start"]],
  ["  a   b ", ["a", "b"]],
  [`sh -c "echo 'a b' \\"c\\""`, ["sh", "-c", `echo 'a b' "c"`]],
  [`'it''s' ""`, ["its", ""]],
  ["a\\ b", ["a b"]],
  ["", []],
  ["'open", ["open"]],
])("%s", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});
