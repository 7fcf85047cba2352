/** Makes image layers and manifests by hand, sound ones and others. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

export interface Entry {
  readonly path: string;
  readonly content?: string;
  /** Target of a symbolic link. */
  readonly link?: string;
  readonly hardLink?: string;
  readonly directory?: boolean;
  /** What the header says, whatever the content is. */
  readonly size?: number;
}

export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ path, content = "", link, hardLink, directory, size }) => {
    const data = Buffer.from(content);
    const header = new Header({
      path,
      mode: 0o755,
      size: size ?? data.length,
      mtime: new Date(0),
      type: directory
        ? "Directory"
        : link !== undefined
          ? "SymbolicLink"
          : hardLink !== undefined
            ? "Link"
            : "File",
      linkpath: link ?? hardLink ?? "",
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    return [block, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A Zstandard frame of blocks that are stored as they are. */
export function zstandard(data: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += BLOCK) {
    const part = data.subarray(at, at + BLOCK);
    blocks.push(blockHeader(part.length, 0, at + BLOCK >= data.length), part);
  }
  return Buffer.concat([frameHeader(0x58), ...blocks]);
}

/** Says "as many zeros" again and again: a few bytes for each 128 KiB. */
export function zstandardBomb(blocks: number): Buffer {
  const block = Buffer.concat([blockHeader(BLOCK, 1, false), Buffer.from([0])]);
  return Buffer.concat([frameHeader(0x58), ...Array<Buffer>(blocks).fill(block)]);
}

/** Wants a gigabyte of room for what it refers back to. */
export function zstandardWithHugeWindow(): Buffer {
  return Buffer.concat([frameHeader(0xa0), blockHeader(5, 0, true), Buffer.from("hello")]);
}

function frameHeader(window: number): Buffer {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, window]);
}

function blockHeader(size: number, type: number, last: boolean): Buffer {
  const value = (size << 3) | (type << 1) | (last ? 1 : 0);
  return Buffer.from([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff]);
}

const BLOCK = 128 * 1024;

export const digestOf = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

export interface TestImage {
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifest: Buffer;
}

/** @param layers as they are stored, the oldest first */
export function image(config: Record<string, unknown>, layers: readonly Buffer[]): TestImage {
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
    }),
  );
  const descriptor = (data: Buffer, mediaType: string) => ({
    mediaType,
    digest: digestOf(data),
    size: data.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor(configuration, "application/vnd.oci.image.config.v1+json"),
      layers: layers.map((layer) => descriptor(layer, mediaTypeOf(layer))),
    }),
  );
  return { blobs: new Map([configuration, ...layers].map((data) => [digestOf(data), data])), manifest };
}

function mediaTypeOf(layer: Buffer): string {
  const suffix = layer[0] === 0x1f ? "+gzip" : layer[0] === 0x28 ? "+zstd" : "";
  return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}

/** An index of manifests by platform. */
export function index(manifests: Readonly<Record<string, Buffer>>): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: Object.entries(manifests).map(([platform, data]) => {
        const [os, architecture] = platform.split("/");
        return {
          mediaType: MANIFEST,
          digest: digestOf(data),
          size: data.length,
          platform: { os, architecture },
        };
      }),
    }),
  );
}

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";

/** A small Debian of one layer. */
export const DEBIAN: readonly Entry[] = [
  { path: "bin", link: "usr/bin" },
  { path: "sbin", link: "usr/sbin" },
  {
    path: "etc/passwd",
    content:
      "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n",
  },
  { path: "etc/group", content: "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nstaff:x:50:\n" },
  { path: "etc/os-release", link: "../usr/lib/os-release" },
  {
    path: "usr/lib/os-release",
    content: 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12"\n',
  },
  { path: "usr/bin/dash", content: "\x7fELF" },
  { path: "usr/bin/sh", link: "dash" },
  { path: "usr/bin/bash", content: "\x7fELF" },
  { path: "usr/bin/apt-get", content: "\x7fELF" },
  { path: "usr/sbin/useradd", content: "\x7fELF" },
  { path: "usr/sbin/groupadd", content: "\x7fELF" },
  { path: "usr/sbin/usermod", content: "\x7fELF" },
];

export const APP_ACCOUNT: Entry = {
  path: "etc/passwd",
  content: "root:x:0:0:root:/root:/bin/bash\nshop:x:4321:4321::/srv/shop:/bin/false\n",
};

export const gzipped = (entries: readonly Entry[]): Buffer => gzipSync(tar(entries));
