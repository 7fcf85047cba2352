import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { sqliteCache } from "../../src/org/cache.ts";
import type { RepositoryRecord } from "../../src/org/ledger.ts";
import { blobId } from "../../src/org/objects.ts";
import { sqliteLedger } from "../../src/org/sqlite-ledger.ts";
import { openDatabase } from "../../src/org/sqlite.ts";
import { openLedger } from "../../src/org/state.ts";

const folder = mkdtempSync(join(tmpdir(), "deroot-ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const record = (repository: string, tree = "t"): RepositoryRecord => ({
  repository,
  url: "u",
  tree,
  settings: "s",
  outcome: "rewritten",
  reason: null,
  dockerfiles: { total: 1, root: 1, rewritten: 1, declined: 0, failed: 0 },
  proposals: [],
  updatedAt: "2026-01-01T00:00:00Z",
});

describe("the ledger", () => {
  test("keeps what it was told, per forge, over restarts", async () => {
    const env = { XDG_STATE_HOME: folder };
    const first = await openLedger(env, "github.com");
    await first.put(record("acme/api"));
    await first.put(record("acme/API", "t2"));
    await first.close();
    const second = await openLedger(env, "github.com");
    expect((await second.get("Acme/api"))!.tree).toBe("t2");
    await second.close();
    const other = await openLedger(env, "gitlab.com");
    expect(await other.get("acme/api")).toBeNull();
    await other.close();
  });

  test("tells all, in order, more than one page of them", async () => {
    const ledger = sqliteLedger(await openDatabase(":memory:"), "h");
    for (let i = 0; i < 1203; i++) await ledger.put(record(`acme/r${i}`));
    const names: string[] = [];
    for await (const { repository } of ledger.all()) names.push(repository);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(1203);
  });

  test("says what to do about a file that is none", async () => {
    const file = join(folder, "broken.sqlite");
    writeFileSync(file, "this is not a database, and long enough to be looked at as one ".repeat(20));
    await expect(openDatabase(file)).rejects.toMatchObject({
      hint: expect.stringContaining("can be deleted"),
    });
  });
});

test("the cache gives back bytes, and answers by who asked", async () => {
  const cache = sqliteCache(await openDatabase(":memory:"));
  const bytes = new Uint8Array([0, 255, 10]);
  await cache.objects.put(blobId(bytes), bytes);
  expect(new Uint8Array((await cache.objects.get(blobId(bytes)))!)).toEqual(bytes);
  await cache.conditional("a").put("GET /x", { page: 1 }, { etag: '"1"', data: [1] });
  expect(await cache.conditional("a").get("GET /x", { page: 1 })).toEqual({ etag: '"1"', data: [1] });
  expect(await cache.conditional("b").get("GET /x", { page: 1 })).toBeNull();
});

test("blob ids are git's", () => {
  expect(blobId(new TextEncoder().encode("hello\n"))).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
});
