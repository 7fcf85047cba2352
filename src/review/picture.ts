import { type ImageModel, isInside, isRootUser, modelImage, type Step } from "../analysis/index.ts";
import { gather, type Surroundings } from "../companions/index.ts";
import { DockerfileError, decodeDockerfile, readDockerfile, type Stage } from "../dockerfile/index.ts";
import type { RewriteOptions } from "../rewrite/types.ts";
import { TreeError, type FileTree } from "../file-tree.ts";
import { ProfileError } from "../images/index.ts";
import { knownImages } from "../rewrite/index.ts";

/** One image as a person may picture it; plain data. Lines are 1-based, in the Dockerfile. */
export interface ImagePicture {
  readonly stages: readonly PictureStage[];
  /** As USER says; null where that is not known. */
  readonly runsAs: { readonly user: string | null; readonly root: boolean };
  /** What ENTRYPOINT and CMD start. */
  readonly starts: string | null;
  readonly paths: readonly PicturePath[];
  readonly ports: readonly PicturePort[];
}

export interface PictureStage {
  readonly name: string;
  /** The image or stage after FROM, as written. */
  readonly from: string;
  /** `final`: the image that runs; `parent`: one it is built on; `builder`: files are copied out of it. */
  readonly role: "final" | "parent" | "builder" | "unused";
  readonly steps: readonly PictureStep[];
}

export interface PictureStep {
  readonly line: number;
  readonly keyword: string;
  /** The beginning of what it says. */
  readonly says: string;
  readonly user: string | null;
  readonly root: boolean;
  /** Name of the stage that it copies from. */
  readonly from: string | null;
}

/** A path in the image that the app brings or writes. */
export interface PicturePath {
  readonly path: string;
  readonly owner: string;
  readonly root: boolean;
  /** The line that decides the owner; null where nothing in the file does. */
  readonly line: number | null;
  readonly volume: boolean;
  readonly written: boolean;
}

export interface PicturePort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly low: boolean;
  /** Who reaches it: `host 80`, `Service web 80`. */
  readonly reached: readonly { readonly says: string; readonly path: string; readonly line: number }[];
}

export interface PictureOptions {
  /** Those of the rewrite. */
  readonly options?: RewriteOptions | undefined;
  /** Paths that the app writes, and ports that it listens on, as far as the rewrite found them. */
  readonly written?: readonly string[];
  readonly listens?: readonly number[];
}

/**
 * The picture of one Dockerfile's image.
 * @returns null where the file cannot be read as a Dockerfile.
 */
export async function pictureOf(
  tree: FileTree,
  path: string,
  { options = {}, written = [], listens = [] }: PictureOptions = {},
): Promise<ImagePicture | null> {
  try {
    const dockerfile = readDockerfile(decodeDockerfile(await tree.read(path)), { crossCheck: false });
    const model = modelImage(dockerfile, {
      target: options.target,
      images: await knownImages(tree, options),
    });
    const around = await gather(tree, path, model, { listens: [], writes: [], frameworks: [], users: [] });
    return {
      stages: stagesOf(model),
      runsAs: { user: model.final.user, root: model.final.root },
      starts: startOf(model),
      paths: pathsOf(model, written),
      ports: portsOf(model, around, listens),
    };
  } catch (error) {
    if (error instanceof DockerfileError || error instanceof TreeError || error instanceof ProfileError)
      return null;
    throw error;
  }
}

function stagesOf(model: ImageModel): PictureStage[] {
  const { stages } = model.dockerfile;
  const used = usedStages(model);
  return stages.map((stage): PictureStage => {
    const inChain = model.chain.includes(stage);
    const role =
      stage === model.target ? "final" : inChain ? "parent" : used.has(stage.index) ? "builder" : "unused";
    const steps = inChain
      ? model.steps
      : modelImage(model.dockerfile, { target: stage.index, light: true }).steps;
    return {
      name: nameOf(stage),
      from: stage.image.raw,
      role,
      steps: steps
        .filter((step) => step.stage === stage && isShown(step))
        .map((step) => stepOf(step, stages)),
    };
  });
}

/** The stages that the image that runs is built on or copies from, directly or not. */
function usedStages(model: ImageModel): ReadonlySet<number> {
  const { stages } = model.dockerfile;
  const used = new Set(model.chain.map((stage) => stage.index));
  for (const index of [...used]) follow(index);
  return used;

  function follow(index: number): void {
    const stage = stages[index]!;
    const names = [
      stage.image.value,
      ...stage.instructions.flatMap((each) => each.flags.flatMap(({ name, value }) => sourceOf(name, value))),
    ];
    for (const name of names) {
      const source = stageNamed(stages.slice(0, index), name);
      if (source === undefined || used.has(source.index)) continue;
      used.add(source.index);
      follow(source.index);
    }
  }
}

