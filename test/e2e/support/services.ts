/** Redis and PostgreSQL of one's own, on a free port of this machine, empty, gone afterwards. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

export const services: Readonly<Record<"Redis" | "PostgreSQL", () => Promise<Service>>> = {
  Redis: startRedis,
  PostgreSQL: startPostgres,
};

/** Tests that need both; without them they are skipped and say why, unless DEROOT_E2E=required. */
export function withServices(title: string, tests: () => void): void {
  const missing = [
    onPath("redis-server") ? null : "redis-server",
    postgresFolder() ? null : "PostgreSQL",
  ].filter((name) => name !== null);
  const why = `${missing.join(" and ")} not installed`;
  if (missing.length === 0) describe(title, tests);
  else if (process.env["DEROOT_E2E"] === "required")
    it(title, () => {
      expect.fail(`DEROOT_E2E=required, but ${why}`);
    });
  else
    describe.skip(`${title} (skipped: ${why})`, () => {
      it("needs Redis and PostgreSQL");
    });
}

async function startRedis(): Promise<Service> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "deroot-redis-"));
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  await answering(port, server);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopped(server, folder) };
}

async function startPostgres(): Promise<Service> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "deroot-postgres-"));
  const bin = postgresFolder()!;
  // PostgreSQL refuses to run as root.
  const NOBODY = 65534;
  const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ("uid" in as) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, "data");
  const initdb = ["-D", data, "-U", "deroot", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
  execFileSync(join(bin, "initdb"), initdb, { ...as, cwd: folder, stdio: "ignore" });
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-F"];
  const server = spawn(join(bin, "postgres"), options, { ...as, cwd: folder, stdio: "ignore" });
  await answering(port, server);
  return { url: `postgres://deroot@127.0.0.1:${port}/postgres`, stop: () => stopped(server, folder) };
}

async function stopped(server: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise((done) => server.once("exit", done));
  // For PostgreSQL: at once, whoever is connected.
  server.kill("SIGINT");
  await gone;
  rmSync(folder, { recursive: true, force: true });
}

async function answering(port: number, server: ChildProcess): Promise<void> {
  const { connect } = await import("node:net");
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server on port ${port} ended with ${server.exitCode}`);
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1", () => done(true)).on("error", () => done(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function onPath(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Debian keeps the server's programs off PATH. */
function postgresFolder(): string | null {
  try {
    const versions = readdirSync("/usr/lib/postgresql");
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
    return newest === undefined ? null : `/usr/lib/postgresql/${newest}/bin`;
  } catch {
    return null;
  }
}
