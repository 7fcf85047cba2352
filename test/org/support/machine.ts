/** `deroot org …` as a process of its own, on a machine of its own: it can be killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ForgeDouble } from "../double/index.ts";

const DEROOT = fileURLToPath(new URL("../../../dist/deroot.js", import.meta.url));

export interface Ended {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly reads: number;
  readonly writes: number;
}

export class Machine {
  readonly #forge: ForgeDouble;
  /** All that it keeps. */
  readonly folder = mkdtempSync(join(tmpdir(), "deroot-machine-"));
  readonly #env: Record<string, string>;

  /** @param env beside the forge's token; a token that is to be missing is given as "". */
  constructor(forge: ForgeDouble, env: Record<string, string> = {}) {
    this.#forge = forge;
    this.#env = { GITHUB_TOKEN: forge.token, GITLAB_TOKEN: forge.token, ...env };
  }

  /**
   * Runs to the end, or is killed (kill -9) right when the forge has carried out so many of its requests, or of its
   * writes, before the answer is sent, or is stopped (Ctrl-C) when it has said something.
   */
  async run(
    words: readonly string[],
    stop: { readonly requests?: number; readonly writes?: number; readonly says?: string } = {},
  ): Promise<Ended> {
    const { calls } = this.#forge;
    const before = { reads: calls.reads, writes: calls.writes };
    const child = spawn(process.execPath, [DEROOT, "org", ...words, "--api-url", this.#forge.apiUrl], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.folder,
      env: {
        ...process.env,
        ...this.#env,
        XDG_STATE_HOME: join(this.folder, "state"),
        XDG_CACHE_HOME: join(this.folder, "cache"),
      },
    });
    const left = { requests: stop.requests ?? Infinity, writes: stop.writes ?? Infinity };
    calls.watch(({ write }) => {
      left.requests--;
      if (write) left.writes--;
      if (left.requests <= 0 || left.writes <= 0) child.kill("SIGKILL");
    });
    const ended = await this.#ended(child, stop.says);
    calls.watch(null);
    return { ...ended, reads: calls.reads - before.reads, writes: calls.writes - before.writes };
  }

  async #ended(
    child: ChildProcess,
    says: string | undefined,
  ): Promise<Pick<Ended, "code" | "stdout" | "stderr">> {
    let [stdout, stderr] = ["", ""];
    child.stdout!.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (says !== undefined && stderr.includes(says)) child.kill("SIGINT");
    });
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { code, stdout, stderr };
  }

  /** Forgets everything, as a new machine does. */
  forget(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { recursive: true });
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
