import { expect, test } from "vitest";
import { readDockerignore } from "../../src/companions/index.ts";

const ignored = (lines: readonly string[], path: string) => readDockerignore(lines.join("\n"))(path);

test.each([
  // pattern, path, left out
  ["**", "file", true],
  ["**/", "dir/file", true],
  ["**/**", "dir/file", true],
  ["dir/**", "dir/dir2/file", true],
  ["dir/**", "dir", false],
  ["**/dir", "dir", true],
  ["**/dir", "dir/file", true],
  ["**/dir2/*", "dir/dir2/file", true],
  ["**/dir2/**", "dir/dir2/dir3/file", true],
  ["**file", "dir/dir/file", true],
  ["**file", "dir/otherfile", true],
  ["**/file", "dir/otherfile", false],
  ["**/file*txt", "dir/dir/file.txt", true],
  ["**/**/*.txt", "file.txt", true],
  ["**/**/*.txt2", "dir/file.txt", false],
  ["a**/*.txt", "a/dir/dir/file.txt", true],
  ["a/*.txt", "a/dir/file.txt", false],
  ["a/*.txt**", "a/file.txt", true],
  ["a[b-d]e", "ace", true],
  ["a[b-d]e", "aae", false],
  ["a[^b-d]e", "aze", true],
  ["a[x-]e", "axe", false],
  ["[", "[", false],
  [".*", ".foo", true],
  [".*", "foo", false],
  ["abc.def", "abcZdef", false],
  ["abc?def", "abcZdef", true],
  ["abc?def", "abc/def", false],
  ["**/.foo", "bar.foo", false],
  ["a(b)c/def", "a(b)c/def", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["a*", "ab/c", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false],
  ["a?b", "a\u263ab", true],
  ["/node_modules", "node_modules/x/y.js", true],
  ["node_modules/", "node_modules/x/y.js", true],
  ["node_modules", "sub/node_modules/x", false],
  ["./dist", "dist/x", true],
  ["# dist", "# dist", false],
  [".", "anything", false],
  ["", "anything", false],
  ["*", ".", false],
])("%s leaves out %s: %s", (pattern, path, expected) => {
  expect(ignored([pattern], path)).toBe(expected);
});

test.each([
  [["docs", "!docs/README.md"], "docs/README.md", false],
  [["docs", "!docs/README.md"], "docs/other.md", true],
  [["!docs/README.md", "docs"], "docs/README.md", true],
  [["**", "!util/docker/web"], "util/docker/web/foo", false],
  [["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo", true],
  [["*", "! src/ ", "src/**/*.test.ts"], "src/a.ts", false],
  [["*", "! src/ ", "src/**/*.test.ts"], "src/x/a.test.ts", true],
  [["\uFEFF*.md", "\r", "!README.md\r"], "README.md", false],
  [["!"], "a", false],
])("%j and %s: %s", (patterns, path, expected) => {
  expect(ignored(patterns, path)).toBe(expected);
});

test("no pattern makes it slow", () => {
  expect(ignored(["**/a".repeat(200)], "b/".repeat(400) + "b")).toBe(false);
  expect(ignored(["*a".repeat(400)], "a".repeat(300))).toBe(false);
  const leavesOut = readDockerignore("*\n!src\n**/*.log\nnode_modules\n**/tmp/**\n!keep.log");
  for (let n = 0; n < 20_000; n++) leavesOut(`src/some/folder/${n % 97}/file-${n}.ts`);
});
