/** Makes an account with the step for each family of tools, in an image of that family, with a real engine; twice. */
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { accountStep, freeId, resolveImage } from "../../src/images/index.ts";
import type { AccountStep, BaseImage, WantedAccount } from "../../src/images/index.ts";
import DEFAULTS from "./support/shadow-defaults.json" with { type: "json" };

interface Family {
  readonly image: string;
  readonly needs: AccountStep["needs"];
  /** Null: the step for a base that is not known. */
  readonly profile: string | null;
}

const FAMILIES: readonly Family[] = [
  { image: "debian:bookworm-slim", needs: "shadow", profile: "debian:bookworm-slim" },
  { image: "ubuntu:20.04", needs: "shadow", profile: "ubuntu:20.04" },
  { image: "ubuntu:24.04", needs: "shadow", profile: "ubuntu:24.04" },
  { image: "node:20-slim", needs: "shadow", profile: "node:20-slim" },
  { image: "python:3.12-slim", needs: "shadow", profile: "python:3.12-slim" },
  { image: "nginx:latest", needs: "shadow", profile: "nginx:latest" },
  { image: "eclipse-temurin:17-jre", needs: "shadow", profile: "eclipse-temurin:17-jre" },
  { image: "alpine:3.19", needs: "busybox", profile: "alpine:3.19" },
  { image: "node:20-alpine", needs: "busybox", profile: "node:20-alpine" },
  { image: "nginx:alpine", needs: "busybox", profile: "nginx:alpine" },
  { image: "busybox:latest", needs: "busybox", profile: "busybox:latest" },
  {
    image: "registry.access.redhat.com/ubi9/ubi-minimal:latest",
    needs: "install",
    profile: "redhat/ubi9-minimal",
  },
  // What is left of it without a package manager is what ubi-micro has.
  {
    image: "registry.access.redhat.com/ubi9/ubi-minimal:latest",
    needs: "passwd-file",
    profile: "redhat/ubi9-micro",
  },
  { image: "debian:bookworm-slim", needs: "portable", profile: null },
  { image: "alpine:3.19", needs: "portable", profile: null },
];

/**
 * Distros of which there is no image here: Debian's shadow tools, which are the same program, get the distro's own
 * defaults, and where the distro has to install them, a program called like its package manager brings them. That shows
 * what the defaults make of the commands; it does not show that the package has that name.
 */
const LIKENESSES: readonly (readonly [profile: string, like: keyof typeof DEFAULTS])[] = [
  ["opensuse/leap:15.5", "opensuse"],
  ["archlinux", "arch"],
  ["photon:5.0", "photon"],
  ["mcr.microsoft.com/azurelinux/base/core:3.0", "azurelinux"],
  ["amazonlinux:2023", "redhat"],
  ["amazonlinux:2", "redhat"],
  ["rockylinux:9", "redhat"],
  ["fedora:40", "redhat"],
];

const engine = spawnSync("docker", ["version"], { encoding: "utf8" });
const noEngine = engine.status === 0 ? null : "no container engine answers to docker";

function missing(image: string): string | null {
  if (noEngine !== null) return noEngine;
  return spawnSync("docker", ["image", "inspect", image]).status === 0
    ? null
    : `the image ${image} is not there`;
}

const SHELLS = [
  ["sh -e", ["/bin/sh", "-e", "-c"]],
  ["bash with pipefail", ["/bin/bash", "-o", "pipefail", "-c"]],
] as const;

/** Makes Debian's image one of another distro, as far as making accounts goes. */
function turnInto(like: keyof typeof DEFAULTS, installs: boolean): string {
  const { loginDefs, useradd } = DEFAULTS[like];
  const file = (settings: object, between: string): string =>
    Object.entries(settings)
      .map(([name, value]) => `${name}${between}${String(value)}\\n`)
      .join("");
  const manager = String.raw`#!/bin/sh\ncase "$*" in *install*shadow*) cp /opt/shadow/* /usr/sbin/ ;; esac\n`;
  return [
    `printf '${file(loginDefs, " ")}' > /etc/login.defs`,
    `printf '${file(useradd, "=")}' > /etc/default/useradd`,
    "rm -rf /usr/sbin/adduser /usr/sbin/addgroup /usr/bin/apt* /usr/bin/dpkg*",
    ...(installs
      ? [
          "mkdir -p /opt/shadow && mv /usr/sbin/useradd /usr/sbin/groupadd /opt/shadow/",
          `for name in dnf yum tdnf zypper; do printf '${manager}' > /usr/bin/$name && chmod +x /usr/bin/$name; done`,
        ]
      : []),
    "",
  ].join("\n");
}

