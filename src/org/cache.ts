/** What was read from forges, in a file of SQLite that can be deleted at any time. */
import { createHash } from "node:crypto";
import type { Conditional, Kept } from "./conditional.ts";
import type { ObjectCache } from "./objects.ts";
import type { Database } from "./sqlite.ts";

export interface Cache {
  readonly objects: ObjectCache;
  /** @param account answers differ with who asks. */
  conditional(account: string): Conditional;
  close(): void;
}

export function sqliteCache(database: Database, now: () => number = Date.now): Cache {
  database.exec(SCHEMA);
  prune(database);
  return {
    objects: {
      get(id) {
        const [row] = database.all<{ bytes: Uint8Array }>("SELECT bytes FROM object WHERE id = ?", id);
        return Promise.resolve(row?.bytes ?? null);
      },
      put(id, bytes) {
        database.run("INSERT OR IGNORE INTO object (id, bytes, at) VALUES (?, ?, ?)", id, bytes, now());
        return Promise.resolve();
      },
    },
    conditional: (account) => ({
      get(route, parameters) {
        const [row] = database.all<{ kept: string }>(
          "SELECT kept FROM answer WHERE key = ?",
          keyOf(account, route, parameters),
        );
        return Promise.resolve(row === undefined ? null : (JSON.parse(row.kept) as Kept));
      },
      put(route, parameters, kept) {
        const text = JSON.stringify(kept);
        if (text.length <= LARGEST_ANSWER) {
          database.run(
            "INSERT OR REPLACE INTO answer (key, kept, at) VALUES (?, ?, ?)",
            keyOf(account, route, parameters),
            text,
            now(),
          );
        }
        return Promise.resolve();
      },
    }),
    close: () => database.close(),
  };
}

/** The oldest half goes when it has become too much. */
function prune(database: Database): void {
  for (const [table, column, most] of [
    ["object", "bytes", MOST_OBJECT_BYTES],
    ["answer", "kept", MOST_ANSWER_BYTES],
  ] as const) {
    const [row] = database.all<{ total: number | null }>(
      `SELECT sum(length(${column})) AS total FROM ${table}`,
    );
    if ((row?.total ?? 0) <= most) continue;
    database.run(
      `DELETE FROM ${table} WHERE at <= (SELECT at FROM ${table} ORDER BY at LIMIT 1 OFFSET (SELECT count(*) / 2 FROM ${table}))`,
    );
  }
}

function keyOf(account: string, route: string, parameters: Readonly<Record<string, unknown>>): string {
  return createHash("sha256")
    .update(JSON.stringify([account, route, parameters]))
    .digest("hex");
}

const MOST_OBJECT_BYTES = 1024 ** 3;
const MOST_ANSWER_BYTES = 100 * 1024 ** 2;
const LARGEST_ANSWER = 1024 ** 2;
const SCHEMA = `
CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, bytes BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, kept TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;
