import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { project, read, write } from "../cli/helper.ts";
import { Terminal, type TerminalOptions, withTmux } from "./support/terminal.ts";

const APP = [
  "# syntax=docker/dockerfile:1",
  "FROM python:3.12-slim",
  'ENV PORT=80 NAME="Größe 東京"',
  "WORKDIR /app",
  "COPY requirements.txt .",
  "RUN pip install -r requirements.txt",
  "COPY . .",
  "VOLUME /data",
  "EXPOSE 80",
  'CMD ["gunicorn", "--bind", "0.0.0.0:80", "app:app"]',
  "",
].join("\n");
const CRON = "FROM debian:12\nRUN apt-get install -y cron\nCMD cron -f\n";
const COMPOSE = [
  "services:",
  "  app:",
  "    build: ./app",
  "    cap_add:",
  "      - CHOWN",
  "      - SYS_NICE",
  "      - NET_BIND_SERVICE",
  "    ports:",
  '      - "80:80"',
  "",
].join("\n");
const FILES = { "app/Dockerfile": APP, "app/app.py": "", "compose.yaml": COMPOSE, "cron/Dockerfile": CRON };

let terminals: Terminal[] = [];
afterEach(() => {
  for (const terminal of terminals) terminal.close();
  terminals = [];
});

function open(
  options: TerminalOptions = {},
  files: Record<string, string> = FILES,
): { folder: string; terminal: Terminal } {
  const folder = project(files);
  // Inside a repository everything around a Dockerfile belongs to it.
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  const terminal = new Terminal(folder, options);
  terminals.push(terminal);
  return { folder, terminal };
}

/** An editor that is a script: what it does to the file is `body`, where `$file` is the last argument. */
function editor(folder: string, body: string): string {
  const path = join(folder, "../", `${folder.split("/").at(-1)!}-editor`);
  write(join(folder, ".."), {
    [`${folder.split("/").at(-1)!}-editor`]: `#!/bin/bash\nfile="\${@: -1}"\n${body}\n`,
  });
  chmodSync(path, 0o755);
  return path;
}

/** Steps on to the change with this title. */
async function goTo(terminal: Terminal, title: string): Promise<void> {
  for (let screen = terminal.screen(); !screen.split("\n")[2]!.startsWith(title);) {
    const stop = Number(/ (\d+)\/\d+/.exec(screen)![1]);
    terminal.press("j");
    screen = await terminal.until(new RegExp(` ${stop + 1}/`));
  }
}

/** A recorded screen: `npx vitest -u` records it anew; look at it before you commit it. */
function expectScreen(screen: string, name: string): Promise<void> {
  return expect(screen).toMatchFileSnapshot(`screens/${name}.txt`);
}

