/** Where a campaign keeps what it knows: nothing in there is needed, all of it saves requests. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { sqliteCache, type Cache } from "./cache.ts";
import { OrgError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { openDatabase, type Database } from "./sqlite.ts";
import { sqliteLedger } from "./sqlite-ledger.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/deroot/org.sqlite`, for the user alone. */
export async function openLedger(env: Environment, host: string): Promise<Ledger> {
  return sqliteLedger(
    await open(env["XDG_STATE_HOME"] || join(homedir(), ".local/state"), "org.sqlite"),
    host,
  );
}

/** `$XDG_CACHE_HOME/deroot/forge.sqlite`, for the user alone. */
export async function openCache(env: Environment): Promise<Cache> {
  return sqliteCache(await open(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "forge.sqlite"));
}

async function open(base: string, name: string): Promise<Database> {
  const folder = join(base, "deroot");
  try {
    // It holds files of private repositories.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OrgError(
      `cannot make ${folder}: ${message}`,
      "Set XDG_STATE_HOME and XDG_CACHE_HOME to folders that can be written.",
    );
  }
  return openDatabase(join(folder, name));
}
