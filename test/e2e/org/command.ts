/** `deroot org …` as a process of its own, on a machine of its own: it can be killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForgeDouble } from "../../org/double/index.ts";

const DEROOT = new URL("../../../dist/deroot.js", import.meta.url).pathname;

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
  readonly #folder = mkdtempSync(join(tmpdir(), "deroot-machine-"));
  readonly #env: Record<string, string>;

  constructor(forge: ForgeDouble, env: Record<string, string> = {}) {
    this.#forge = forge;
    this.#env = { GITHUB_TOKEN: forge.token, GITLAB_TOKEN: forge.token, ...env };
  }

  /**
   * Runs to the end, or is killed (kill -9) right when the forge has carried out so many of its requests, or of its
   * writes, before the answer is sent.
   */
  async run(
    words: readonly string[],
    kill: Partial<Record<"requests" | "writes", number>> = {},
  ): Promise<Ended> {
    const { calls } = this.#forge;
    const before = { reads: calls.reads, writes: calls.writes };
    const child = spawn(process.execPath, [DEROOT, "org", ...words, "--api-url", this.#forge.apiUrl], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...this.#env,
        XDG_STATE_HOME: join(this.#folder, "state"),
        XDG_CACHE_HOME: join(this.#folder, "cache"),
      },
    });
    const left = { requests: kill.requests ?? Infinity, writes: kill.writes ?? Infinity };
    calls.watch(({ write }) => {
      left.requests--;
      if (write) left.writes--;
      if (left.requests <= 0 || left.writes <= 0) child.kill("SIGKILL");
    });
    const ended = await this.#ended(child);
    calls.watch(null);
    return { ...ended, reads: calls.reads - before.reads, writes: calls.writes - before.writes };
  }

  async #ended(child: ChildProcess): Promise<Pick<Ended, "code" | "stdout" | "stderr">> {
    let [stdout, stderr] = ["", ""];
    child.stdout!.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { code, stdout, stderr };
  }

  /** Forgets everything, as a new machine does. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