withTmux("deroot review", () => {
  it("goes from the first change to the written files", async () => {
    const { folder, terminal } = open();
    terminal.type("deroot review");
    await expectScreen(await terminal.until("pass account"), "change");
    await expectScreen(await terminal.after("y", "pass user"), "needed");
    await terminal.after("y", "pass copy-chown");
    await expectScreen(await terminal.after("a", "What to know about"), "advice");
    await expectScreen(await terminal.after("Enter", "Declined"), "declined");
    await expectScreen(await terminal.after("Enter", "Enter writes"), "summary");
    await terminal.after("Enter", "Written: 2 files");
    expect(read(folder, "app/Dockerfile")).toContain("\nUSER 10001\n");
    expect(read(folder, "compose.yaml")).toContain('"80:8080"');
    expect(read(folder, "cron/Dockerfile")).toBe(CRON);
    expect(await terminal.state()).toEqual({ alternate: false, cursor: true, wraps: true, cooked: true });
  });

  it("takes back what rests on a rejected change, and offers it again with what it needs", async () => {
    const { folder, terminal } = open();
    terminal.type("deroot review app");
    await terminal.until("pass account");
    terminal.press("j");
    await terminal.until("pass user");
    await terminal.after("n", /Taken back with it: “Make the account/);
    await terminal.after("k", "✗ rejected");
    await expectScreen(await terminal.after("y", "Accept them, too?"), "offer");
    await terminal.after("y", /Accepted with it: .*“Run as app/);
    await terminal.after("u", "Taken back.");
    await terminal.after("d", "What to know");
    await terminal.after("Enter", "Nothing is accepted");
    await terminal.after("Enter", "Nothing is written.");
    expect(read(folder, "app/Dockerfile")).toBe(APP);
  });

  it("accepts everything at once, and goes back", async () => {
    const { terminal } = open();
    terminal.type("deroot review");
    await terminal.until("pass account");
    await terminal.after("A", "Enter writes");
    await terminal.after("u", "pass account");
    await terminal.after("u", "nothing to take back");
  });

  it("splits a change whose edits stand for themselves, and no other", async () => {
    const { folder, terminal } = open();
    terminal.type("deroot review app");
    await terminal.until("pass account");
    await terminal.after("s", "It is a single edit.");
    await goTo(terminal, "Listen on 8080");
    await expectScreen(await terminal.after("s", "only work together"), "whole");
    await goTo(terminal, "Take CHOWN");
    await terminal.after("s", "(1 of 2)");
    await terminal.after("n", "(2 of 2)");
    await terminal.after("A", "Enter writes");
    await terminal.after("Enter", "Written:");
    expect(read(folder, "compose.yaml")).toContain("      - CHOWN\n      - SYS_NICE\n    ports:");
  });

  it("shows keys, pages, and what does not fit the screen", async () => {
    const { terminal } = open({ rows: 14 });
    terminal.type("deroot review app");
    await terminal.until("pass account");
    await terminal.after("?", "Deciding");
    await terminal.after("Space", "PageUp PageDown");
    await terminal.after("q", "pass account");
    await terminal.after("w", "deroot explain account");
    await terminal.after("q", "pass account");
    await terminal.after("Down", "↑ 1 above");
    await expectScreen(await terminal.after("End", "useradd"), "scrolled");
    await terminal.after("Home", "pass account");
    await terminal.after("x", "x does nothing here");
  });

  it.each([
    ["80 columns", 80, {}],
    ["40 columns", 40, {}],
    ["120 columns", 120, {}],
    ["80 columns without colour", 80, { NO_COLOR: "1" }],
    ["40 columns without colour", 40, { NO_COLOR: "1" }],
  ])("can be read in %s", async (name, columns, env: Record<string, string>) => {
    const { terminal } = open({ columns, env });
    terminal.type("deroot review app");
    await terminal.until("pass account");
    await goTo(terminal, "Listen on 8080");
    const screen = await terminal.until("compose.yaml");
    await expectScreen(screen, name.replaceAll(" ", "-"));
    // eslint-disable-next-line no-control-regex -- colours
    const colours = /\x1b\[[0-9;]*(?:3[1-6]|7)m/;
    if (env["NO_COLOR"]) expect(terminal.screen(true)).not.toMatch(colours);
    else expect(terminal.screen(true)).toMatch(colours);
  });

  it("draws itself anew when the terminal is resized", async () => {
    const { terminal } = open();
    terminal.type("deroot review app");
    await terminal.until("pass account");
    terminal.resize(40, 20);
    await terminal.until(/^─{40}$/m);
    await expectScreen(terminal.screen(), "resized");
    terminal.resize(100, 30);
    await terminal.until(/^─{100}$/m);
  });

  describe("the editor", () => {
    it("gets the Dockerfile as it would be, and its text is checked again", async () => {
      const { folder, terminal } = open();
      const script = editor(folder, 'echo "editing $file"; sed -i "s/^USER .*/USER 0/" "$file"');
      terminal.type(`EDITOR='${script}' deroot review app`);
      await terminal.until("pass account");
      await terminal.after("e", "Taken, but it runs as root now");
      terminal.press("Enter");
      await terminal.until("edited by you");
      await terminal.after("Enter", "Written:");
      expect(read(folder, "app/Dockerfile")).toContain("\nUSER 0\n");
      expect(read(folder, "app/Dockerfile")).toContain("useradd");
    });

    it("is opened again on a text that BuildKit would not read", async () => {
      const { folder, terminal } = open();
      const script = editor(
        folder,
        'grep -q RUNN "$file" && sed -i "s/^RUNN.*/USER 1234/" "$file" || echo "RUNN x" >> "$file"',
      );
      terminal.type(`EDITOR='${script}' deroot review app`);
      await terminal.until("pass account");
      await terminal.after("e", "unknown instruction: RUNN");
      await expectScreen(await terminal.after("y", "runs unprivileged, as 1234"), "edited");
    });

    it("opens a file at the line, and the review starts again from what was saved", async () => {
      const { folder, terminal } = open();
      const script = editor(folder, 'echo "$@" > opened; sed -i "s/^VOLUME .*/# no volume/" "$file"');
      terminal.type(`EDITOR='${script}' deroot review app`);
      await terminal.until("pass account");
      terminal.press("j");
      await terminal.until("pass user");
      await terminal.after("y", "pass account");
      await terminal.after("o", "has changed. Read the files again?");
      await terminal.after("y", /did not fit|still fit/);
      expect(read(folder, "opened")).toMatch(/^\+\d+ .*app\/Dockerfile$/m);
    });

    it("is missed politely", async () => {
      const { terminal } = open();
      terminal.type("EDITOR=no-such-editor deroot review app");
      await terminal.until("pass account");
      await terminal.after("e", "there is no no-such-editor");
    });
  });

  it("does not write over what changed meanwhile, and keeps the decisions", async () => {
    const { folder, terminal } = open();
    terminal.type("deroot review app");
    await terminal.until("pass account");
    await terminal.after("A", "Enter writes");
    write(folder, { "app/Dockerfile": `${APP}# mine\n` });
    await terminal.after("Enter", "Nothing was written.");
    await terminal.after("y", "All decisions still fit.");
    expect(read(folder, "app/Dockerfile")).toBe(`${APP}# mine\n`);
    terminal.press("Enter");
    await terminal.until("Written:");
    expect(read(folder, "app/Dockerfile")).toMatch(/USER 10001\n[^]*# mine\n$/);
  });

  it("keeps decisions, and replays them without a terminal", async () => {
    const { folder, terminal } = open();
    terminal.type("deroot review --save decisions.json");
    await terminal.until("pass account");
    await terminal.after("a", "What to know");
    await terminal.after("q", "Decisions kept in decisions.json.");
    expect(read(folder, "app/Dockerfile")).toBe(APP);
    terminal.type("deroot review --decisions decisions.json < /dev/null; echo exit $?");
    await terminal.until("exit 0");
    expect(read(folder, "app/Dockerfile")).toContain("USER 10001");
  });

  describe("leaves the terminal as it was", () => {
    const clean = { alternate: false, cursor: true, wraps: true, cooked: true };
    const start = async (line = "deroot review"): Promise<{ folder: string; terminal: Terminal }> => {
      const opened = open();
      opened.terminal.type("echo before");
      opened.terminal.type(`${line}; echo exit $?`);
      await opened.terminal.until("pass account");
      return opened;
    };
    const pid = (): string =>
      execFileSync("pgrep", ["-n", "-f", "deroot.js review --save pid"], { encoding: "utf8" }).trim();

    it("after q", async () => {
      const { terminal } = await start();
      expect(await terminal.after("q", "exit 0")).toContain("before");
      expect(await terminal.state()).toEqual(clean);
    });

    it("after q with something decided, which is asked about", async () => {
      const { terminal } = await start();
      await terminal.after("y", "pass user");
      await terminal.after("q", "Quit and write nothing?");
      await terminal.after("n", "pass user");
      terminal.press("q");
      await terminal.after("y", "exit 0");
      expect(await terminal.state()).toEqual(clean);
    });

    it("after Ctrl-C", async () => {
      const { terminal, folder } = await start();
      expect(await terminal.after("C-c", /^\$$/m)).toContain("before");
      expect(await terminal.state()).toEqual(clean);
      expect(read(folder, "app/Dockerfile")).toBe(APP);
    });

    it("after Ctrl-Z and a kill", async () => {
      const { terminal } = await start("deroot review --save pid");
      await terminal.after("C-z", "Stopped");
      execFileSync("kill", ["-TERM", pid()]);
      terminal.type("fg");
      await terminal.until("Terminated");
      expect(await terminal.state()).toEqual(clean);
    });

    it("after a kill", async () => {
      const { terminal } = await start("deroot review --save pid");
      execFileSync("kill", ["-TERM", pid()]);
      expect(await terminal.until("exit 143")).toContain("before");
      expect(await terminal.state()).toEqual(clean);
    });

    it("after a crash, which is told", async () => {
      const { folder, terminal } = open();
      write(folder, {
        "crash.mjs":
          'setTimeout(() => { throw new Error("out of nowhere"); }, 4000);\nexport default { name: "crash", summary: "", run: () => [] };\n',
      });
      terminal.type("deroot review --transform crash.mjs; echo exit $?");
      await terminal.until("pass account");
      expect(await terminal.until(/exit [1-9]/)).toContain("out of nowhere");
      expect(await terminal.state()).toEqual(clean);
    });

    it("after Ctrl-Z, and comes back", async () => {
      const { terminal } = await start();
      await terminal.after("C-z", "Stopped");
      expect(await terminal.state()).toEqual(clean);
      terminal.type("fg");
      await terminal.until("pass account");
      await terminal.after("q", "exit");
    });
  });
});
