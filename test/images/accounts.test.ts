import { describe, expect, it } from "vitest";
import { accountStep, freeId, isFree } from "../../src/images/accounts.ts";
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

function step(reference: string, wanted = APP) {
  const made = accountStep(resolveImage(reference)!, wanted);
  return made && { needs: made.needs, text: made.lines.join("\n") };
}

/** The step that makes it unless it is there. */
function unlessThere(...commands: readonly string[]): string {
  return `test "$(id -u app 2>/dev/null)" = 10001 || { ${commands.join("\n&& ")}; }`;
}

describe("accountStep", () => {
  it("uses shadow's tools", () => {
    expect(step("debian:trixie-slim")).toEqual({
      needs: "shadow",
      text: unlessThere(
        "groupadd --gid 10001 app",
        "useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app",
      ),
    });
    expect(step("debian:trixie-slim", HOMED)?.text).toContain(
      " --gid app --create-home --home-dir /home/app --shell /usr/sbin/nologin app",
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
    expect(step(reference)?.text).toContain(`${shell} app; }`);
  });

  it("takes another shell", () => {
    expect(step("debian:12", { ...APP, shell: "/bin/bash" })?.text).toContain("--shell /bin/bash");
    expect(step("alpine", { ...APP, shell: "/bin/sh" })?.text).toContain("-s /bin/sh");
  });

  it("uses BusyBox's tools, which never ask for a password", () => {
    expect(step("alpine:3.19")).toEqual({
      needs: "busybox",
      text: unlessThere("addgroup -g 10001 app", "adduser -D -H -u 10001 -G app -s /sbin/nologin app"),
    });
    expect(step("alpine:3.19", HOMED)?.text).toContain(
      "adduser -D -h /home/app -u 10001 -G app -s /sbin/nologin app",
    );
    expect(step("alpine:3.19", { ...APP, home: "/app" })?.text).toContain("-H -h /app");
  });

  it("installs shadow where an id is too high for BusyBox", () => {
    const high = step("alpine", { ...APP, uid: 1_000_001 });
    expect(high).toMatchObject({ needs: "install" });
    expect(high?.text).toContain("= 1000001 || { apk add --no-cache shadow\n&& groupadd ");
    expect(step("busybox", { ...APP, uid: 60_001 })).toMatchObject({ needs: "passwd-file" });
  });

  it.each([
    ["registry.access.redhat.com/ubi9/ubi-minimal", "microdnf install -y shadow-utils && microdnf clean all"],
    ["amazonlinux:2023", "dnf install -y shadow-utils && dnf clean all"],
    ["amazonlinux:2", "yum install -y shadow-utils && yum clean all && rm -rf /var/cache/yum"],
    ["photon:5.0", "tdnf install -y shadow && tdnf clean all"],
    ["mcr.microsoft.com/azurelinux/base/core:3.0", "tdnf install -y shadow-utils && tdnf clean all"],
  ])("installs shadow on %s, in the same step", (reference, install) => {
    expect(step(reference)).toEqual({
      needs: "install",
      text: unlessThere(
        install,
        "groupadd --gid 10001 app",
        "useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /sbin/nologin app",
      ),
    });
  });

  it("installs it only where it is missing when that is not known", () => {
    expect(step("opensuse/leap:15.5")?.text).toContain(
      "|| { if ! command -v useradd >/dev/null; then zypper --non-interactive install shadow && zypper clean --all; fi\n" +
        "&& groupadd ",
    );
  });

  it("writes the entries where there is nothing but a shell, and looks whether they count", () => {
    expect(step("redhat/ubi9-micro", HOMED)).toEqual({
      needs: "passwd-file",
      text: unlessThere(
        "echo app:x:10001: >> /etc/group",
        "echo app:x:10001:10001::/home/app:/sbin/nologin >> /etc/passwd",
        `test "$(id -u app)" = 10001`,
        "mkdir -p /home/app",
        "chown app:app /home/app",
      ),
    });
  });

  it("works with either tool on a base that is not known", () => {
    expect(accountStep(null, APP)).toMatchObject({
      needs: "portable",
      lines: [
        `test "$(id -u app 2>/dev/null)" = 10001 || if command -v useradd >/dev/null;`,
        "then groupadd --gid 10001 app && " +
          "useradd --no-log-init --uid 10001 --gid app --no-create-home --shell /sbin/nologin app;",
        "else addgroup -g 10001 app && adduser -D -H -u 10001 -G app -s /sbin/nologin app; fi",
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
    expect(step(reference)).toBeNull();
  });

  it("takes the ids from the build where it is to", () => {
    const wanted = { ...HOMED, idsFromArgs: true };
    expect(step("debian:12", wanted)?.text).toMatch(
      /^test "\$\(id -u app 2>\/dev\/null\)" = "\$UID" \|\| \{ groupadd --gid "\$GID" app\n&& useradd --no-log-init --uid "\$UID" /,
    );
    expect(step("redhat/ubi9-micro", wanted)?.text).toContain(
      'echo app:x:"$UID":"$GID"::/home/app:/sbin/nologin >> /etc/passwd',
    );
    expect(accountStep(null, wanted)?.lines[2]).toContain(
      'addgroup -g "$GID" app && adduser -D -h /home/app -u "$UID"',
    );
  });

  it("quotes a home that needs it", () => {
    expect(step("debian:12", { ...APP, home: "/srv/my app" })?.text).toContain("--home-dir '/srv/my app'");
    expect(step("redhat/ubi9-micro", { ...APP, home: "/srv/my app" })?.text).toContain(
      "::'/srv/my app':/sbin/nologin >> /etc/passwd",
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
