/** The button that verifies, with a real engine. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { withBrowser } from "./support/browser.ts";
import { withEngine } from "./support/engine.ts";
import { review } from "./support/review.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/alpine-script", import.meta.url));

function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

withEngine("verifying from the page", () => {
  withBrowser("in the browser", (browser) => {
    it("tells what goes on, can be cancelled, and shows what was seen", async () => {
      const page = await browser.open((await review(filesOf(EXAMPLE))).url);
      await page.locator(".card").first().waitFor();
      await page.getByRole("tab", { name: "Verify" }).click();
      await page.getByRole("button", { name: "Verify", exact: true }).click();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Verify", exact: true }).waitFor({ timeout: 120_000 });
      expect(await page.locator(".verdict").count()).toBe(0);
      await page.getByRole("button", { name: "Verify", exact: true }).click();
      await page.locator(".log pre", { hasText: "build" }).waitFor({ timeout: 120_000 });
      await page
        .locator(".verdict", { hasText: "It behaves the same, without root." })
        .waitFor({ timeout: 400_000 });
      expect(await page.getByRole("row", { name: /^runs as/ }).innerText()).toMatch(/root\s+uid \d+/);
      await page.keyboard.press("1");
      await page.locator(".card").first().getByRole("button", { name: "Reject" }).click();
      await page.getByRole("tab", { name: "Verify" }).click();
      await page.getByText("The choices have changed since").waitFor();
      expect(browser.complaints).toEqual([]);
    });
  });
});
