import { describe, expect, it } from "vitest";
import { accountCommands, freeId, isFree } from "../../src/images/accounts.ts";
import type { WantedAccount } from "../../src/images/accounts.ts";
import { resolveImage } from "../../src/images/resolve.ts";

const APP: WantedAccount = {
  name: "app",
  group: "app",
  uid: 10001,
  gid: 10001,
  home: null,
  createHome: false,
};
const HOMED: WantedAccount = { ...APP, home: "/home/app", createHome: true };

function commands(reference: string, wanted = APP) {
  const made = accountCommands(resolveImage(reference)!, wanted);
  return made && { needs: made.needs, commands: made.commands };
}

describe("accountCommands", () => {
  it("uses shadow's tools", () => {
    expect(commands("debian:trixie-slim")).toEqual({
      needs: "shadow",
      commands: [
        "groupadd --gid 10001 app",
        "useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app",
      ],
    });
    expect(commands("debian:trixie-slim", HOMED)?.commands[1]).toBe(
      "useradd --no-log-init --uid 10001 --gid app --create-home --home-dir /home/app --shell /usr/sbin/nologin app",
    );
  });

  it.each([
    ["debian:12", "/usr/sbin/nologin"],
    ["ubuntu:24.04", "/usr/sbin/nologin"],
    ["rockylinux:9", "/sbin/nologin"],
    ["archlinux", "/usr/bin/nologin"],
    ["alpine", "/sbin/nologin"],
    ["busybox", "/bin/false"],
  ])("gives no login shell on %s", (reference, shell) => {
    expect(commands(reference)?.commands.at(-1)).toContain(shell);
  });

  it("takes another shell", () => {
    expect(commands("debian:12", { ...APP, shell: "/bin/bash" })?.commands[1]).toContain("--shell /bin/bash");
    expect(commands("alpine", { ...APP, shell: "/bin/sh" })?.commands[1]).toContain("-s /bin/sh");
  });

  it("uses BusyBox's tools, which never ask for a password", () => {
    expect(commands("alpine:3.19")).toEqual({
      needs: "busybox",
      commands: ["addgroup -g 10001 app", "adduser -D -H -u 10001 -G app -s /sbin/nologin app"],
    });
    expect(commands("alpine:3.19", HOMED)?.commands[1]).toBe(
      "adduser -D -h /home/app -u 10001 -G app -s /sbin/nologin app",
    );
    expect(commands("alpine:3.19", { ...APP, home: "/app" })?.commands[1]).toContain("-H -h /app");
  });

  it("installs shadow where an id is too high for BusyBox", () => {
    expect(commands("alpine", { ...APP, uid: 1_000_001 })).toMatchObject({ needs: "install" });
    expect(commands("alpine", { ...APP, uid: 1_000_001 })?.commands[0]).toBe("apk add --no-cache shadow");
    expect(commands("busybox", { ...APP, uid: 60_001 })).toMatchObject({ needs: "passwd-file" });
  });

  it.each([
    ["registry.access.redhat.com/ubi9/ubi-minimal", "microdnf install -y shadow-utils && microdnf clean all"],
    ["amazonlinux:2023", "dnf install -y shadow-utils && dnf clean all"],
    ["amazonlinux:2", "yum install -y shadow-utils && yum clean all && rm -rf /var/cache/yum"],
    ["photon:5.0", "tdnf install -y shadow && tdnf clean all"],
    ["mcr.microsoft.com/azurelinux/base/core:3.0", "tdnf install -y shadow-utils && tdnf clean all"],
  ])("installs shadow on %s, in the same step", (reference, install) => {
    expect(commands(reference)).toMatchObject({ needs: "install" });
    expect(commands(reference)?.commands).toEqual([
      install,
      "groupadd --gid 10001 app",
      "useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /sbin/nologin app",
    ]);
  });

  it("installs it only where it is missing when that is not known", () => {
    expect(commands("opensuse/leap:15.5")?.commands[0]).toBe(
      "if ! command -v useradd >/dev/null; then zypper --non-interactive install shadow && zypper clean --all; fi",
    );
  });

  it("writes the entries where there is nothing but a shell", () => {
    expect(commands("redhat/ubi9-micro", HOMED)).toEqual({
      needs: "passwd-file",
      commands: [
        `test "$(id -u app 2>/dev/null)" = 10001 || { echo 'app:x:10001:' >> /etc/group`,
        "echo 'app:x:10001:10001::/home/app:/sbin/nologin' >> /etc/passwd",
        "mkdir -p /home/app",
        "chown app:app /home/app; }",
      ],
    });
  });

  it("works with either tool on a base that is not known, and lets the very same account pass", () => {
    expect(accountCommands(null, APP)).toMatchObject({
      needs: "portable",
      commands: [
        "if grep -q '^app:x:10001:' /etc/group; then true; " +
          "elif command -v groupadd >/dev/null; then groupadd --gid 10001 app; else addgroup -g 10001 app; fi",
        "if grep -q '^app:x:10001:' /etc/passwd; then true; elif command -v useradd >/dev/null; " +
          "then useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /sbin/nologin app; " +
          "else adduser -D -H -u 10001 -G app -s /sbin/nologin app; fi",
      ],
    });
  });

  it.each([
    "scratch",
    "gcr.io/distroless/static",
    "gcr.io/distroless/base:debug",
    "mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled",
    "mcr.microsoft.com/windows/servercore:ltsc2022",
  ])("has none for %s", (reference) => {
    expect(commands(reference)).toBeNull();
  });

  it.each([
    ["a word in the tag tells", resolveImage("corp/base:1-alpine")],
    [
      "the repository keeps a profile of",
      resolveImage("corp/base:1", {
        extra: [{ id: "b", match: { names: ["corp/base"] }, from: "alpine:3.20", confidence: "knowledge" }],
      }),
    ],
  ])("can run twice on a base of one's own, which %s", (_, base) => {
    expect(accountCommands(base, APP)?.commands.join(" && ")).toBe(
      'test "$(id -u app 2>/dev/null)" = 10001 || { addgroup -g 10001 app && ' +
        "adduser -D -H -u 10001 -G app -s /sbin/nologin app; }",
    );
  });

  it.each([
    "tiangolo/uvicorn-gunicorn:python3.8",
    "quay.io/jupyter/base-notebook",
    "buildpack/unknown:1-bookworm",
  ])("can run twice on %s, whose publisher may use deroot", (reference) => {
    const made = commands(reference)!.commands.join(" && ");
    expect(made).toMatch(
      /^test "\$\(id -u app 2>\/dev\/null\)" = 10001 \|\| \{ groupadd .* && useradd .*; \}$/,
    );
  });

  it.each([
    "python:3.12",
    "mcr.microsoft.com/dotnet/aspnet:6.0",
    "docker.io/library/debian",
    "redhat/ubi9",
    "public.ecr.aws/docker/library/ruby:3.3",
    "kalilinux/kali-rolling",
  ])("writes the plain command on %s, where nobody has made that account", (reference) => {
    expect(commands(reference)?.commands[0]).toBe("groupadd --gid 10001 app");
  });

  it("takes the ids from the build where it is to", () => {
    const wanted = { ...HOMED, idsFromArgs: true };
    expect(commands("debian:12", wanted)?.commands.join("\n")).toMatch(
      /^groupadd --gid \$GID app\nuseradd --no-log-init --uid \$UID /,
    );
    expect(commands("redhat/ubi9-micro", wanted)?.commands).toEqual([
      `test "$(id -u app 2>/dev/null)" = $UID || { echo "app:x:$GID:" >> /etc/group`,
      'echo "app:x:$UID:$GID::/home/app:/sbin/nologin" >> /etc/passwd',
      "mkdir -p /home/app",
      "chown app:app /home/app; }",
    ]);
    expect(accountCommands(null, wanted)?.commands[1]).toContain('grep -q "^app:x:$UID:" /etc/passwd');
  });

  it("quotes a home that needs it", () => {
    expect(commands("debian:12", { ...APP, home: "/srv/my app" })?.commands[1]).toContain(
      "--home-dir '/srv/my app'",
    );
  });
});

describe("freeId", () => {
  it.each([
    ["debian:12", 10001, 10001],
    ["ubuntu:24.04", 1000, 1001],
    ["ubuntu:22.04", 1000, 1000],
    ["node:20", 1000, 1001],
    ["node:20", 10001, 10001],
    ["mcr.microsoft.com/mssql/server:2022-latest", 10001, 10002],
    ["verdaccio/verdaccio", 10001, 10002],
    ["alpine", 999, 1000],
    ["mariadb:11", 1000, 1000],
  ])("in %s from %i on", (reference, wanted, free) => {
    expect(freeId(resolveImage(reference), wanted)).toBe(free);
  });

  it("is what was wanted where nothing is known", () => {
    expect(freeId(null, 10001)).toBe(10001);
    expect(isFree(null, 0)).toBe(true);
  });
});
