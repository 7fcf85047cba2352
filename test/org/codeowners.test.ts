import { expect, test } from "vitest";
import { readCodeOwners } from "../../src/org/codeowners.ts";

const GITHUB = `# owners
*            @acme/all   # everybody
*.js         @js-owner docs@example.com
/build/      @builder
docs/*       @writer
apps/        @octocat
/apps/github
a\\ b/        @spaces
!negated     @nobody
`;

test.each([
  ["README.md", ["acme/all"]],
  ["lib/x.js", ["js-owner"]],
  ["build/Dockerfile", ["builder"]],
  ["x/build/Dockerfile", ["acme/all"]],
  ["docs/a.md", ["writer"]],
  ["apps/x/Dockerfile", ["octocat"]],
  ["apps/github", []],
  ["a b/Dockerfile", ["spaces"]],
  ["negated", ["acme/all"]],
])("GitHub: the last line that fits %s decides", (path, owners) => {
  expect(readCodeOwners(GITHUB).of([path])).toEqual(owners);
});

test("GitLab: a section's owners hold for lines without", () => {
  const owners = readCodeOwners(
    "[Images][2] @docker-team\nDockerfile\n/api/ @group/sub/api\n^[Docs]\n*.md @writer\n",
  );
  expect(owners.of(["x/Dockerfile", "api/main.go", "a.md"])).toEqual([
    "docker-team",
    "group/sub/api",
    "writer",
  ]);
});

test("each owner once, and a file of any length is read", () => {
  const owners = readCodeOwners("*.a @x @y\n*.b @y\n".repeat(1000));
  expect(owners.of(["1.a", "1.b"])).toEqual(["x", "y"]);
});
