/**
 * Asks a local image through a container engine, without running it: a container is made, its files are copied out
 * as one tar stream, and it is removed. Buildah, which copies nothing out, writes the image to a folder instead.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig, record, text } from "./config.ts";
import { readContents, type Layers } from "./contents.ts";
import { InspectError } from "./errors.ts";
import { readLayer } from "./layer.ts";
import { blobName, fitsPlatform, parsePlatform, platformOf, readImageManifest } from "./manifest.ts";
import { pipe, run } from "./run.ts";
import type { ImageConfig, Inspection } from "./types.ts";

export const ENGINES = ["docker", "podman", "buildah"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EngineOptions {
  /** Default: the first of docker and podman that answers. */
  readonly engine?: EngineName | undefined;
  /** The image has to be for it: `linux/arm64`. Default: whatever the engine has under that name. */
  readonly platform?: string | undefined;
  /** For each step, in milliseconds. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {InspectError} */
export async function inspectEngine(reference: string, options: EngineOptions = {}): Promise<Inspection> {
  // Also keeps a reference from being read as an option.
  if (!/^[a-z0-9][\w./:@+-]*$/i.test(reference)) {
    throw new InspectError("not-found", `"${reference}" is no image reference`);
  }
  const asked = options.engine === undefined ? ["docker", "podman"] : [options.engine];
  let first: unknown;
  for (const program of asked) {
    try {
      return program === "buildah"
        ? await throughBuildah(reference, options)
        : await through(program, reference, options);
    } catch (error) {
      if (!(error instanceof InspectError) || !["missing", "no-answer"].includes(error.code)) throw error;
      // That one is there but does not answer tells more than that another one is not there.
      if (first === undefined || error.code === "no-answer") first = error;
    }
  }
  throw first;
}

async function through(program: string, reference: string, options: EngineOptions): Promise<Inspection> {
  const { id, digest, config } = await imageOf(
    program,
    ["image", "inspect", "--", reference],
    reference,
    options,
  );
  const found = { reference, through: "engine", digest, config } as const;
  if (config.os === "windows") return { ...found, contents: NOTHING };
  const name = `deroot-inspect-${randomBytes(6).toString("hex")}`;
  // Podman wants to be told its own id of the image; neither starts anything, and `/deroot` need not be there.
  const create = [
    "create",
    "--pull",
    "never",
    "--network",
    "none",
    "--name",
    name,
    "--entrypoint",
    "/deroot",
    id,
  ];
  try {
    await succeed(program, create, options);
    // Not `export`: Podman opens /dev/stdout for it, which fails where that is a socket, as it is here.
    const layers = wholeFileSystem(
      program,
      program === "podman" ? ["cp", `${name}:/`, "-"] : ["export", name],
      options,
    );
    return { ...found, contents: await readContents(config, layers) };
  } finally {
    // Also when interrupted.
    await run(program, ["rm", "--force", "--volumes", name], { timeout: TIDY_MS }).catch(() => undefined);
  }
}

/** All files of a container as one layer. */
function wholeFileSystem(program: string, args: readonly string[], options: EngineOptions): Layers {
  return {
    count: 1,
    async read(_, wanted, budget, enough) {
      let facts: Awaited<ReturnType<typeof readLayer>> | undefined;
      const { code, stderr } = await pipe(program, args, runOptions(options), async (stdout) => {
        facts = await readLayer(stdout, wanted, budget, enough).catch((error: unknown) => {
          // Of nothing at all the engine says itself why it sent nothing.
          if (stdout.readableLength === 0 && error instanceof InspectError && error.code === "broken")
            return undefined;
          throw error;
        });
      });
      if (facts === undefined || (facts.whole && code !== 0)) throw complaint(program, args, stderr);
      return facts;
    },
  };
}

