import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/images/inspect/config.ts";
import { readContents } from "../../src/images/inspect/contents.ts";
import { readLayer } from "../../src/images/inspect/layer.ts";
import type { ImageContents } from "../../src/images/inspect/index.ts";
import {
  APP_ACCOUNT,
  DEBIAN,
  tar,
  zstandard,
  zstandardBomb,
  zstandardWithHugeWindow,
  type Entry,
} from "./support/image.ts";

/** Reads an image of these layers, the oldest first. */
async function contentsOf(
  layers: readonly Buffer[],
  config: Record<string, unknown> = {},
): Promise<ImageContents> {
  const newestFirst = [...layers].reverse();
  return readContents(readConfig({ os: "linux", config }), {
    count: layers.length,
    read: (index, wanted, budget, enough) =>
      readLayer(Readable.from(pieces(newestFirst[index]!), { objectMode: false }), wanted, budget, enough),
  });
}

function* pieces(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length; at += 1000) yield data.subarray(at, at + 1000);
}

const layer = (entries: readonly Entry[]): Buffer => gzipSync(tar(entries));
const found = (contents: ImageContents): string[] =>
  Object.entries(contents.programs).flatMap(([name, program]) => (program ? [name] : []));

/** `printf 'root:x:0:0::/:/bin/sh\n' > etc/passwd; tar c etc/passwd | zstd`, by the real tool. */
const ZSTD_TAR =
  "KLUv/QRozQIA8sMNEpDPAeAOYgRMufvSwBKY7JDQKQdt8nOJD58+95xCKB+CRHTWd/gQRYh+34zuPiGmv+ycKLKiLAwgII+Jcebl+FQApI3AsBTGAWB/YPIKlwgMCmA24Tn2a9H/";

describe("readContents", () => {
  it("finds accounts, distro and tools", async () => {
    const contents = await contentsOf([layer(DEBIAN)]);
    expect(contents.passwd).toContain("www-data:x:33:33");
    expect(contents.osRelease).toContain("ID=debian");
    expect(found(contents)).toEqual(
      expect.arrayContaining(["sh", "bash", "dash", "useradd", "groupadd", "apt-get"]),
    );
    expect(contents.programs["sh"]).toEqual({
      path: "/usr/bin/sh",
      file: "/usr/bin/dash",
      interpreter: null,
    });
  });

  it.each([
    ["gzip", (data: Buffer) => gzipSync(data)],
    ["zstd", zstandard],
    ["no compression", (data: Buffer) => data],
  ])("reads layers with %s", async (_, pack) => {
    expect((await contentsOf([pack(tar(DEBIAN))])).passwd).toContain("www-data");
  });

  it("reads what zstd itself makes", async () => {
    expect((await contentsOf([Buffer.from(ZSTD_TAR, "base64")])).passwd).toBe("root:x:0:0::/:/bin/sh\n");
  });

  it("reads an empty layer and an image without layers", async () => {
    expect((await contentsOf([layer([])])).passwd).toBeNull();
    expect(await contentsOf([])).toMatchObject({ passwd: null, complete: true });
  });

  it("lets newer layers win", async () => {
    const contents = await contentsOf([layer(DEBIAN), layer([APP_ACCOUNT])]);
    expect(contents.passwd).toContain("shop:x:4321");
    expect(contents.group).toContain("staff");
  });

  it("honours whiteouts, of files and of folders", async () => {
    const without = async (...paths: string[]) =>
      contentsOf([layer(DEBIAN), layer(paths.map((path) => ({ path })))]);
    expect(found(await without("usr/bin/.wh.bash"))).not.toContain("bash");
    expect((await without("etc/.wh.passwd")).passwd).toBeNull();
    expect((await without(".wh.etc")).passwd).toBeNull();
    expect(found(await without("usr/sbin/.wh..wh..opq"))).not.toContain("useradd");
    expect(found(await without("usr/sbin/.wh..wh..opq"))).toContain("bash");
    expect(found(await without(".wh..wh..opq"))).toEqual([]);
  });

  it("does not apply a whiteout to its own layer", async () => {
    const contents = await contentsOf([layer(DEBIAN), layer([APP_ACCOUNT, { path: "etc/.wh.passwd" }])]);
    expect(contents.passwd).toContain("shop");
    const opaque = await contentsOf([layer(DEBIAN), layer([{ path: "etc/.wh..wh..opq" }, APP_ACCOUNT])]);
    expect(opaque.passwd).toContain("shop");
    expect(opaque.group).toBeNull();
  });

  it("does not let a strange whiteout delete the folder above", async () => {
    const strange = [{ path: "etc/.wh." }, { path: "etc/.wh.." }, { path: "etc/x/.wh..." }];
    expect((await contentsOf([layer(DEBIAN), layer(strange)])).passwd).toContain("www-data");
  });

  it("hides a folder that a newer layer replaces", async () => {
    const moved = [
      { path: "etc", link: "srv/etc" },
      { path: "srv/etc/passwd", content: "root:x:0:0::/:/bin/sh\n" },
    ];
    const contents = await contentsOf([layer(DEBIAN), layer(moved)]);
    expect(contents.passwd).toBe("root:x:0:0::/:/bin/sh\n");
    expect(contents.group).toBeNull();
  });

  it("follows links only inside the image", async () => {
    const linked = (link: string, ...more: Entry[]) =>
      contentsOf([
        layer([...DEBIAN.filter(({ path }) => path !== "etc/passwd"), { path: "etc/passwd", link }, ...more]),
      ]);
    const accounts = { path: "srv/accounts", content: "root:x:0:0::/:/bin/sh\n" };
    expect((await linked("/srv/accounts", accounts)).passwd).toBe(accounts.content);
    expect((await linked("../../../../../srv/accounts", accounts)).passwd).toBe(accounts.content);
    expect((await linked("/etc/passwd")).passwd).toBeNull();
    expect((await linked("/proc/self/environ")).passwd).toBeNull();
    expect((await linked("a/".repeat(3000))).passwd).toBeNull();
  });

  it("gives up on links in a ring, and on a chain without end", async () => {
    const ring = [
      { path: "etc/passwd", link: "group" },
      { path: "etc/group", link: "passwd" },
    ];
    expect((await contentsOf([layer(ring)])).passwd).toBeNull();
    const chain = Array.from({ length: 60 }, (_, i) => ({ path: `c/${i}`, link: `${i + 1}` }));
    const start = { path: "etc/passwd", link: "../c/0" };
    expect((await contentsOf([layer([start, ...chain])])).passwd).toBeNull();
  });

  it("does not see paths that lead out of the image", async () => {
    const hostile = [
      { path: "../etc/passwd", content: "evil:x:0:0::/:/bin/sh\n" },
      { path: "x/../etc/group", content: "evil" },
    ];
    expect(await contentsOf([layer(hostile)])).toMatchObject({ passwd: null, group: null });
  });

  it("takes a leading slash or dot", async () => {
    expect((await contentsOf([layer([{ path: "./etc/passwd", content: "a" }])])).passwd).toBe("a");
    expect((await contentsOf([layer([{ path: "/etc/passwd", content: "a" }])])).passwd).toBe("a");
  });

  it("stops when it knows enough, and says so", async () => {
    const broken = Buffer.from("this is never read");
    const contents = await contentsOf([broken, layer(DEBIAN)]);
    expect(contents.complete).toBe(false);
    expect(contents.programs["gosu"]).toBeNull();
  });

  it("reads the script that ENTRYPOINT names", async () => {
    const script = { path: "usr/local/bin/start.sh", content: '#!/bin/sh\nexec gosu shop "$@"\n' };
    const config = { Entrypoint: ["/usr/local/bin/start.sh"] };
    expect((await contentsOf([layer([script])], config)).entrypoint).toBe(script.content);
    const onPath = { Entrypoint: ["start.sh"], Env: ["PATH=/usr/local/bin:/bin"] };
    expect((await contentsOf([layer([script])], onPath)).entrypoint).toBe(script.content);
    const binary = { path: "start", content: "\x7fELF exec gosu shop" };
    expect((await contentsOf([layer([binary])], { Entrypoint: ["/start"] })).entrypoint).toBeNull();
  });
});

