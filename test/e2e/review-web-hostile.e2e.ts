/** The review in a browser against hostile repositories and hostile sites. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { withBrowser } from "./support/browser.ts";
import { deroot, PROJECT, repository, review, WEB } from "./support/review.ts";

const SCRIPT = "<script>alert(1)</script>";
const IMAGE = "<img src=x onerror=alert(2)>";
const NAMES = [
  `a${SCRIPT.replaceAll("/", "")}/Dockerfile`,
  `b${IMAGE}/Dockerfile`,
  `c"' onmouseover=alert(3) x='/Dockerfile`,
  "d\nnew line/Dockerfile",
  "e\u202egnp.Dockerfile",
  "f%2e%2e%2f&amp;&lt;b&gt;/Dockerfile",
  "g${alert(4)}`/Dockerfile",
  "__proto__/Dockerfile",
];
const HOSTILE = `# ${SCRIPT} ${IMAGE} </textarea></style><!-- \u202e gnp \u0007
FROM node:20
LABEL x="javascript:alert(5)" y='</script>${SCRIPT}'
WORKDIR "/app/${IMAGE}"
COPY . .
ENV PORT=80
EXPOSE 80
CMD ["node", "${SCRIPT}.js"]
`;
const FILES = Object.fromEntries(NAMES.map((name) => [name, HOSTILE]));

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Another site on this machine. */
async function site(html: (origin: string) => string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(html(""));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

withBrowser("a hostile repository in the browser", (browser) => {
  it("has names and texts that stay text, on every view", async () => {
    const page = await browser.open((await review(FILES)).url);
    await page.locator(".card").first().waitFor();
    expect(await page.locator(".row").count()).toBe(NAMES.length);
    for (let index = 0; index < NAMES.length; index++) {
      await page.locator(".row").nth(index).click();
      await page.locator(".row[aria-current]").nth(0).waitFor();
      await page.locator(".cm-content").first().waitFor();
      expect(await page.locator(".cm-content").first().innerText()).toContain(SCRIPT);
      for (const tab of ["Image", "Verify", "Changes"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByRole("tab", { name: tab, selected: true }).waitFor();
      }
    }
    expect(await page.locator("#app script, #app img:not(.cm-widgetBuffer)").count()).toBe(0);
    expect(await page.locator(".row").allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining("\\x202e"), expect.stringContaining("<img src=x")]),
    );
    expect(browser.complaints).toEqual([]);
  });

  it("is just as harmless in a report", async () => {
    const folder = repository(FILES);
    deroot(folder, "migrate", "--html", "report.html");
    const page = await browser.open(`file://${folder}/report.html`);
    await page.locator(".card").first().waitFor();
    expect(await page.locator(".row").count()).toBe(NAMES.length);
    for (let index = 0; index < NAMES.length; index++) {
      await page.locator(".row").nth(index).click();
      expect(await page.locator(".cm-content").first().innerText()).toContain(SCRIPT);
    }
    expect(browser.complaints).toEqual([]);
    expect(browser.asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  });

  it("writes and shows such names as they are", async () => {
    const made = await review(FILES);
    const page = await browser.open(made.url);
    await page.getByText(/^0 of \d+ decided/).waitFor();
    await page.getByRole("button", { name: "Apply…" }).click();
    await page.getByRole("button", { name: /^Accept the rest too/ }).click();
    await page.getByText(`${NAMES.length} files written`).waitFor();
    for (const name of NAMES) expect(made.read(name)).toContain("USER 1000");
    expect(browser.complaints).toEqual([]);
  });
});

withBrowser("hostile sites", (browser) => {
  it("see nothing of the page without the token, which leaves the address at once", async () => {
    const { url } = await review(PROJECT);
    const { origin } = new URL(url);
    const stranger = await browser.open(origin);
    await stranger.getByText("Open the address that deroot printed").waitFor();
    expect(await stranger.locator("body").innerText()).not.toContain("Dockerfile");
    const owner = await browser.open(url);
    await owner.locator(".head").waitFor();
    expect(owner.url()).toBe(`${origin}/`);
    const token = new URL(url).hash.slice(1);
    expect(browser.asked.filter((each) => each.split("#")[0]!.includes(token))).toEqual([]);
  });

  it("get no answer by DNS rebinding", async () => {
    const { url } = await review(PROJECT);
    const { port, hash } = new URL(url);
    const page = await browser.open(`http://rebound.example:${port}/${hash}`);
    expect(await page.locator("body").innerText()).toContain("this server answers to 127.0.0.1");
    const status = await page.evaluate(
      async (authorization) => (await fetch("/api/overview", { headers: { authorization } })).status,
      `Bearer ${hash.slice(1)}`,
    );
    expect(status).toBe(421);
  });

  it("cannot read, change, frame or open it from another origin, even if they knew the token", async () => {
    const made = await review(PROJECT);
    const { origin, hash } = new URL(made.url);
    const page = await browser.open(await site(() => "<iframe></iframe>"));
    const outcome = await page.evaluate(
      async ({ target, token }) => {
        const attempt = async (path: string, init: RequestInit): Promise<string> => {
          try {
            const response = await fetch(target + path, init);
            return response.type === "opaque" ? "opaque" : `read ${response.status}`;
          } catch {
            return "blocked";
          }
        };
        const authorization = `Bearer ${token}`;
        const json = { authorization, "content-type": "application/json" };
        const frame = document.querySelector("iframe")!;
        const framed = new Promise<string>((done) => {
          frame.onload = () => {
            try {
              done(frame.contentDocument === null ? "closed" : "open");
            } catch {
              done("closed");
            }
          };
        });
        frame.src = `${target}/#${token}`;
        return {
          read: await attempt("/api/overview", { headers: { authorization } }),
          page: await attempt("/", {}),
          apply: await attempt("/api/apply", { method: "POST", headers: json, body: "{}" }),
          blind: await attempt("/api/apply", { method: "POST", mode: "no-cors", body: "{}" }),
          framed: await framed,
        };
      },
      { target: origin, token: hash.slice(1) },
    );
    expect(outcome).toEqual({
      read: "blocked",
      page: "blocked",
      apply: "blocked",
      blind: "blocked",
      framed: "closed",
    });
    expect(page.frames().map((frame) => frame.url())).not.toContain(`${origin}/`);
    expect(made.read("web/Dockerfile")).toBe(WEB);
  });
});