async function throughBuildah(reference: string, options: EngineOptions): Promise<Inspection> {
  const { id } = await imageOf("buildah", ["inspect", "--type", "image", reference], reference, options);
  const folder = await mkdtemp(join(tmpdir(), "deroot-inspect-"));
  try {
    const layout = join(folder, "image");
    await succeed(
      "buildah",
      ["push", "--quiet", "--disable-compression", id, `oci:${layout}:image`],
      options,
    );
    const blob = (digest: string): string => join(layout, "blobs", blobName(digest));
    const index = record(JSON.parse(await readFile(join(layout, "index.json"), "utf8")));
    const entry = record((index?.["manifests"] as readonly unknown[] | undefined)?.[0]);
    const digest = text(entry?.["digest"]) ?? "";
    const manifest = readImageManifest(JSON.parse(await readFile(blob(digest), "utf8")));
    const config = readConfig(JSON.parse(await readFile(blob(manifest.config.digest), "utf8")));
    const newestFirst = [...manifest.layers].reverse();
    const layers: Layers = {
      count: newestFirst.length,
      read: (index, wanted, budget, enough) =>
        readLayer(createReadStream(blob(newestFirst[index]!.digest)), wanted, budget, enough),
    };
    return { reference, through: "engine", digest, config, contents: await readContents(config, layers) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function imageOf(
  program: string,
  args: readonly string[],
  reference: string,
  options: EngineOptions,
): Promise<{ id: string; digest: string; config: ImageConfig }> {
  const { code, stdout, stderr } = await run(program, args, runOptions(options));
  if (code !== 0) {
    if (/no such image|not known|not found|unable to find|no image/i.test(stderr)) {
      throw new InspectError(
        "not-found",
        `${program} has no image ${reference}`,
        `Fetch it with "${program} pull ${reference}", or ask its registry.`,
      );
    }
    throw complaint(program, args, stderr);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch (error) {
    throw new InspectError("broken", `${program} answers with what is no JSON`, null, { cause: error });
  }
  const image = record(Array.isArray(answer) ? (answer[0] as unknown) : answer);
  if (options.platform !== undefined) checkPlatform(program, image, reference, options.platform);
  // Buildah calls it FromImageID; Podman leaves out the algorithm.
  const id = (text(image?.["Id"]) ?? text(image?.["FromImageID"]) ?? "").replace(/^sha256:/, "");
  if (!/^[0-9a-f]{64}$/.test(id)) throw new InspectError("broken", `${program} does not tell the image's id`);
  const digests = image?.["RepoDigests"];
  const pulled = Array.isArray(digests) ? text(digests[0])?.split("@")[1] : undefined;
  return { id, digest: pulled ?? `sha256:${id}`, config: readConfig(image) };
}

/** An engine has one image under a name, whatever the platform. */
function checkPlatform(
  program: string,
  image: Record<string, unknown> | null,
  reference: string,
  asked: string,
): void {
  // Buildah has them in the configuration.
  const told = record(image?.["OCIv1"]) ?? image;
  const there = platformOf(told);
  if (there === null || fitsPlatform(there, parsePlatform(asked))) return;
  throw new InspectError(
    "not-found",
    `${program} has ${reference} for ${there.os}/${there.architecture}, not for ${asked}`,
    `Fetch that one with "${program} pull --platform ${asked} ${reference}", or ask its registry.`,
  );
}

async function succeed(program: string, args: readonly string[], options: EngineOptions): Promise<void> {
  const { code, stderr } = await run(program, args, runOptions(options));
  if (code !== 0) throw complaint(program, args, stderr);
}

function complaint(program: string, args: readonly string[], stderr: string): InspectError {
  const line = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  const code = /cannot connect|connection refused|is the docker daemon running|permission denied.*sock/i.test(
    stderr,
  )
    ? "no-answer"
    : "failed";
  return new InspectError(
    code,
    `${program} ${args[0]}: ${line === "" ? "it failed and does not say why" : line}`,
  );
}

function runOptions({ timeout, signal }: EngineOptions) {
  return { timeout: timeout ?? STEP_MS, signal };
}

const NOTHING = {
  passwd: null,
  group: null,
  osRelease: null,
  entrypoint: null,
  programs: {},
  complete: false,
} as const;

const STEP_MS = 5 * 60_000;
const TIDY_MS = 30_000;
