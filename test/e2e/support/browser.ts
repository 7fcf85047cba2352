import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const PLACES = [process.env["DEROOT_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"];
const program = PLACES.find((path) => path !== undefined && existsSync(path));

/** No sandbox, because tests may run as root; nothing that talks to the network by itself. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP rebound.example 127.0.0.1",
];

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** A browser of its own for the tests in it, and what went wrong on its pages. */
export class Browser {
  #context: BrowserContext | null = null;
  #folder = "";
  readonly complaints: string[] = [];
  /** Addresses that pages asked for, whether they got an answer or not. */
  readonly asked: string[] = [];

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "deroot-chromium-"));
    this.#context = await chromium.launchPersistentContext(this.#folder, {
      executablePath: program!,
      args: FLAGS,
      headless: true,
      viewport: null,
    });
    this.#context.setDefaultTimeout(20_000);
  }

  async stop(): Promise<void> {
    await this.#context?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async open(url: string, { width = 1280, height = 900, colorScheme = "light" }: Look = {}): Promise<Page> {
    const page = await this.#context!.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()))
        this.complaints.push([message.text(), message.location().url].filter(Boolean).join(" "));
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => this.asked.push(request.url()));
    await page.goto(url);
    return page;
  }

  async closePages(): Promise<void> {
    for (const page of this.#context?.pages().slice(1) ?? []) await page.close();
    this.complaints.length = 0;
    this.asked.length = 0;
  }
}

/** Tests that need a browser. Where there is none they are skipped and say so, unless DEROOT_E2E=required. */
export function withBrowser(title: string, tests: (browser: Browser) => void): void {
  if (program !== undefined) {
    describe(title, () => {
      const browser = new Browser();
      beforeAll(() => browser.start());
      afterAll(() => browser.stop());
      afterEach(() => browser.closePages());
      tests(browser);
    });
  } else if (process.env["DEROOT_E2E"] === "required") {
    it(title, () => {
      expect.fail("DEROOT_E2E=required, but there is no Chromium");
    });
  } else {
    describe.skip(`${title} (skipped: no Chromium; DEROOT_CHROMIUM can name one)`, () => {
      it("needs a browser");
    });
  }
}
