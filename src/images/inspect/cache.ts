/** Keeps manifests, configurations and what was read of layers, by digest: a few kilobytes each, never a layer. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export class Cache {
  readonly #folder: string | null;

  /** @param folder null: nothing is kept. */
  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** What is kept under the name, or what `make` returns, which is kept from then on. */
  async get<T>(name: string, make: () => Promise<T>): Promise<T> {
    const kept = await this.#read<T>(name);
    if (kept !== null) return kept;
    const value = await make();
    await this.#write(name, JSON.stringify(value));
    return value;
  }

  async #read<T>(name: string): Promise<T | null> {
    if (this.#folder === null) return null;
    try {
      const text = await readFile(join(this.#folder, name), "utf8");
      const sum = text.slice(0, SUM);
      const json = text.slice(SUM + 1);
      return sum === checksum(json) ? (JSON.parse(json) as T) : null;
    } catch {
      return null;
    }
  }

  /** As a whole or not at all; that it cannot be kept is no reason to fail. */
  async #write(name: string, json: string): Promise<void> {
    if (this.#folder === null) return;
    const file = join(this.#folder, name);
    const part = `${file}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(part, `${checksum(json)}\n${json}`, { mode: 0o600 });
      await rename(part, file);
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }
}

/** `$XDG_CACHE_HOME/deroot/images`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  const root = base?.startsWith("/") === true ? base : join(env["HOME"] ?? homedir(), ".cache");
  return join(root, "deroot/images");
}

export function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const SUM = 64;
