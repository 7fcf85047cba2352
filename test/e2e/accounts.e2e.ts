/** Makes an account with the commands for each family of tools, in an image of that family, with a real engine. */
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { accountCommands, freeId, resolveImage } from "../../src/images/index.ts";
import type { AccountCommands, BaseImage, WantedAccount } from "../../src/images/index.ts";

interface Family {
  readonly image: string;
  readonly needs: AccountCommands["needs"];
  /** Null: the commands for a base that is not known. */
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
  return execFileSync("docker", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
}

function wantedIn(base: BaseImage | null, home: boolean): WantedAccount {
  const id = freeId(base, 10001);
  return { name: "app", group: "app", uid: id, gid: id, home: home ? "/home/app" : null, createHome: home };
}

describe.each(FAMILIES)("$needs in $image", ({ image, needs, profile }) => {
  const reason = missing(image);
  const base = profile === null ? null : resolveImage(profile)!;

  describe.skipIf(reason !== null)(reason ?? "an account", () => {
    it.each(SHELLS)("is made under %s", (name, shell) => {
      if (
        name !== "sh -e" &&
        spawnSync("docker", ["run", "--rm", "--entrypoint", shell[0], image, "-c", "true"]).status !== 0
      ) {
        return; // The image has no bash.
      }
      const wanted = wantedIn(base, true);
      const made = accountCommands(base, wanted)!;
      expect(made.needs).toBe(needs);
      const check = [
        "echo '---'",
        "grep '^app:' /etc/passwd",
        "grep '^app:' /etc/group",
        "ls -nd /home/app",
        "grep '^app:' /etc/shadow || echo 'app:!:'",
      ];
      const [passwd, group, home, shadow] = run(image, shell, [...made.commands, ...check].join(" && "))
        .split("---\n")[1]!
        .trim()
        .split("\n");
      expect(passwd).toMatch(
        new RegExp(`^app:x:${wanted.uid}:${wanted.gid}:[^:]*:/home/app:\\S*(nologin|false)$`),
      );
      expect(group).toMatch(new RegExp(`^app:x:${wanted.gid}:`));
      expect(home).toMatch(new RegExp(` ${wanted.uid} +${wanted.gid} `));
      expect(shadow).toMatch(/^app:[!*]/);
    });

    it("is made without a home", () => {
      const wanted = wantedIn(base, false);
      const script = [
        ...accountCommands(base, wanted)!.commands,
        "test ! -e /home/app",
        "grep '^app:' /etc/passwd",
      ];
      expect(run(image, ["/bin/sh", "-e", "-c"], script.join(" && "))).toContain(
        `app:x:${wanted.uid}:${wanted.gid}:`,
      );
    });

    it("can be made twice where the base may have it already; elsewhere that stops the build", () => {
      const twice = (on: BaseImage | null): string => {
        const { commands } = accountCommands(on, wantedIn(on, true))!;
        const script = [...commands, ...commands, "grep -c '^app:' /etc/passwd"];
        return run(image, ["/bin/sh", "-e", "-c"], script.join(" && ")).trim();
      };
      expect(twice(base && { ...base, id: `kept/${base.id}` })).toMatch(/(?:^|\n)1$/);
      if (needs !== "portable" && needs !== "passwd-file") expect(() => twice(base)).toThrow();
    });

    it("stops the build when somebody else has its name", () => {
      const other = base && { ...base, id: `kept/${base.id}` };
      const wanted = wantedIn(base, false);
      const first = accountCommands(other, { ...wanted, uid: wanted.uid + 7, gid: wanted.gid + 7 })!;
      const second = accountCommands(other, wanted)!;
      const script = [...first.commands, ...second.commands, "id app"].join(" && ");
      if (needs === "passwd-file") return; // Entries are written whatever is there.
      expect(() => run(image, ["/bin/sh", "-e", "-c"], script)).toThrow();
    });
  });
});
