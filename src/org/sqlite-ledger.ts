/** The ledger in a file of SQLite. */
import type { Ledger, RepositoryRecord } from "./ledger.ts";
import type { Database } from "./sqlite.ts";

/** @param host of the forge: one file serves several. */
export function sqliteLedger(database: Database, host: string): Ledger {
  database.exec(SCHEMA);
  return {
    get(repository) {
      const [row] = database.all<{ record: string }>(
        "SELECT record FROM repository WHERE host = ? AND name = ?",
        host,
        repository.toLowerCase(),
      );
      return Promise.resolve(row === undefined ? null : (JSON.parse(row.record) as RepositoryRecord));
    },
    put(record) {
      database.run(
        "INSERT INTO repository (host, name, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
        host,
        record.repository.toLowerCase(),
        JSON.stringify(record),
      );
      return Promise.resolve();
    },
    async *all() {
      // Page by page: a cursor that stays open would block writers.
      let after = "";
      for (;;) {
        const rows = database.all<{ name: string; record: string }>(
          "SELECT name, record FROM repository WHERE host = ? AND name > ? ORDER BY name LIMIT 500",
          host,
          after,
        );
        for (const row of rows) yield JSON.parse(row.record) as RepositoryRecord;
        if (rows.length === 0) return;
        after = rows.at(-1)!.name;
        await Promise.resolve();
      }
    },
    addWrites(at, count) {
      database.run("INSERT INTO write (host, at, count) VALUES (?, ?, ?)", host, at, count);
      database.run("DELETE FROM write WHERE at < ?", at - DAY);
      return Promise.resolve();
    },
    writesSince(time) {
      return Promise.resolve(
        database.all<{ at: number; count: number }>(
          "SELECT at, count FROM write WHERE host = ? AND at > ? ORDER BY at",
          host,
          time,
        ),
      );
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

const DAY = 24 * 60 * 60 * 1000;
const SCHEMA = `
CREATE TABLE IF NOT EXISTS repository (
  host TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (host, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS write (host TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS write_at ON write (host, at);
`;
