/**
 * The REST reads and Git data writes of `src/org/github`, against two forges that were made independently of each
 * other: the double of this repository, and the npm package emulate. (emulate has no GraphQL of GitHub's.)
 */
import { createServer, Server } from "node:net";
import { createEmulator } from "emulate";
import { afterEach, describe, expect, test, vi } from "vitest";
import { compareBranches, makeCommit } from "../../src/org/github/commit.ts";
import { GitHubClient } from "../../src/org/github/client.ts";
import { gitHubAuth } from "../../src/org/github/index.ts";
import { readTree } from "../../src/org/github/tree.ts";
import { NO_CACHE } from "../../src/org/objects.ts";
import { ledgerBudget, writeGate } from "../../src/org/limits.ts";
import { openDatabase } from "../../src/org/sqlite.ts";
import { sqliteLedger } from "../../src/org/sqlite-ledger.ts";
import { ForgeDouble } from "./double/index.ts";

interface Running {
  readonly apiUrl: string;
  readonly token: string;
  close(): Promise<void>;
}

async function double(): Promise<Running> {
  const forge = await ForgeDouble.start();
  forge.addRepository({ owner: "acme", name: "api", files: { "README.md": "# api\n" } });
  return forge;
}

/** It listens on every address of the machine, if it is let. */
async function emulate(): Promise<Running> {
  const port = await freePort();
  const { listen } = Server.prototype;
  const servers: Server[] = [];
  const spy = vi.spyOn(Server.prototype, "listen").mockImplementation(function (
    this: Server,
    ...args: unknown[]
  ) {
    servers.push(this);
    return Reflect.apply(listen, this, [args[0], "127.0.0.1", ...args.slice(2)]) as Server;
  });
  try {
    const emulator = await createEmulator({
      service: "github",
      port,
      baseUrl: `http://127.0.0.1:${port}`,
      seed: {
        tokens: { "test-token": { login: "alice", scopes: ["repo"] } },
        github: {
          users: [{ login: "alice" }],
          orgs: [{ login: "acme", name: "acme", members: [{ login: "alice", role: "admin" }] }],
          repos: [{ owner: "acme", name: "api", auto_init: true }],
        },
      },
    });
    await vi.waitFor(() => expect(servers[0]!.address()).toMatchObject({ address: "127.0.0.1" }));
    return { apiUrl: `http://127.0.0.1:${port}`, token: "test-token", close: () => emulator.close() };
  } finally {
    spy.mockRestore();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

describe.each([
  ["the double", double],
  ["emulate", emulate],
])("%s", (_, start) => {
  let running: Running;
  afterEach(() => running.close());

  async function connect(): Promise<GitHubClient> {
    running = await start();
    const { signal } = new AbortController();
    const onWait = (): void => undefined;
    const ledger = sqliteLedger(await openDatabase(":memory:"), "test");
    return new GitHubClient({
      apiUrl: running.apiUrl,
      auth: await gitHubAuth({ GITHUB_TOKEN: running.token }, running.apiUrl, "acme"),
      gate: writeGate(ledgerBudget(ledger, 0), null, onWait, signal),
      signal,
      onWait,
      userAgent: "test",
      writeGapMs: 0,
      timeoutMs: 5000,
      patienceMs: 1000,
      secondMs: 1,
    });
  }

  const at = { owner: "acme", repo: "api" };

  async function headOf(client: GitHubClient, branch: string): Promise<{ id: string; tree: string }> {
    const ref = await client.read("look", "GET /repos/{owner}/{repo}/git/ref/{ref}", {
      ...at,
      ref: `heads/${branch}`,
    });
    const id = ref.data.object.sha as string;
    const commit = await client.read("look", "GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
      ...at,
      commit_sha: id,
    });
    return { id, tree: commit.data.tree.sha as string };
  }

  test("one commit with modes on a branch of its own, read back and compared", async () => {
    const client = await connect();
    const base = await headOf(client, "main");
    const files = [
      {
        path: "Dockerfile",
        content: "FROM node:22\nUSER 1000\n",
        isNew: false,
        mode: "file",
        modeChanges: false,
      },
      { path: "bin/start.sh", content: "#!/bin/sh\n", isNew: true, mode: "executable", modeChanges: true },
    ] as const;
    const request = { branch: "deroot/non-root", base, expected: null, message: "fix: x\n\nBody", files };
    const id = await makeCommit(client, "acme/api", "", request);
    const made = await headOf(client, "deroot/non-root");
    expect(made.id).toBe(id);
    const tree = await readTree(client, NO_CACHE, "acme/api", made);
    const entries = await tree.list();
    expect(entries.map(({ path, mode }) => `${path} ${mode}`)).toEqual([
      "Dockerfile file",
      "README.md file",
      "bin/start.sh executable",
    ]);
    const compared = await compareBranches(client, NO_CACHE, "acme/api", "main", "deroot/non-root");
    expect(compared).toMatchObject({ mergeBase: base.id, truncated: false });
    expect(compared.commits.map(({ id: each, message }) => [each, message.trim()])).toEqual([
      [id, "fix: x\n\nBody"],
    ]);
    expect(compared.files.map(({ path }) => path).sort()).toEqual(["Dockerfile", "bin/start.sh"]);
    const { data: blob } = await client.read("read", "GET /repos/{owner}/{repo}/git/blobs/{file_sha}", {
      ...at,
      file_sha: compared.files.find(({ path }) => path === "Dockerfile")!.blob,
    });
    expect(Buffer.from(blob.content as string, "base64").toString()).toBe(files[0].content);
  });

  test("a branch that is there is not made again, and moves only by force", async () => {
    const client = await connect();
    const base = await headOf(client, "main");
    const commit = (text: string): Promise<string> =>
      makeCommit(client, "acme/api", "", {
        branch: "deroot/non-root",
        base,
        expected: null,
        message: "fix: x",
        files: [{ path: "run.sh", content: text, isNew: false, mode: "executable", modeChanges: true }],
      });
    const first = await commit("1");
    await expect(commit("2")).rejects.toMatchObject({ code: "moved" });
    expect((await headOf(client, "deroot/non-root")).id).toBe(first);
    const ref = "heads/deroot/non-root";
    const move = (force: boolean): Promise<unknown> =>
      client.write("move", "PATCH /repos/{owner}/{repo}/git/refs/{ref}", { ...at, ref, sha: base.id, force });
    await expect(move(false)).rejects.toThrow();
    await move(true);
    expect((await headOf(client, "deroot/non-root")).id).toBe(base.id);
  });

  test("what is not there is missing", async () => {
    const client = await connect();
    await expect(
      client.read("look", "GET /repos/{owner}/{repo}", { owner: "acme", repo: "no" }),
    ).rejects.toMatchObject({
      code: "missing",
    });
  });
});
