import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inspectRegistry } from "../../src/images/inspect/index.ts";
import type { RegistryOptions } from "../../src/images/inspect/index.ts";
import { registryName } from "../../src/images/inspect/registry-name.ts";
import { double, type Double, type Fault, type Stored } from "./support/double.ts";
import { APP_ACCOUNT, DEBIAN, gzipped, image, index } from "./support/image.ts";

const QUICK: RegistryOptions = { backOff: 1, timeout: 300, cache: null };
const APP = image({ User: "shop", Env: ["PATH=/usr/bin"], ExposedPorts: { "8080/tcp": {} } }, [
  gzipped(DEBIAN),
  gzipped([APP_ACCOUNT]),
]);

let registry: Double | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deroot-test-"));
  // Nobody's own credentials are to be seen, and none to be sent anywhere.
  for (const name of ["HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"])
    vi.stubEnv(name, folder);
  vi.stubEnv("REGISTRY_AUTH_FILE", undefined);
});

afterEach(async () => {
  await registry?.close();
  registry = undefined;
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

async function ask(fault?: Fault, options: RegistryOptions = {}, stored: Stored = { image: APP }) {
  registry = await double(stored, fault);
  return inspectRegistry(`${registry.host}/team/app:1`, { ...QUICK, ...options });
}

/** Answers some of the requests with a status. */
function failing(times: number, status: number, headers: Record<string, string> = {}, path = /./): Fault {
  let left = times;
  return (request, response) => {
    if (left === 0 || !path.test(request.url ?? "")) return false;
    left--;
    response.writeHead(status, headers).end("{}");
    return true;
  };
}

describe("inspectRegistry", () => {
  it("reads configuration and files", async () => {
    const { config, contents, digest } = await ask();
    expect(config).toMatchObject({ user: "shop", ports: [8080] });
    expect(contents.passwd).toContain("shop:x:4321");
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("takes the platform it is asked for, by digest", async () => {
    const arm = image({ User: "arm" }, [gzipped(DEBIAN)]);
    const both: Stored = {
      image: { manifest: arm.manifest, blobs: arm.blobs },
      index: index({
        "linux/amd64": APP.manifest,
        "linux/arm64": arm.manifest,
        "unknown/unknown": Buffer.from("x"),
      }),
    };
    expect((await ask(undefined, { platform: "linux/arm64" }, both)).config.user).toBe("arm");
    await registry!.close();
    const refused = ask(undefined, { platform: "linux/s390x" }, both);
    await expect(refused).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("linux/arm64") as string,
    });
  });

  it("takes what there is for Linux where no platform is asked for and amd64 is missing", async () => {
    const arm = image({ User: "arm" }, [gzipped(DEBIAN)]);
    const only: Stored = {
      image: arm,
      index: index({ "windows/amd64": APP.manifest, "linux/arm64": arm.manifest }),
    };
    expect((await ask(undefined, {}, only)).config.user).toBe("arm");
  });

  it("keeps what it learned by digest", async () => {
    registry = await double({ image: APP });
    const reference = `${registry.host}/team/app:1`;
    const options = { ...QUICK, cache: undefined };
    const first = await inspectRegistry(reference, options);
    const asked = registry.asked.length;
    expect(await inspectRegistry(reference, options)).toEqual(first);
    expect(registry.asked.slice(asked)).toEqual(["GET /v2/team/app/manifests/1"]);
    // What is damaged on disk is fetched again.
    const kept = join(folder, "deroot/images/contents-1/sha256");
    for (const file of readdirSync(kept)) writeFileSync(join(kept, file), "{}");
    expect(await inspectRegistry(reference, options)).toEqual(first);
  });

  it.each([429, 500, 503])("comes back after %i", async (status) => {
    expect((await ask(failing(2, status))).config.user).toBe("shop");
  });

  it("waits as long as it is told", async () => {
    const start = Date.now();
    await ask(failing(1, 429, { "retry-after": "1" }));
    expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
  });

  it("gives up where it is told to wait for long", async () => {
    await expect(ask(failing(1, 429, { "retry-after": "3600" }))).rejects.toMatchObject({
      code: "no-answer",
      message: expect.stringContaining("429 and asks to wait 3600 seconds") as string,
    });
    expect(registry!.asked).toHaveLength(1);
  });

  it.each([429, 500])("gives up after four times %i", async (status) => {
    await expect(ask(failing(99, status))).rejects.toMatchObject({ code: "no-answer" });
    expect(registry!.asked).toHaveLength(4);
  });

  it("does not wait for ever for an answer, or for the rest of one", async () => {
    await expect(ask(() => true, { attempts: 2, timeout: 100 })).rejects.toMatchObject({ code: "no-answer" });
    await registry!.close();
    const stuck: Fault = (request, response) => {
      if (!request.url!.includes("blobs")) return false;
      response.writeHead(200, { "content-length": "1000" }).write("{");
      return true;
    };
    await expect(ask(stuck, { attempts: 1, timeout: 100 })).rejects.toMatchObject({ code: "no-answer" });
  });

  it("says when nobody is there", async () => {
    registry = await double({ image: APP });
    const { host } = registry;
    await registry.close();
    const asking = inspectRegistry(`${host}/team/app:1`, { ...QUICK, attempts: 2 });
    await expect(asking).rejects.toMatchObject({
      code: "no-answer",
      message: expect.stringContaining("ECONNREFUSED") as string,
    });
  });

  it("reads a layer again that breaks off", async () => {
    let left = 2;
    const cut: Fault = (request, response) => {
      const layer = [...APP.blobs.values()].at(-1)!;
      if (
        left === 0 ||
        !request.url!.includes("blobs") ||
        APP.blobs.get(request.url!.split("/").at(-1)!) !== layer
      )
        return false;
      left--;
      response.writeHead(200).end(layer.subarray(0, 50));
      return true;
    };
    // A layer that ends early is unpacked to its end by nobody, whichever notices first.
    await ask(cut, { attempts: 4 }).catch((error: unknown) =>
      expect(error).toMatchObject({ name: "InspectError" }),
    );
  });

  it("does not believe what is not what its digest says", async () => {
    const other: Fault = (request, response) => {
      if (!request.url!.includes("blobs")) return false;
      response.end(Buffer.alloc(100, 0x20));
      return true;
    };
    await expect(ask(other)).rejects.toMatchObject({ code: "broken" });
  });

  it("fetches no more than it may", async () => {
    await expect(ask(undefined, { maxDownload: 100 })).rejects.toMatchObject({ code: "too-large" });
    await registry!.close();
    const absurd: Fault = (request, response) => {
      if (!request.url!.includes("manifests")) return false;
      const manifest = JSON.parse(APP.manifest.toString()) as { layers: { size: number }[] };
      manifest.layers[0]!.size = 2 ** 52;
      response.end(JSON.stringify({ ...manifest, layers: manifest.layers.slice(0, 1) }));
      return true;
    };
    await expect(ask(absurd)).rejects.toMatchObject({ code: "too-large" });
  });

  it.each<[string, string]>([
    ["HTML", "<html>"],
    ["an array", "[]"],
    ["a manifest without layers", '{"schemaVersion":2}'],
    ["a strange digest", '{"config":{"digest":"sha256:../../x","size":1},"layers":[]}'],
    ["a negative size", `{"config":{"digest":"sha256:${"a".repeat(64)}","size":-1},"layers":[]}`],
  ])("says that %s is no manifest", async (_, body) => {
    const fault: Fault = (_request, response) => (response.end(body), true);
    await expect(ask(fault)).rejects.toMatchObject({ name: "InspectError", code: "broken" });
  });

  it("tells what is stored when it is no image", async () => {
    const config = {
      digest: `sha256:${"a".repeat(64)}`,
      size: 1,
      mediaType: "application/vnd.cncf.helm.config.v1+json",
    };
    const fault: Fault = (_, response) => (response.end(JSON.stringify({ config, layers: [] })), true);
    await expect(ask(fault)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("helm") as string,
    });
  });

  it.each([
    [404, "not-found"],
    [403, "denied"],
    [418, "failed"],
  ])("tells %i as %s", async (status, code) => {
    await expect(ask(failing(99, status))).rejects.toMatchObject({ code });
  });
});

describe("logging in", () => {
  const login = (name: string, config: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(config));
  const auth = Buffer.from("ann:letmein").toString("base64");

  /** Wants a token, which it gives for the right password. */
  const bearer: Fault = (request, response) => {
    const { authorization = "", host } = request.headers;
    if (request.url!.startsWith("/token")) {
      const query = new URL(request.url!, "http://x").searchParams;
      const good = authorization === `Basic ${auth}` && query.get("scope") === "repository:team/app:pull";
      response.writeHead(good ? 200 : 401).end(JSON.stringify({ token: "t0ken" }));
      return true;
    }
    if (authorization === "Bearer t0ken") return false;
    const challenge = `Bearer realm="http://${host}/token",service="test",scope="repository:team/app:pull"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };

  async function askAs(config: (host: string) => unknown, fault = bearer) {
    registry = await double({ image: APP }, fault);
    login("config.json", config(registry.host));
    return inspectRegistry(`${registry.host}/team/app:1`, QUICK);
  }

  it("trades a password for a token, once", async () => {
    expect((await askAs((host) => ({ auths: { [host]: { auth } } }))).config.user).toBe("shop");
    expect(registry!.asked.filter((each) => each.includes("/token"))).toHaveLength(1);
  });

  it("asks the credential helper", async () => {
    const helper = join(folder, "docker-credential-test");
    const script = `#!/bin/sh\nread -r host\n[ "$1" = get ] && echo "{\\"Username\\":\\"ann\\",\\"Secret\\":\\"letmein\\"}"\necho "$host" > ${folder}/asked\n`;
    writeFileSync(helper, script, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
    expect((await askAs((host) => ({ credHelpers: { [host]: "test" } }))).config.user).toBe("shop");
    expect(readFileSync(join(folder, "asked"), "utf8").trim()).toBe(registry!.host);
    await registry!.close();
    expect((await askAs(() => ({ credsStore: "test" }))).config.user).toBe("shop");
  });

  it("says what is wrong with a helper", async () => {
    await expect(askAs(() => ({ credsStore: "nobody-has-this" }))).rejects.toMatchObject({ code: "missing" });
    await registry!.close();
    await expect(askAs(() => ({ credsStore: "../evil" }))).rejects.toMatchObject({ code: "refused" });
  });

  it("trades an identity token", async () => {
    const refresh: Fault = (request, response) => {
      if (!request.url!.startsWith("/token")) return bearer(request, response);
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const form = new URLSearchParams(body);
        const good = form.get("grant_type") === "refresh_token" && form.get("refresh_token") === "identity";
        response.writeHead(good ? 200 : 401).end(JSON.stringify({ access_token: "t0ken" }));
      });
      return true;
    };
    expect(
      (await askAs((host) => ({ auths: { [host]: { identitytoken: "identity" } } }), refresh)).config.user,
    ).toBe("shop");
  });

  it("tells to log in, or to log in again", async () => {
    await expect(askAs(() => ({}))).rejects.toMatchObject({
      code: "denied",
      message: expect.stringContaining("wants a login") as string,
    });
    await registry!.close();
    const wrong = Buffer.from("ann:wrong").toString("base64");
    await expect(askAs((host) => ({ auths: { [host]: { auth: wrong } } }))).rejects.toMatchObject({
      code: "denied",
      message: expect.not.stringContaining("wrong") as string,
    });
  });

  it("gives no credentials to the place a blob is fetched from", async () => {
    const seen: (string | undefined)[] = [];
    const store = await double(
      { image: APP },
      (request) => (seen.push(request.headers.authorization), false),
    );
    try {
      const redirect: Fault = (request, response) => {
        if (bearer(request, response)) return true;
        if (!request.url!.includes("blobs")) return false;
        response.writeHead(307, { location: `http://${store.host}${request.url}` }).end();
        return true;
      };
      expect((await askAs((host) => ({ auths: { [host]: { auth } } }), redirect)).config.user).toBe("shop");
      expect(seen.length).toBeGreaterThan(0);
      expect(new Set(seen)).toEqual(new Set([undefined]));
    } finally {
      await store.close();
    }
  });

  it("goes nowhere without encryption but to this machine", async () => {
    const elsewhere = failing(99, 307, { location: "http://registry.example/x" });
    await expect(ask(elsewhere)).rejects.toMatchObject({ code: "refused" });
    await registry!.close();
    const realm = failing(99, 401, { "www-authenticate": 'Bearer realm="http://tokens.example/"' });
    await expect(ask(realm)).rejects.toMatchObject({ code: "refused" });
    await registry!.close();
    const circle: Fault = (request, response) => (
      response.writeHead(302, { location: request.url! }).end(),
      true
    );
    await expect(ask(circle)).rejects.toMatchObject({ code: "broken" });
  });
});

describe("registryName", () => {
  const hub = "registry-1.docker.io";
  it.each([
    ["node", hub, "library/node", "latest"],
    ["node:20", hub, "library/node", "20"],
    ["docker.io/node", hub, "library/node", "latest"],
    ["bitnami/redis:7", hub, "bitnami/redis", "7"],
    ["ghcr.io/o/r/x:1", "ghcr.io", "o/r/x", "1"],
    ["localhost/x", "localhost", "x", "latest"],
    ["localhost:5000/a/b", "localhost:5000", "a/b", "latest"],
    ["[::1]:5000/a:2", "[::1]:5000", "a", "2"],
    [`node:20@sha256:${"a".repeat(64)}`, hub, "library/node", `sha256:${"a".repeat(64)}`],
  ])("%s", (reference, host, repository, manifest) => {
    expect(registryName(reference)).toMatchObject({ host, repository, manifest });
  });

  it.each(["", "-x", "UPPER/x/../y", "a/../b", "a//b", "x y", "http://x/y", "ghcr.io/", "a/b@sha256:xyz"])(
    "%j is none",
    (written) => {
      expect(() => registryName(written)).toThrow();
    },
  );
});