/** Runs a script as the image's root, with no terminal and nothing to read; its output. */
function run(image: string, shell: readonly string[], script: string): string {
  const [program, ...rest] = shell;
  const args = [
    "run",
    "--rm",
    "--network",
    "none",
    "--user",
    "0",
    "--entrypoint",
    program!,
    image,
    ...rest,
    script,
  ];
  const start = () =>
    execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  try {
    return start();
  } catch (error) {
    // runc's own fault: no process of ours has run yet.
    if (!/OCI runtime create failed.*connection reset by peer/.test(String(error))) throw error;
    return start();
  }
}

function wantedIn(base: BaseImage | null, home: boolean): WantedAccount {
  const id = freeId(base, 10001);
  return { name: "app", group: "app", uid: id, gid: id, home: home ? "/home/app" : null, createHome: home };
}

/** The shell command that makes it. */
function step(base: BaseImage | null, wanted: WantedAccount): string {
  return accountStep(base, wanted)!.lines.join(" ");
}

function twice(base: BaseImage | null, wanted: WantedAccount): string[] {
  return [step(base, wanted), step(base, wanted)];
}

const LOOK = [
  "echo '---'",
  "grep '^app:' /etc/passwd",
  "grep '^app:' /etc/group",
  "ls -nd /home/app",
  "grep '^app:' /etc/shadow || echo 'app:!:'",
];

function expectAccount(output: string, { uid, gid }: WantedAccount): void {
  const [passwd, group, home, shadow] = output.split("---\n")[1]!.trim().split("\n");
  expect(passwd).toMatch(new RegExp(`^app:x:${uid}:${gid}:[^:]*:/home/app:\\S*(nologin|false)$`));
  expect(group).toMatch(new RegExp(`^app:x:${gid}:`));
  expect(home).toMatch(new RegExp(` ${uid} +${gid} `));
  expect(shadow).toMatch(/^app:[!*]/);
}

describe.each(FAMILIES)("$needs in $image", ({ image, needs, profile }) => {
  const reason = missing(image);
  const base = profile === null ? null : resolveImage(profile)!;

  describe.skipIf(reason !== null && process.env["DEROOT_E2E"] !== "required")(reason ?? "an account", () => {
    it.each(SHELLS)("is made under %s, and once more", (name, shell) => {
      if (
        name !== "sh -e" &&
        spawnSync("docker", ["run", "--rm", "--entrypoint", shell[0], image, "-c", "true"]).status !== 0
      ) {
        return; // The image has no bash.
      }
      const wanted = wantedIn(base, true);
      expect(accountStep(base, wanted)!.needs).toBe(needs);
      expectAccount(run(image, shell, [...twice(base, wanted), ...LOOK].join("\n")), wanted);
    });

    it("is made without a home", () => {
      const wanted = wantedIn(base, false);
      const script = [...twice(base, wanted), "test ! -e /home/app", "grep '^app:' /etc/passwd"];
      expect(run(image, ["/bin/sh", "-e", "-c"], script.join("\n"))).toBe(
        run(image, ["/bin/sh", "-e", "-c"], script.slice(1).join("\n")),
      );
    });

    it("stops the build when somebody else has its name, or half of it is there", () => {
      const wanted = wantedIn(base, false);
      const other = step(base, { ...wanted, uid: wanted.uid + 7, gid: wanted.gid + 7 });
      const user = `echo app:x:${wanted.uid + 7}:0::/:/bin/sh >> /etc/passwd`;
      const group = `echo app:x:${wanted.gid}: >> /etc/group`;
      for (const before of [other, user, ...(needs === "passwd-file" ? [] : [group])]) {
        const script = `${before}\necho before\n( ${step(base, wanted)} ) || { echo stopped; exit 0; }`;
        expect(run(image, ["/bin/sh", "-c"], script), before).toMatch(/before\n(?:.*\n)*stopped\n$/);
      }
    });
  });
});

describe.each(LIKENESSES)("as on %s", (profile, like) => {
  const image = "debian:bookworm-slim";
  const reason = missing(image);
  const base = resolveImage(profile)!;
  const { needs } = accountStep(base, wantedIn(base, true))!;
  const before = turnInto(like, needs === "install");

  describe.skipIf(reason !== null && process.env["DEROOT_E2E"] !== "required")(reason ?? "an account", () => {
    it("is made, with a home, and once more", () => {
      const wanted = wantedIn(base, true);
      const script = [...twice(base, wanted), ...LOOK].join("\n");
      expectAccount(run(image, ["/bin/sh", "-e", "-c"], before + script), wanted);
    });

    it("is made without one", () => {
      const script = [
        ...twice(base, wantedIn(base, false)),
        "test ! -e /home/app",
        "grep -c '^app:' /etc/passwd",
      ];
      const output = run(image, ["/bin/sh", "-e", "-c"], before + script.join("\n"));
      expect(output.trim()).toBe("1");
    });
  });
});