function sourceOf(flag: string, value: string | null): string[] {
  if (flag === "from" && value !== null) return [value];
  const mounted = flag === "mount" ? /(?:^|,)from=([^,]+)/.exec(value ?? "")?.[1] : undefined;
  return mounted === undefined ? [] : [mounted];
}

function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.findLast((stage) => stage.name === name.toLowerCase() || String(stage.index) === name);
}

function nameOf(stage: Stage): string {
  return stage.name ?? `stage ${stage.index}`;
}

const SHOWN = new Set("ADD CMD COPY ENTRYPOINT EXPOSE HEALTHCHECK RUN USER VOLUME WORKDIR".split(" "));

function isShown({ instruction }: Step): boolean {
  return SHOWN.has(instruction.keyword);
}

const MOST = 96;

function stepOf({ instruction, user, root }: Step, stages: readonly Stage[]): PictureStep {
  const says = instruction.body.text.replace(/\s+/g, " ").trim();
  const from = instruction.flags.find(({ name }) => name === "from")?.value ?? null;
  const source = from === null ? undefined : stageNamed(stages.slice(0, instruction.stage), from);
  const switches = instruction.keyword === "USER";
  return {
    line: instruction.line,
    keyword: instruction.keyword,
    says: says.length > MOST ? `${says.slice(0, MOST - 1)}…` : says,
    user: switches ? says : user,
    root: switches ? isRootUser(says) : root,
    from: source === undefined ? from : nameOf(source),
  };
}

function startOf({ final }: ImageModel): string | null {
  const words = [...(final.entrypoint?.argv ?? []), ...(final.cmd?.argv ?? [])];
  return words.length === 0 ? null : words.join(" ");
}

interface Claim {
  readonly path: string;
  readonly owner: string;
  readonly recursive: boolean;
  readonly line: number;
}

/** The app's paths and who owns them at the end. What no step claims is root's, as COPY and RUN leave it. */
function pathsOf(model: ImageModel, written: readonly string[]): PicturePath[] {
  const volumes = new Set(model.final.volumes.map(({ path }) => path));
  const interesting = new Set<string>(written);
  const claims: Claim[] = [];
  for (const { instruction, copy, workdir, effects } of model.steps) {
    const { line } = instruction;
    if (workdir !== null && workdir !== "/") interesting.add(workdir);
    if (copy?.destination) {
      interesting.add(copy.destination);
      claims.push({ path: copy.destination, owner: copy.chown ?? "root", recursive: true, line });
    }
    for (const { owners } of effects) {
      for (const { path, user, group, recursive } of owners) {
        const clean = path.replace(/\/[*.]$/, "");
        if (user === null || !clean.startsWith("/")) continue;
        claims.push({ path: clean, owner: group === null ? user : `${user}:${group}`, recursive, line });
      }
    }
  }
  if (model.final.workdir !== null && model.final.workdir !== "/") interesting.add(model.final.workdir);
  for (const path of volumes) interesting.add(path);
  const handed = claims.filter(({ owner }) => !isRootUser(owner)).map(({ path }) => path);
  for (const path of handed) interesting.add(path);
  return [...interesting]
    .filter((path) => path.startsWith("/"))
    .sort()
    .map((path) => {
      const claim = claims.findLast(
        (each) => each.path === path || (each.recursive && isInside(path, each.path)),
      );
      const owner = claim?.owner ?? "root";
      return {
        path,
        owner,
        root: isRootUser(owner),
        line: claim?.line ?? null,
        volume: volumes.has(path),
        written: written.some((each) => each === path),
      };
    });
}

function portsOf(model: ImageModel, around: Surroundings, known: readonly number[]): PicturePort[] {
  const ports = new Map<
    string,
    { port: number; protocol: "tcp" | "udp"; reached: PicturePort["reached"][number][] }
  >();
  const at = (port: number, protocol: "tcp" | "udp") => {
    const key = `${port}/${protocol}`;
    const known = ports.get(key) ?? { port, protocol, reached: [] };
    ports.set(key, known);
    return known;
  };
  for (const { port, protocol } of model.final.exposed) at(port, protocol);
  const listeners = [model.final.entrypoint, model.final.cmd].flatMap((start) => start?.effects ?? []);
  for (const { port } of listeners.flatMap(({ listens }) => listens)) at(port, "tcp");
  for (const port of known) if (![...ports.values()].some((each) => each.port === port)) at(port, "tcp");
  for (const service of around.services) {
    for (const { published, target, protocol, line } of service.ports) {
      const says = published === null ? "a free port of the host" : `host ${published}`;
      at(target, protocol).reached.push({ says, path: service.file, line });
    }
  }
  for (const { port, protocol, says, path, line } of around.deployment.callers) {
    at(port, protocol).reached.push({ says, path, line });
  }
  return [...ports.values()]
    .sort((a, b) => a.port - b.port)
    .map((each) => ({ ...each, low: each.port < 1024 }));
}
