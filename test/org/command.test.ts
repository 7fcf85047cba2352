/** `deroot org` on the command line: what is refused, and how it is told. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const DEROOT = fileURLToPath(new URL("../../dist/deroot.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deroot-org-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function org(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stderr: string }> {
  const clean = { PATH: "/nowhere", HOME: folder, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder };
  // Nobody listens there.
  const address = args.includes("--api-url") || args.length === 0 ? [] : ["--api-url", "http://127.0.0.1:9"];
  const child = spawn(process.execPath, [DEROOT, "org", ...args, ...address], { env: { ...clean, ...env } });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  return new Promise((done) => child.on("close", (code) => done({ code, stderr })));
}

test.each([
  [["open", "acme"], "it wants --yes, or --approved FILE"],
  [["close", "acme"], "it wants --yes"],
  [["plan"], "whose repositories?"],
  [["plan", "acme", "--repo", "b/c/"], 'expected OWNER/NAME, not "b/c/"'],
  [["plan", "acme", "--api-url", "http://ghe.example.com/api/v3"], "the token would be sent in the clear"],
  [["plan", "acme", "--api-url", "https://u:p@ghe.example.com"], "it holds a password"],
  [["open", "acme", "--yes", "--quiet-hours", "25:00-06:00"], "--quiet-hours: expected hours"],
  [["open", "acme", "--yes", "--max", "0"], "--max: expected a number from 1 on"],
  [["plan", "acme", "--pushed-since", "soon"], '"soon" is no date'],
  [["open", "acme", "--approved", "/nowhere/plan.json"], "Check the path"],
  [["pan", "acme"], '"pan" is one word too many'],
  [[], "which of plan, open, status, sync, close"],
])("%j is told: %s", async (args, message) => {
  const { code, stderr } = await org(args, { GITHUB_TOKEN: "ghp_secretsecretsecret" });
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(stderr).not.toContain("ghp_secret");
  expect(stderr).not.toContain("should not happen");
});

test("without a token it says where one comes from", async () => {
  const { code, stderr } = await org(["plan", "acme"]);
  expect(stderr).toContain("there is no token for GitHub");
  expect(stderr).toContain("gh auth login");
  expect(code).toBe(3);
});
