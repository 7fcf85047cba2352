/** SQLite: of Node itself where it has it (22.13), else the optional package, whose program fits one version of Node. */
import { OrgError } from "./errors.ts";

export interface Database {
  exec(sql: string): void;
  /** Changes rows. */
  run(sql: string, ...values: Value[]): void;
  all<Row>(sql: string, ...values: Value[]): Row[];
  iterate<Row>(sql: string, ...values: Value[]): IterableIterator<Row>;
  close(): void;
}

export type Value = string | number | null | Uint8Array;

interface Statement {
  run(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
  iterate(...values: Value[]): IterableIterator<unknown>;
}

interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

/** Made where it is not there; several processes may share it. Rejects with an {@link OrgError}. */
export async function openDatabase(file: string): Promise<Database> {
  const Connection = (await builtIn()) ?? (await installed());
  const connection = explained(file, () => {
    const opened = new Connection(file);
    // Readers do not wait for a writer; a crash of the machine may lose the last moments, which the forge still knows.
    opened.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    return opened;
  });
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = connection.prepare(sql)));
    return statement;
  };
  return {
    exec: (sql) => void connection.exec(sql),
    run: (sql, ...values) => void prepared(sql).run(...values),
    all: <Row>(sql: string, ...values: Value[]) => prepared(sql).all(...values) as Row[],
    // Its own statement: another query may run in between.
    iterate: <Row>(sql: string, ...values: Value[]) =>
      connection.prepare(sql).iterate(...values) as IterableIterator<Row>,
    close: () => connection.close(),
  };
}

type Open = new (file: string) => Connection;

async function builtIn(): Promise<Open | null> {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 13)) return null;
  return withoutWarning(async () => {
    const { DatabaseSync } = (await import("node:sqlite" as string)) as { DatabaseSync: Open };
    return DatabaseSync;
  });
}

/** Node calls its SQLite experimental, which is nothing to tell the user. */
async function withoutWarning<T>(action: () => Promise<T>): Promise<T> {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes("SQLite")) Reflect.apply(emit, process, [warning, ...rest]);
  }) as typeof emit;
  try {
    return await action();
  } finally {
    process.emitWarning = emit;
  }
}

async function installed(): Promise<Open> {
  try {
    const { default: Connection } = (await import("better-sqlite3")) as unknown as { default: Open };
    // Only now is its program loaded.
    new Connection(":memory:").close();
    return Connection;
  } catch {
    throw new OrgError(
      `there is no SQLite in this Node (${process.version}), and the package better-sqlite3 does not load`,
      "Use Node 22.13 or newer, or install the package with this Node: npm install better-sqlite3",
    );
  }
}

function explained<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OrgError(
      `cannot use ${file}: ${message}`,
      "Check its permissions and the space on the disk. It can be deleted: deroot then asks the forge again.",
    );
  }
}
