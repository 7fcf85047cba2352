/** A registry that answers as a test says: for the faults that a real one does not have on order. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { digestOf, INDEX, MANIFEST, type TestImage } from "./image.ts";

/** Returns true when it has answered. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Double {
  readonly host: string;
  /** Method and path of what was asked. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface Stored {
  readonly image: TestImage;
  /** What else the index names. */
  readonly others?: readonly TestImage[];
  readonly index?: Buffer;
}

/** Serves one image as `team/app:1`. */
export async function double(
  { image, others = [], index }: Stored,
  fault: Fault = () => false,
): Promise<Double> {
  const asked: string[] = [];
  const images = [image, ...others];
  const manifests = new Map([
    ["1", index ?? image.manifest],
    ...images.map(({ manifest }) => [digestOf(manifest), manifest] as const),
  ]);
  const blobs = new Map(images.flatMap((one) => [...one.blobs]));
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (fault(request, response)) return;
    const [, kind, name] = /^\/v2\/team\/app\/(manifests|blobs)\/(.+)$/.exec(request.url ?? "") ?? [];
    const data = kind === "manifests" ? manifests.get(name!) : blobs.get(name ?? "");
    if (data === undefined) return void response.writeHead(404).end();
    response.setHeader(
      "content-type",
      kind === "blobs" ? "application/octet-stream" : data === index ? INDEX : MANIFEST,
    );
    response.end(data);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
