/** The user's Redis or PostgreSQL: where workers on several machines meet. */
import type {
  Queue as BullQueue,
  Worker as BullWorker,
  Processor,
  QueueOptions,
  WorkerOptions,
} from "bullmq";
import type { RateLimiterAbstract } from "rate-limiter-flexible";

export interface Store {
  readonly kind: "redis" | "postgresql";
  /** Host and port, for people: never a password. */
  readonly address: string;
  queue<Data, Result>(name: string, options?: Partial<QueueOptions>): BullQueue<Data, Result>;
  worker<Data, Result>(
    name: string,
    run: Processor<Data, Result>,
    options: Partial<WorkerOptions>,
  ): BullWorker<Data, Result>;
  /** Counts `points` in each `duration` (seconds), for all who use the same name. */
  limiter(name: string, points: number, duration: number): Promise<RateLimiterAbstract>;
  close(): Promise<void>;
}

/** `unknown`: no such kind of address. `unreachable`: nobody answers. `taken`: another campaign uses the queue. */
export type StoreErrorCode = "unknown" | "unreachable" | "taken";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** What a person can do. */
  readonly hint: string;

  constructor(code: StoreErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Connects to `redis://`, `rediss://` or `postgres://`.
 * @throws StoreError when the address is of another kind, or nobody answers there within ten seconds.
 */
export async function openStore(address: string): Promise<Store> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && /^rediss?:$/.test(url.protocol)) return openRedis(url);
  if (url !== null && /^postgres(?:ql)?:$/.test(url.protocol)) return openPostgres(url);
  throw new StoreError(
    "unknown",
    "the queue's address is neither one of Redis nor one of PostgreSQL",
    "For example redis://localhost:6379 or postgres://user@localhost/deroot.",
  );
}

async function openRedis(url: URL): Promise<Store> {
  const [{ Queue, Worker }, { Redis }, { RateLimiterRedis }] = await Promise.all([
    import("bullmq"),
    import("ioredis"),
    import("rate-limiter-flexible"),
  ]);
  // Null: a worker waits for a Redis that is away, instead of giving up.
  const connection = new Redis(url.href, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: PATIENCE,
  });
  let latest: unknown = null;
  // Without a listener, each attempt to connect would be printed.
  connection.on("error", (error) => (latest = error));
  await reached(
    connection.connect().then(() => connection.ping()),
    url,
    () => latest,
    () => connection.disconnect(),
  );
  return {
    kind: "redis",
    address: url.host,
    queue: (name, options) => quiet(new Queue(name, { prefix: PREFIX, ...options, connection })) as never,
    worker: (name, run, options) =>
      new Worker(name, run, { prefix: PREFIX, ...options, connection }) as never,
    limiter: (name, points, duration) =>
      Promise.resolve(
        new RateLimiterRedis({ storeClient: connection, keyPrefix: `${PREFIX}:${name}`, points, duration }),
      ),
    close: async () => void (await connection.quit().catch(() => connection.disconnect())),
  };
}

async function openPostgres(url: URL): Promise<Store> {
  const [
    { createPostgresBackend, DEFAULT_SCHEMA, runMigrations, withBackend },
    { default: pg },
    { RateLimiterPostgres },
  ] = await Promise.all([import("bullmq"), import("pg"), import("rate-limiter-flexible")]);
  const pool = new pg.Pool({
    connectionString: url.href,
    connectionTimeoutMillis: PATIENCE,
    options: `-c search_path=${DEFAULT_SCHEMA}`,
  });
  pool.on("error", () => undefined);
  await reached(
    pool.query("SELECT 1"),
    url,
    () => null,
    () => void pool.end(),
  );
  const client = await pool.connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
  const { Queue, Worker } = withBackend(createPostgresBackend);
  return {
    kind: "postgresql",
    address: url.host,
    queue: (name, options) => quiet(new Queue(name, { ...options, connection: pool })) as never,
    worker: (name, run, options) => new Worker(name, run as never, { ...options, connection: pool }) as never,
    limiter: (name, points, duration) =>
      new Promise((resolve, reject) => {
        const limiter = new RateLimiterPostgres(
          { storeClient: pool, tableName: "deroot_limits", keyPrefix: name, points, duration },
          (error) => (error ? reject(error) : resolve(limiter)),
        );
      }),
    close: () => pool.end(),
  };
}

/** Errors of a connection come with the call that needed it; as events they would end the process. */
function quiet<T extends { on(event: "error", listener: () => void): unknown }>(source: T): T {
  source.on("error", () => undefined);
  return source;
}

/** No message of a driver is passed on as it is: some repeat the address with its password. */
async function reached(
  answer: Promise<unknown>,
  url: URL,
  latest: () => unknown,
  giveUp: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), PATIENCE);
  });
  try {
    await Promise.race([answer, late]);
  } catch (error) {
    giveUp();
    const { code } = (latest() ?? error) as { code?: unknown };
    throw new StoreError(
      "unreachable",
      `nobody answers at ${url.host}${typeof code === "string" ? ` (${code})` : ""}`,
      "Check the address, the password, and that this machine may connect.",
    );
  } finally {
    clearTimeout(timer);
  }
}

const PREFIX = "deroot";
const PATIENCE = 10_000;
