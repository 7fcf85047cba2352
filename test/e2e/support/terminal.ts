/** A real terminal to test in: tmux on a socket of its own, with a shell in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEROOT } from "../../cli/helper.ts";

const found = spawnSync("tmux", ["-V"]).status === 0;
const required = process.env["DEROOT_E2E"] === "required";

/** Tests that need tmux; like `withEngine`. */
export function withTmux(title: string, tests: () => void): void {
  if (found) {
    describe(title, tests);
  } else if (required) {
    it(title, () => {
      expect.fail("DEROOT_E2E=required, but tmux is not installed");
    });
  } else {
    describe.skip(`${title} (skipped: tmux is not installed)`, () => {
      it("needs tmux");
    });
  }
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A shell on a terminal of a size, in a folder; `deroot` is on its path. */
export class Terminal {
  readonly #socket: string;
  readonly #folder: string;

  constructor(cwd: string, { columns = 80, rows = 30, env = {} }: TerminalOptions = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), "deroot-terminal-"));
    this.#socket = join(this.#folder, "socket");
    const deroot = join(this.#folder, "deroot");
    writeFileSync(deroot, `#!/bin/sh\nexec '${process.execPath}' '${DEROOT}' "$@"\n`);
    chmodSync(deroot, 0o755);
    const variables = {
      PATH: `${this.#folder}:${process.env["PATH"]}`,
      HOME: process.env["HOME"] ?? "/",
      LANG: "C.UTF-8",
      PS1: "$ ",
      ...env,
    };
    execFileSync(
      "tmux",
      [
        ...["-u", "-S", this.#socket, "-f", "/dev/null", "new-session", "-d"],
        ...["-x", String(columns), "-y", String(rows), "-c", cwd],
        ...["env", "-i", "TERM=screen-256color", ...Object.entries(variables).map((pair) => pair.join("="))],
        ...["bash", "--norc", "--noprofile", "-i"],
      ],
      { env: { PATH: process.env["PATH"], LANG: "C.UTF-8" } },
    );
    this.#tmux("set-option", "-g", "status", "off");
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  close(): void {
    spawnSync("tmux", ["-S", this.#socket, "kill-server"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Keys by tmux's names: `y`, `Enter`, `Up`, `C-c`. */
  press(...keys: readonly string[]): void {
    for (const key of keys) this.#tmux("send-keys", key);
  }

  /** A line for the shell. */
  type(line: string): void {
    this.#tmux("send-keys", "-l", line);
    this.press("Enter");
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What can be seen; `escapes` with the colours. */
  screen(escapes = false): string {
    return this.#tmux("capture-pane", "-p", ...(escapes ? ["-e"] : [])).replace(/[ \n]+$/, "\n");
  }

  /** Waits until this can be seen and nothing moves any more, and returns the screen. */
  async until(wanted: string | RegExp): Promise<string> {
    const isThere = (screen: string): boolean =>
      typeof wanted === "string" ? screen.includes(wanted) : wanted.test(screen);
    let last = "";
    let screen = this.screen();
    // A terminal can be seen in the middle of a drawing.
    for (
      const start = Date.now();
      !isThere(screen) || screen !== last;
      [last, screen] = [screen, this.screen()]
    ) {
      if (Date.now() - start > PATIENCE_MS)
        expect.fail(`${String(wanted)} never came; this is there:\n${screen}`);
      await new Promise((done) => setTimeout(done, 100));
    }
    return screen;
  }

  /** Presses a key and waits for what it brings. */
  async after(key: string, wanted: string | RegExp): Promise<string> {
    this.press(key);
    return this.until(wanted);
  }

  /** Whether the terminal is as a shell wants it: no other screen, a cursor, an echo, whole lines. */
  async state(): Promise<{ alternate: boolean; cursor: boolean; wraps: boolean; cooked: boolean }> {
    const [alternate, cursor, wraps] = this.#tmux(
      "display-message",
      "-p",
      "#{alternate_on} #{cursor_flag} #{wrap_flag}",
    ).split(" ");
    const file = join(this.#folder, "stty");
    this.type(`stty -a > ${file}; echo read`);
    await this.until(/^read$/m);
    const settings = readFileSync(file, "utf8");
    return {
      alternate: alternate === "1",
      cursor: cursor === "1",
      wraps: wraps!.trim() === "1",
      cooked: ["icanon", "echo", "isig"].every((flag) => settings.split(/\s+/).includes(flag)),
    };
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync("tmux", ["-u", "-S", this.#socket, ...args], { encoding: "utf8" });
  }
}

const PATIENCE_MS = 60_000;
