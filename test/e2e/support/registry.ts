/** Starts the registry that Debian packages as docker-registry, on this machine alone. */
import { spawn, spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf, MANIFEST, type TestImage } from "../../images/support/image.ts";

const found = spawnSync("docker-registry", ["--version"]).status === 0;
const required = process.env["DEROOT_E2E"] === "required";

/** Tests that need the registry; like `withEngine`. */
export function withRegistry(title: string, tests: () => void): void {
  if (found) {
    describe(title, tests);
  } else if (required) {
    it(title, () => {
      expect.fail("DEROOT_E2E=required, but docker-registry is not installed");
    });
  } else {
    describe.skip(`${title} (skipped: docker-registry is not installed)`, () => {
      it("needs Debian's docker-registry");
    });
  }
}

export interface Registry {
  readonly host: string;
  push(name: string, tag: string, image: TestImage): Promise<void>;
  pushManifest(name: string, tag: string, manifest: Buffer, type?: string): Promise<void>;
  close(): void;
}

export const LOGIN = Buffer.from("ann:letmein").toString("base64");
/** The same for htpasswd. */
const HTPASSWD = "ann:$2b$04$qsokR65sMv0TjXh4HDVU0OuFRBoPc3P6J3IfYiDB32RB8K/GJDgSe\n";

export async function startRegistry({ login = false } = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "deroot-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: host },
    ...(login ? { auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } } } : {}),
  };
  writeFileSync(join(folder, "htpasswd"), HTPASSWD);
  writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
  const server = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  const close = (): void => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  await answers(host, close);
  const send = async (
    method: string,
    url: string,
    body?: Buffer,
    type = "application/octet-stream",
  ): Promise<Response> => {
    const headers = { "content-type": type, ...(login ? { authorization: `Basic ${LOGIN}` } : {}) };
    const answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : new Uint8Array(body),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const pushManifest: Registry["pushManifest"] = async (name, tag, manifest, type = MANIFEST) => {
    await send("PUT", `http://${host}/v2/${name}/manifests/${tag}`, manifest, type);
  };
  return {
    host,
    close,
    pushManifest,
    async push(name, tag, { blobs, manifest }) {
      for (const data of blobs.values()) {
        const started = await send("POST", `http://${host}/v2/${name}/blobs/uploads/`);
        const place = new URL(started.headers.get("location")!, `http://${host}`);
        place.searchParams.set("digest", digestOf(data));
        await send("PUT", place.href, data);
      }
      await pushManifest(name, tag, manifest);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answers(host: string, close: () => void): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => null);
    if (answer !== null) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  close();
  throw new Error("docker-registry does not answer");
}
