/** The review page and the report as people see and hear them: sizes, colours, accessibility. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { withBrowser } from "./support/browser.ts";
import { deroot, PROJECT, repository, review } from "./support/review.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe has to say about the page as it stands. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(where: Document): Promise<{ violations: Violation[] }> };
    };
    return (await checker.run(document)).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`),
  );
}

/** Goes through everything that the page can show; `see` is called at each stop. */
async function visit(page: Page, see: (where: string) => Promise<void>): Promise<void> {
  const { keyboard } = page;
  await page.locator(".head").waitFor();
  await see("a declined Dockerfile");
  const list = page.getByRole("button", { name: "Dockerfiles" });
  if (await list.isVisible()) {
    await list.click();
    await see("the list");
  }
  await page.locator(".row", { hasText: "web/Dockerfile" }).click();
  await page.locator(".cm-content").first().waitFor({ state: "attached" });
  for (const tab of await page.getByRole("tab").all()) {
    if (!(await tab.isVisible())) continue;
    await tab.click();
    await see(await tab.innerText());
  }
  await page.getByRole("tab", { name: "Changes" }).click();
  await keyboard.press("v");
  await see("the other layout");
  for (const [key, what] of [
    ["?", "the keys"],
    ["w", "a page about a pass"],
  ] as const) {
    await keyboard.press(key);
    await page.getByRole("dialog").waitFor();
    await page.locator("dialog .prose > *, dialog .keys").first().waitFor();
    await see(what);
    await keyboard.press("Escape");
    // Closed, it has no role any more; keys work again when it is gone.
    await page.locator("dialog").waitFor({ state: "detached" });
  }
}

withBrowser("the looks of the review", (browser) => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280]) {
      it(`gives axe nothing to find, ${colorScheme}, ${width} px`, async () => {
        const page = await browser.open((await review(PROJECT)).url, { width, colorScheme });
        await visit(page, async (where) => {
          expect(await axe(page), where).toEqual([]);
        });
        await page.keyboard.press("j");
        await page.keyboard.press("n");
        await page.locator(".card.rejected").first().waitFor();
        await page.keyboard.press("k");
        await page.keyboard.press("y");
        await expect.poll(() => page.locator(".card.accepted, .card.rejected").count()).toBeGreaterThan(0);
        expect(await axe(page), "choices").toEqual([]);
        await page.getByRole("button", { name: "Apply…" }).click();
        await page.getByRole("dialog", { name: "Apply" }).waitFor();
        expect(await axe(page), "apply").toEqual([]);
        await page.getByRole("button", { name: /^Accept the rest too|^Write/ }).click();
        await page.getByRole("dialog", { name: /written/ }).waitFor();
        expect(await axe(page), "written").toEqual([]);
        expect(browser.complaints).toEqual([]);
      });
    }

    it(`gives axe nothing to find in a report, ${colorScheme}`, async () => {
      const folder = repository(PROJECT);
      deroot(folder, "migrate", "--html", "report.html");
      const page = await browser.open(`file://${folder}/report.html`, { colorScheme });
      await visit(page, async (where) => {
        expect(await axe(page), where).toEqual([]);
      });
      for (const name of ["Accept", "Reject", "Apply…", "Verify again", "Undo"])
        expect(await page.getByRole("button", { name, exact: true }).count(), name).toBe(0);
      expect(browser.complaints).toEqual([]);
    });
  }

  for (const width of [360, 768, 1280, 2560]) {
    it(`fits into ${width} px`, async () => {
      const page = await browser.open((await review(PROJECT)).url, { width });
      await visit(page, async (where) => {
        const tooWide = await page.evaluate(() =>
          [...document.querySelectorAll("body, header, main, nav, .panel, .card, .file, dialog")]
            .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
            .map((element) => `${element.tagName}.${element.className}`),
        );
        expect(tooWide, where).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(
          width,
        );
      });
    });
  }

  it("follows the system's colours until it is told otherwise", async () => {
    const page = await browser.open((await review(PROJECT)).url, { colorScheme: "dark" });
    await page.locator(".head").waitFor();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.keyboard.press("t");
    await expect.poll(ground).not.toBe(dark);
    const light = await ground();
    await page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).toBe(light);
    await page.keyboard.press("t");
    await expect.poll(ground).toBe(dark);
  });
});
