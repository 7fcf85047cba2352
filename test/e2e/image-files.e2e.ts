/** The model of the image's file system says what `stat` says in the image that an engine builds. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type Builder, type Facts, ImageFiles, bitsOf, modelImage } from "../../src/analysis/index.ts";
import { readDockerfile } from "../../src/dockerfile/index.ts";
import { withEngine } from "./support/engine.ts";

const folder = fileURLToPath(new URL("image-files/", import.meta.url));
const common = readFileSync(`${folder}Dockerfile`, "utf8");
const modern = readFileSync(`${folder}Dockerfile.buildkit`, "utf8");
const DEBIAN =
  "FROM debian:bookworm-slim\nRUN groupadd -g 3000 grp && useradd -u 2000 -g 3000 -m -d /t/home app\n";
const ALPINE =
  "FROM alpine:3.19\nRUN addgroup -g 3000 grp && mkdir /t && adduser -D -u 2000 -G grp -h /t/home app\n";

/** What a Dockerfile cannot tell: the modes of what it copies, and whose the files in an archive are. */
const MODE_OF_SOURCE =
  /^\/t\/(copy|onto|onto-root|onto-files|linked|cp\d|moved|umask\/kept|volume\/before\/copied|add\/dir|home|tar2|mine)(\/|$)/;
const OWNER_IN_ARCHIVE = /^\/t\/(add\/packed|add\/packed-for-app|tar1|tar3)\/packed/;
/** A second COPY may have replaced them or not. */
const COPIED_OVER = /^\/t\/(onto|onto-root)\/sub$|^\/t\/copy\/number\/a$/;

withEngine("the model of the image's files", () => {
  const cases = [
    { name: "BuildKit on Debian", builder: "buildkit", text: DEBIAN + common + modern },
    { name: "the classic builder on Debian", builder: "classic", text: DEBIAN + common },
    { name: "BuildKit on Alpine", builder: "buildkit", text: ALPINE + common + modern },
  ] as const;
  for (const { name, builder, text } of cases) {
    it(`says what stat says: ${name}`, () => {
      const found = build(text, builder);
      expect(found.length).toBeGreaterThan(100);
      const sure = filesOf(text, builder);
      const any = filesOf(text, "any");
      const wrong: string[] = [];
      const unsaid: string[] = [];
      for (const file of found) {
        wrong.push(
          ...contradictions(sure.named(file.path), file),
          ...contradictions(any.named(file.path), file),
        );
        unsaid.push(...missing(sure.named(file.path), file));
      }
      expect(wrong).toEqual([]);
      expect(unsaid).toEqual([]);
    });
  }
});

interface Found {
  readonly path: string;
  readonly user: string;
  readonly group: string;
  readonly mode: number;
}

function filesOf(text: string, builder: Builder): ImageFiles {
  return new ImageFiles(modelImage(readDockerfile(text)), {
    builder,
    source: (path) => (/(dir\/a|key|packed\.tgz)$/.test(path) ? "file" : null),
  });
}

/** Builds the image and asks `stat` about everything below /t. */
function build(text: string, builder: "buildkit" | "classic"): Found[] {
  const context = mkdtempSync(join(tmpdir(), "deroot-files-"));
  const tag = `deroot-files-${process.pid}`;
  const docker = (...args: string[]) =>
    execFileSync("docker", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, DOCKER_BUILDKIT: builder === "classic" ? "0" : "1" },
    });
  try {
    makeContext(context);
    writeFileSync(join(context, "Dockerfile"), text);
    docker("build", "--quiet", "--tag", tag, context);
    const stat = [
      "run",
      "--rm",
      "--entrypoint",
      "find",
      tag,
      "/t",
      "-exec",
      "stat",
      "-c",
      "%n %u %g %a",
      "{}",
      ";",
    ];
    return docker(...stat)
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([path, user, group, mode]) => ({
        path: path!,
        user: user!,
        group: group!,
        mode: Number.parseInt(mode!, 8),
      }));
  } finally {
    execFileSync("docker", ["image", "rm", "--force", tag], { stdio: "ignore" });
    rmSync(context, { recursive: true, force: true });
  }
}

function makeContext(context: string): void {
  const put = (path: string, mode: number) => {
    writeFileSync(join(context, "context", path), `${path}\n`);
    chmodSync(join(context, "context", path), mode);
  };
  for (const path of ["dir/sub", "closed", "packed/in"])
    mkdirSync(join(context, "context", path), { recursive: true });
  put("dir/a", 0o644);
  put("dir/sub/b", 0o644);
  put("closed/key", 0o600);
  put("packed/in/f", 0o600);
  execFileSync("tar", [
    ...["-C", join(context, "context"), "--owner=1234", "--group=1235"],
    ...["-czf", join(context, "context/packed.tgz"), "packed"],
  ]);
}

/** Where the model says something else. */
function contradictions(facts: Facts, { path, user, group, mode }: Found): string[] {
  const wrong = (what: string, says: string, is: string) =>
    says === is ? [] : [`${path}: ${what} ${says}, not ${is}`];
  return [
    ...(facts.exists === "no" ? [`${path}: not there`] : []),
    ...(facts.user === null ? [] : wrong("user", facts.user, user)),
    ...(facts.group === null ? [] : wrong("group", facts.group, group)),
    ...wrong("mode", (mode | facts.mode.on).toString(8), (mode & ~facts.mode.off).toString(8)),
  ];
}

/** What the model could say and does not. */
function missing(facts: Facts, { path }: Found): string[] {
  const owner = OWNER_IN_ARCHIVE.test(path) || COPIED_OVER.test(path);
  return [
    ...(!owner && facts.user === null ? [`${path}: user`] : []),
    ...(!owner && facts.group === null ? [`${path}: group`] : []),
    ...(!owner && !MODE_OF_SOURCE.test(path) && bitsOf(facts.mode) === null ? [`${path}: mode`] : []),
  ];
}
