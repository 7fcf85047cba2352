import { describe, expect, it } from "vitest";
import { describeImage } from "../../src/images/describe.ts";
import { loadKnowledge } from "../../src/images/load.ts";
import { resolveImage } from "../../src/images/resolve.ts";

const explain = (reference: string) => describeImage(resolveImage(reference)!);

describe("describeImage", () => {
  it("tells what a person wants to know of nginx", () => {
    const text = explain("nginx:1.25");
    expect(text).toMatch(
      /^nginx:1\.25\ndebian bookworm, apt, \/bin\/sh, useradd and adduser \(debian\); runs as root\n/,
    );
    expect(text).toContain("nginx (101:101), home /nonexistent, made for this purpose");
    expect(text).toContain("/var/cache/nginx:");
    expect(text).toContain("listens on 80");
    expect(text).toContain("nginx/docker-nginx");
    expect(text).toContain("Runs the service as nginx (101:101)");
  });

  it("shows the account that would be made", () => {
    expect(explain("alpine:3.19")).toContain(
      [
        '    RUN test "$(id -u app 2>/dev/null)" = 10001 || { addgroup -g 10001 app \\',
        "        && adduser -D -h /home/app -u 10001 -G app -s /sbin/nologin app; }",
        "    USER 10001",
      ].join("\n"),
    );
  });

  it.each([
    ["gcr.io/distroless/static:nonroot", "Nothing: the image runs as 65532."],
    ["scratch", "Writes a numeric USER"],
    ["postgres:16", "Leaves it"],
    ["docker:dind", "Declines"],
    ["node:20", "Runs the app as node (1000:1000)"],
    ["influxdb:1.8", "Makes an account"],
  ])("says what happens on %s", (reference, advice) => {
    expect(explain(reference)).toContain(advice);
  });

  it("knows that an image put together of parts has not all of its distro", () => {
    const text = explain("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled");
    expect(text).toContain("ubuntu jammy, no package manager, no shell");
    expect(text).toContain("app (1654:1654)");
    expect(text).not.toMatch(/www-data|setpriv/);
  });

  it("tells which ids are taken, as ranges", () => {
    expect(explain("debian:12")).toMatch(/uids that are taken: 0-10, 13, /);
  });

  it("breaks lines at a width, but no commands", () => {
    const lines = describeImage(resolveImage("debian:12")!, 60).split("\n");
    expect(lines.filter((line) => line.length > 60 && !/(?:group|user)add --/.test(line))).toEqual([]);
    expect(lines.some((line) => line.startsWith("    ") && line.length > 40)).toBe(true);
  });

  it("says as of when a moving tag means what it says", () => {
    expect(explain("debian")).toContain('The tag "latest" means debian:trixie, as of 2026-08-21.');
    expect(explain("ubuntu:rolling")).toContain('The tag "rolling" means ubuntu:resolute, as of');
    expect(explain("node:20")).toContain("docker-library/official-images library/node @ 37079fb336");
  });

  it("says that a digest tells no version", () => {
    expect(explain(`node@sha256:${"a".repeat(64)}`)).toContain("A digest alone does not tell which version");
    expect(explain(`node:20@sha256:${"a".repeat(64)}`)).not.toContain("A digest alone");
  });

  it("says what was not read", () => {
    expect(explain("apache/apisix")).toContain(
      "Not read in a source: The version from which on it runs as apisix.",
    );
  });

  it("has something to say of every profile, and no loose ends", () => {
    for (const { match } of loadKnowledge().profiles()) {
      for (const name of match.names ?? []) {
        expect(explain(name)).not.toMatch(/undefined|[ :]null\b|\[object/);
      }
    }
  });
});
