/** The review in a browser, from opening it to files on disk. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import { withBrowser } from "./support/browser.ts";
import { deroot, PROJECT, repository, review, WEB } from "./support/review.ts";

const card = (page: Page, title: string) => page.locator(".card", { hasText: title });
const accept = (page: Page, title: string) => card(page, title).getByRole("button", { name: "Accept" });
const reject = (page: Page, title: string) => card(page, title).getByRole("button", { name: "Reject" });
const row = (page: Page, path: string) => page.locator(".row", { hasText: path });
const toWeb = async (page: Page) => {
  await row(page, "web/Dockerfile").click();
  await page.locator(".head h2", { hasText: "web/Dockerfile" }).waitFor();
};
/** The texts of one file on both sides, as the page shows them. */
const sides = async (page: Page, path: string) => {
  const editors = page.locator(`section.file[aria-label="${path}"] .cm-content`);
  return (await editors.evaluateAll((all) => all.map((one) => (one as { innerText: string }).innerText))).map(
    (text) => text.replaceAll("\u200b", ""),
  );
};

withBrowser("review in the browser", (browser) => {
  it("goes from opening to written files", async () => {
    const made = await review(PROJECT);
    const expected = repository(PROJECT);
    deroot(expected, "migrate", "--write");
    const page = await browser.open(made.url);
    await toWeb(page);
    expect(page.url()).not.toContain("#");
    expect(await page.locator(".summary").innerText()).toMatch(/root\s*app \(10001\)\s*port\s*80\s*8080/);
    await expect
      .poll(() => sides(page, "web/Dockerfile").then(([left]) => left))
      .toContain("FROM python:3.11-slim");
    await row(page, "cron/Dockerfile").click();
    expect(await page.locator(".reason-box").innerText()).toContain("cron");
    await toWeb(page);
    await page.getByRole("button", { name: "Apply…" }).click();
    await page.getByRole("button", { name: /^Accept the rest too/ }).click();
    await page.getByText("2 files written").waitFor();
    expect(await page.locator("pre.git").innerText()).toBe(" M compose.yaml\n M web/Dockerfile");
    for (const path of ["web/Dockerfile", "compose.yaml", "cron/Dockerfile"])
      expect(made.read(path)).toBe(readFileSync(join(expected, path), "utf8"));
    expect(made.read("web/Dockerfile")).not.toBe(WEB);
    await page.getByRole("button", { name: "Done: end deroot" }).click();
    expect(await made.ended).toBe(0);
    expect(browser.complaints).toEqual([]);
    expect(
      browser.asked.filter(
        (url) => new URL(url).origin !== new URL(made.url).origin && !url.startsWith("data:"),
      ),
    ).toEqual([]);
  });

  it("takes back what rests on a rejected change, shows the result at once, and writes just that", async () => {
    const made = await review(PROJECT);
    const page = await browser.open(made.url);
    await toWeb(page);
    await reject(page, "Listen on 8080").click();
    await page.locator('section.file[aria-label="compose.yaml"]').waitFor({ state: "detached" });
    const [, right] = await sides(page, "web/Dockerfile");
    expect(right).toContain("EXPOSE 80");
    await reject(page, "Run as app").click();
    await page.locator(".messages", { hasText: "Also rejected" }).waitFor();
    expect(await page.locator(".card.rejected").count()).toBeGreaterThan(2);
    await page.locator(".file", { hasText: "nothing changes" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => page.locator(".card.rejected").count()).toBe(1);
    await page.getByRole("button", { name: "Accept rest" }).click();
    await page.getByText(/all decided/).waitFor();
    await page.getByRole("button", { name: "Apply…" }).click();
    await page.getByRole("button", { name: /^Write \d+ changes/ }).click();
    await page.getByText("1 file written").waitFor();
    const { files } = await rewrite(diskTree(repository(PROJECT)), "web/Dockerfile", {
      reject: ["ports:80"],
    });
    expect(files.map(({ path }) => path)).toEqual(["web/Dockerfile"]);
    expect(made.read("web/Dockerfile")).toBe(files[0]!.after);
    expect(made.read("compose.yaml")).toBe(PROJECT["compose.yaml"]);
  });

  it("offers what an accepted change needs", async () => {
    const page = await browser.open((await review(PROJECT)).url);
    await toWeb(page);
    await reject(page, "Make the account").click();
    await page.locator(".card.rejected", { hasText: "Run as app" }).waitFor();
    await accept(page, "Run as app").click();
    const dialog = page.getByRole("dialog", { name: "It needs more" });
    expect(await dialog.innerText()).toContain("Make the account app");
    await dialog.getByRole("button", { name: "Accept all of them" }).click();
    await page.locator(".card.accepted", { hasText: "Make the account" }).waitFor();
    await page.locator(".card.accepted", { hasText: "Run as app" }).waitFor();
  });

  it("can be done with the keyboard alone", async () => {
    const made = await review(PROJECT);
    const page = await browser.open(made.url);
    await page.locator(".head h2", { hasText: "cron/Dockerfile" }).waitFor();
    const { keyboard } = page;
    await keyboard.press("/");
    await keyboard.type("web");
    await keyboard.press("Escape");
    await keyboard.press("]");
    await page.locator(".card.current", { hasText: "Make the account" }).waitFor();
    const current = () => page.locator(".card.current h3").innerText();
    await keyboard.press("j");
    await expect.poll(current).toMatch(/^Give what line 5/);
    await keyboard.press("k");
    await expect.poll(current).toMatch(/^Make the account/);
    await keyboard.press("y");
    await expect.poll(current).toMatch(/^Give what line 5/);
    await page.locator(".card.accepted", { hasText: "Make the account" }).waitFor();
    await keyboard.press("n");
    await page.locator(".card.rejected", { hasText: "line 5" }).waitFor();
    await keyboard.press("u");
    await expect.poll(() => page.locator(".card.rejected").count()).toBe(0);
    await keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await keyboard.press("w");
    await page
      .getByRole("dialog", { name: "copy-chown" })
      .getByRole("heading", { level: 2 })
      .first()
      .waitFor();
    await keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await keyboard.press("v");
    await page.getByRole("button", { name: "Unified", pressed: true }).waitFor();
    await keyboard.press("2");
    await page.getByRole("heading", { name: "Who owns which path" }).waitFor();
    await keyboard.press("1");
    await keyboard.press("a");
    await page.getByText(/all decided/).waitFor();
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Apply" }).waitFor();
    await keyboard.press("Enter");
    await page.getByText("2 files written").waitFor();
    await keyboard.press("Enter");
    expect(await made.ended).toBe(0);
    expect(made.read("web/Dockerfile")).toContain("USER 10001");
  });

  it("links evidence to its line, in the diff and in other files", async () => {
    const page = await browser.open((await review(PROJECT)).url);
    await toWeb(page);
    await card(page, "Listen on 8080").getByRole("button", { name: "compose.yaml:5" }).click();
    await page
      .locator('section.file[aria-label="compose.yaml"] .cm-line.lit', { hasText: "5000:80" })
      .waitFor();
    await reject(page, "Listen on 8080").click();
    await page.locator('section.file[aria-label="compose.yaml"]').waitFor({ state: "detached" });
    await card(page, "Listen on 8080").getByRole("button", { name: "compose.yaml:5" }).click();
    await page.getByRole("dialog").locator(".cm-line.lit", { hasText: "5000:80" }).waitFor();
  });

  it("shows the same in two tabs", async () => {
    const { url } = await review(PROJECT);
    const one = await browser.open(url);
    const two = await browser.open(url);
    await toWeb(one);
    await toWeb(two);
    await reject(one, "Run as app").click();
    await two.locator(".card.rejected", { hasText: "Run as app" }).waitFor();
    await two.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => one.locator(".card.rejected").count()).toBe(0);
  });

  it("keeps the choices over a reload, and ends when the last tab is closed", async () => {
    const made = await review(PROJECT);
    const page = await browser.open(made.url);
    await toWeb(page);
    await reject(page, "Listen on 8080").click();
    await page.locator(".card.rejected").waitFor();
    await page.reload();
    await page.locator(".card.rejected", { hasText: "Listen on 8080" }).waitFor();
    await page.close();
    expect(await made.ended).toBe(0);
    expect(made.read("web/Dockerfile")).toBe(WEB);
  });

  it("says when deroot has died, and hands out the choices to go on with", async () => {
    const made = await review(PROJECT);
    const page = await browser.open(made.url);
    await toWeb(page);
    await reject(page, "Listen on 8080").click();
    await page.locator(".card.rejected").waitFor();
    // The page fetches the choices a moment after each of them.
    await page.waitForResponse((response) => response.url().endsWith("/api/decisions"));
    made.process.kill("SIGKILL");
    const alert = page.getByRole("alert");
    await alert.getByText("deroot has ended").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      alert.getByRole("button", { name: "Save the choices" }).click(),
    ]);
    const file = join(made.folder, "decisions.json");
    writeFileSync(file, readFileSync(await download.path()));
    const again = await review(PROJECT, ["--decisions", file]);
    const next = await browser.open(again.url);
    await toWeb(next);
    await next.locator(".card.rejected", { hasText: "Listen on 8080" }).waitFor();
  });

  it("writes nothing when a file has changed meanwhile, and says which", async () => {
    const made = await review(PROJECT);
    const page = await browser.open(made.url);
    await toWeb(page);
    writeFileSync(join(made.folder, "compose.yaml"), "services: {}\n");
    await page.getByRole("button", { name: "Apply…" }).click();
    await page.getByRole("button", { name: /^Accept the rest too/ }).click();
    await page.locator(".messages .error", { hasText: "compose.yaml" }).waitFor();
    expect(made.read("web/Dockerfile")).toBe(WEB);
  });

  it("says that there is no container engine", async () => {
    const env = { ...process.env, PATH: "/nonexistent" };
    const page = await browser.open((await review(PROJECT, [], env)).url);
    await toWeb(page);
    await page.getByRole("tab", { name: "Verify" }).click();
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("no container engine was found").waitFor();
  });

  it("stays usable with 300 Dockerfiles", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`services/service-${i}/Dockerfile`, WEB] as const),
    );
    const page = await browser.open((await review(files)).url);
    await page.locator(".card").first().waitFor();
    expect(await page.locator(".row").count()).toBe(300);
    await page.getByRole("searchbox").fill("service-299");
    await row(page, "service-299/Dockerfile").click();
    await page.locator(".head h2", { hasText: "service-299" }).waitFor();
    await expect.poll(() => page.locator(".row .decided").innerText(), { timeout: 60_000 }).toMatch(/^0\/\d/);
    await page.getByRole("searchbox").fill("");
    await page.getByText(/^0 of \d+ decided/).waitFor({ timeout: 60_000 });
    await page.keyboard.press("Escape");
    await page.keyboard.press("A");
    await page.getByText(/^(\d+) of \1 decided/).waitFor({ timeout: 60_000 });
  });
});
