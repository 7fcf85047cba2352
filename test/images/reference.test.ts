import { describe, expect, it } from "vitest";
import { formatReference, parseReference } from "../../src/images/reference.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;

describe("parseReference", () => {
  it.each([
    ["node", "node", null, null],
    ["node:20", "node", "20", null],
    ["node:20-alpine", "node", "20-alpine", null],
    [`node@${DIGEST}`, "node", null, DIGEST],
    [`node:20@${DIGEST}`, "node", "20", DIGEST],
    ["library/node", "node", null, null],
    ["docker.io/node:20", "node", "20", null],
    ["docker.io/library/node:20", "node", "20", null],
    ["index.docker.io/library/node", "node", null, null],
    ["registry-1.docker.io/library/node", "node", null, null],
    ["registry.hub.docker.com/library/node", "node", null, null],
    ["mirror.gcr.io/library/node", "node", null, null],
    ["mcr.microsoft.com/mirror/docker/library/node:20", "node", "20", null],
    ["public.ecr.aws/docker/library/node:20", "node", "20", null],
    ["arm64v8/node:20", "node", "20", null],
    ["docker.io/arm32v7/alpine", "alpine", null, null],
    ["amd64/some/thing", "amd64/some/thing", null, null],
    ["bitnami/nginx", "bitnami/nginx", null, null],
    ["docker.io/bitnami/nginx", "bitnami/nginx", null, null],
    ["public.ecr.aws/nginx/nginx", "public.ecr.aws/nginx/nginx", null, null],
    ["gcr.io/distroless/static:nonroot", "gcr.io/distroless/static", "nonroot", null],
    ["localhost:5000/app", "localhost:5000/app", null, null],
    ["localhost:5000/app:1.0", "localhost:5000/app", "1.0", null],
    ["Registry.Corp.Example/Team/App:V1", "registry.corp.example/team/app", "V1", null],
    [" node:20 ", "node", "20", null],
  ])("%s", (written, name, tag, digest) => {
    expect(parseReference(written)).toEqual({ written: written.trim(), name, tag, digest });
  });

  it.each(["", "  ", "two words", "@sha256:00"])("takes %j for no reference", (written) => {
    expect(parseReference(written)).toBeNull();
  });

  it.each([
    ["registry.corp.example/docker-remote", "registry.corp.example/docker-remote/node:20"],
    ["registry.corp.example/docker-remote/", "registry.corp.example/docker-remote/library/node:20"],
    ["Registry.Corp.Example", "registry.corp.example/library/node:20"],
    ["registry.corp.example:8443/hub", "registry.corp.example:8443/hub/docker.io/library/node:20"],
  ])("looks through the mirror %s", (mirror, written) => {
    expect(parseReference(written, [mirror])).toMatchObject({ name: "node", tag: "20" });
  });

  it("leaves names alone that only begin like a mirror", () => {
    expect(parseReference("corp/node", ["corp/no"])?.name).toBe("corp/node");
  });
});

describe("formatReference", () => {
  it.each([
    ["docker.io/library/node:20-alpine", "node:20-alpine"],
    [`node:20@${DIGEST}`, `node:20@${DIGEST}`],
    ["library/node", "node"],
  ])("%s", (written, short) => {
    expect(formatReference(parseReference(written)!)).toBe(short);
  });
});