describe("hostile and broken layers", () => {
  const whole = tar(DEBIAN);

  it.each([
    ["a truncated gzip", gzipSync(whole).subarray(0, 400)],
    ["a truncated zstd", zstandard(whole).subarray(0, 3000)],
    ["a truncated tar", whole.subarray(0, 1700)],
    ["something else", Buffer.from("<html>".repeat(200))],
    ["a header without sense", Buffer.alloc(2048, 0x41)],
    ["gzip of something else", gzipSync(Buffer.alloc(5000, 0x42))],
  ])("says that %s is broken", async (_, data) => {
    await expect(contentsOf([data])).rejects.toMatchObject({ name: "InspectError", code: "broken" });
  });

  it("does not unpack a bomb to its end", async () => {
    const start = tar([{ path: "zeros", size: 7 * 1024 ** 3 }]).subarray(0, 512);
    const bomb = Buffer.concat([zstandard(start), zstandardBomb(80_000)]);
    const budget = { unpacked: 64 * 1024 ** 2 };
    const reading = readLayer(Readable.from([bomb], { objectMode: false }), new Map(), budget);
    await expect(reading).rejects.toMatchObject({ code: "too-large" });
  });

  it("makes no room for an absurd window", async () => {
    await expect(contentsOf([zstandardWithHugeWindow()])).rejects.toMatchObject({ code: "too-large" });
  });

  it("does not keep an absurd /etc/passwd", async () => {
    const huge = { path: "etc/passwd", content: "a:x:1:1::/:/bin/sh\n".repeat(100_000) };
    await expect(contentsOf([layer([huge])])).rejects.toMatchObject({ code: "too-large" });
  });

  it("does not keep absurd names", async () => {
    const size = 3 * 1024 ** 2;
    const record = `${size} path=${"a".repeat(size - 14)}\n`;
    const header = tar([{ path: "pax", content: record }]);
    header[156] = "x".charCodeAt(0);
    // The checksum has to fit again.
    header.write("        ", 148, "latin1");
    const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    const data = Buffer.concat([header.subarray(0, -1024), tar([{ path: "etc/passwd", content: "a" }])]);
    expect((await contentsOf([data])).passwd).toBe("a");
  });
});
