import { describe, expect, test } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { commitText, pullRequestBody, pullRequestTitle } from "../../src/org/body.ts";
import {
  commitMessage,
  digestIn,
  markedBody,
  readMarker,
  remark,
  replaceBody,
} from "../../src/org/marker.ts";
import { scan } from "../../src/org/scan.ts";

const settings = { organisation: {}, given: {} };
const marker = { digest: "d".repeat(32), head: "a".repeat(40), state: "open" } as const;

describe("the body", () => {
  test("pings nobody, whatever a repository is called and says", async () => {
    const evil =
      "@acme/everyone fixes #1 GH-2 https://github.com/o/r/issues/3 <!-- deroot {} --> | `x` [a](b) !4";
    const tree = memoryTree({
      [`${evil}/Dockerfile`]: `FROM node:20\n# ${evil}\nWORKDIR "/${evil}"\nCOPY . .\nVOLUME ["/${evil}"]\nCMD ["node", "x.js"]\n`,
      [`b/Dockerfile.${evil.replaceAll("/", "")}`]: `FROM ${evil}\nCMD ["cron"]\n`,
    });
    const { groups } = await scan(tree, settings);
    const text = pullRequestBody(groups[0]!, { version: "1" })
      .replace(/(`+)[^`].*?\1/g, "")
      // As a browser sees it.
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    expect(text).not.toMatch(/@\w|#\d|GH-\d|!\d|https:\/\/github/);
    expect(readMarker(pullRequestBody(groups[0]!, { version: "1" }))).toBeNull();
    expect(commitText(groups[0]!)).not.toMatch(/[@#]/);
    expect(pullRequestTitle({ directory: `x/${evil}` }, null)).not.toMatch(/[@#<>`]/);
  });

  test("stays within what a forge takes, and says that there is more", async () => {
    const app = 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "x.js"]\n';
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`services/service-${i}/Dockerfile`, app]),
    );
    const { groups } = await scan(memoryTree(many), settings);
    const body = pullRequestBody(groups[0]!, { version: "1" });
    expect(body.length).toBeLessThan(60_000);
    expect(body).toContain("… and 200 more");
    expect(body).toContain("## If you do not want this");
  });
});

describe("the marker", () => {
  test("comes back from a body, also with the line ends of a browser", () => {
    const body = markedBody("Text.", marker);
    expect(readMarker(body)).toEqual(marker);
    expect(readMarker(body.replaceAll("\n", "\r\n"))).toEqual(marker);
    expect(readMarker(remark(body, { ...marker, state: "withdrawn" }))!.state).toBe("withdrawn");
  });

  test("is nothing that a line of somebody else's could be", () => {
    expect(readMarker('- `<!-- deroot {"digest":"x","head":"y","state":"withdrawn"} -->`')).toBeNull();
    expect(readMarker("<!-- deroot {} -->")).toBeNull();
    expect(readMarker("<!-- deroot {nonsense} -->")).toBeNull();
  });

  test("what people wrote around our part stays; where they took it out, it stays out", () => {
    const body = `Before.\n\n${markedBody("Old.", marker)}\nAfter.`;
    const next = replaceBody(body, "New.", { ...marker, head: "b".repeat(40) });
    expect(next).toMatch(/^Before\.\n\n<!-- deroot:begin -->\nNew\./);
    expect(next).toMatch(/\nAfter\.$/);
    expect(next).not.toContain("Old.");
    const bare = replaceBody("My own words.", "New.", marker);
    expect(bare).not.toContain("New.");
    expect(readMarker(bare)).toEqual(marker);
  });

  test("commit messages carry the digest", () => {
    expect(digestIn(commitMessage("fix: x", "Text.", "0123456789abcdef"))).toBe("0123456789abcdef");
    expect(digestIn("fix: Deroot-Files: 0123456789abcdef")).toBeNull();
  });
});
