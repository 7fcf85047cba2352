import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { composeServices, type PlacedService } from "./compose-index.ts";
import { dockerCommands } from "./docker-commands.ts";
import type { ChartSecurity } from "./helm-security.ts";
import { type ImageName, type ImageNames, imageNames, namesOfDockerfile } from "./image-names.ts";
import { isReleaseTag, repositoryOf } from "./image-reference.ts";
import {
  type Manifests,
  type PlacedWorkload,
  mountedConfigs,
  placeWorkloads,
  readManifests,
  reachingSites,
  variablesOf,
} from "./manifests.ts";
import { infrastructure } from "./infrastructure.ts";
import { platformPlaces } from "./platforms.ts";
import { proxySites } from "./proxies.ts";
import { serviceCalls } from "./service-calls.ts";
import type { PortSite, Span } from "./types.ts";

/** A place that names a port in a way that cannot be changed here; without a port it may be any. */
export interface PortPlace {
  readonly path: string;
  readonly line: number;
  readonly port: number | null;
  readonly says: string;
}

/** A variable that is given to the container; `start`/`end` cover its value. */
export interface PlacedVariable extends Span {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly value: string;
  /** Why it cannot be changed: `for other images too`. */
  readonly stays?: string;
}

/** Where and how a Dockerfile's image is run, as far as the tree says. */
export interface Deployment {
  readonly names: readonly ImageName[];
  readonly workloads: readonly PlacedWorkload[];
  /** Values of Helm charts that run this image. */
  readonly charts: readonly ChartSecurity[];
  /** Variables that pods and platforms give to this image's containers. */
  readonly environment: readonly PlacedVariable[];
  /** Places that certainly mean a port of this image's containers. */
  readonly callers: readonly PortSite[];
  /** Places that certainly take part, and cannot be changed here. */
  readonly fixed: readonly PortPlace[];
  /** Places that may mean this image. */
  readonly mentions: readonly PortPlace[];
  /** Places that run this image as root, whatever it says. */
  readonly rootUsers: readonly PortPlace[];
}

export const NO_DEPLOYMENT: Deployment = {
  names: [],
  workloads: [],
  charts: [],
  environment: [],
  callers: [],
  fixed: [],
  mentions: [],
  rootUsers: [],
};

/** What the whole tree says, read once for it. */
interface Project {
  readonly names: ImageNames;
  readonly manifests: Manifests;
}

const projects = new WeakMap<FileTree, Promise<Project>>();

function projectOf(tree: FileTree): Promise<Project> {
  let project = projects.get(tree);
  if (!project) {
    project = Promise.all([imageNames(tree), readManifests(tree)]).then(([names, manifests]) => ({
      names,
      manifests,
    }));
    projects.set(tree, project);
  }
  return project;
}

/** Names under which the tree builds a Dockerfile's image. */
export async function namesOf(tree: FileTree, dockerfile: string): Promise<ImageName[]> {
  return namesOfDockerfile((await projectOf(tree)).names, dockerfile);
}

export async function readDeployment(
  tree: FileTree,
  dockerfile: string,
  services: readonly PlacedService[],
  texts: Map<string, string>,
): Promise<Deployment> {
  const { names: all, manifests } = await projectOf(tree);
  const names = namesOfDockerfile(all, dockerfile);
  const workloads = placeWorkloads(manifests, names);
  const runs = dockerRuns(all, names);
  const mayBe = mayBeOurs(all, names, dockerfile);
  const platforms = await platformPlaces(tree, dockerfile, names, services, mayBe, texts);
  const proxies = await proxySites(tree, services, manifests, texts);
  const mounted = mountedConfigs(manifests, workloads);
  const callers = [
    ...(workloads.length > 0 ? reachingSites(manifests, workloads) : []),
    ...mounted.callers,
    ...runs.callers,
    ...forwards(all, workloads),
    ...platforms.callers,
    ...proxies.callers,
  ];
  const changes = new Set(callers.map(({ path, line }) => `${path}:${line}`));
  const alike = (await composeServices(tree)).filter(
    ({ build, image }) => !build && image !== null && mayBe(repositoryOf(image) ?? ""),
  );
  const calls = await serviceCalls(tree, [...services, ...alike]);
  const onHost = workloads.filter(({ workload }) => workload.hostNetwork);
  const pods = unnamedPods(manifests, all, dockerfile);
  const fixed = [
    ...onHost.map(({ path, workload }) => ({
      path,
      line: workload.line,
      port: null,
      says: `${workload.kind} ${workload.name} uses the host's network`,
    })),
    ...mounted.fixed,
    ...alike.flatMap(({ file, name, image, ports, reached }) => [
      ...ports.map(({ line, target }) => ({
        path: file,
        line,
        port: target,
        says: `${name} runs ${image}, which may be this image`,
      })),
      ...reached.map(({ path, line, port, says }) => ({ path, line, port, says })),
    ]),
    ...platforms.fixed,
    ...proxies.fixed,
    ...calls.filter(({ path, line }) => !changes.has(`${path}:${line}`)),
    ...pods.filter(({ image }) => mayBe(image)),
  ];
  for (const file of manifests.files) if (!texts.has(file.path)) texts.set(file.path, file.text);
  for (const [path, text] of manifests.texts) if (!texts.has(path)) texts.set(path, text);
  for (const { path, text } of all.tiltfiles) if (!texts.has(path)) texts.set(path, text);
  for (const piece of all.pieces) if (!texts.has(piece.path)) texts.set(piece.path, piece.text);
  const near = [...runs.mentions, ...platforms.mentions].filter(({ path }) => isNear(path, dockerfile));
  const mentions = [
    ...near,
    ...(await namesakes(tree, services)),
    ...pods,
    ...(await infrastructure(tree, dockerfile)),
  ];
  const changed = new Set([...callers, ...fixed].map(({ path, line }) => `${path}:${line}`));
  return {
    names,
    workloads,
    charts: platforms.charts,
    environment: [...variablesOf(manifests, workloads), ...platforms.environment],
    callers,
    fixed,
    mentions: mentions.filter(({ path, line }) => !changed.has(`${path}:${line}`)),
    rootUsers: platforms.rootUsers,
  };
}

/** Tilt forwards to a workload by its name. */
function forwards({ tiltfiles }: ImageNames, workloads: readonly PlacedWorkload[]): PortSite[] {
  const names = new Set(workloads.map(({ workload }) => workload.name));
  return tiltfiles.flatMap((file) =>
    file.forwards.filter(({ resource }) => names.has(resource)).map(({ site }) => site),
  );
}

/** Pods nearby, or with its folder's name, whose image is not said to be built from any Dockerfile. */
function unnamedPods(
  manifests: Manifests,
  all: ImageNames,
  dockerfile: string,
): (PortPlace & { readonly image: string })[] {
  const known = new Set([...all.all.map(({ image }) => image), ...all.otherwise]);
  const folder = folderOf(dockerfile);
  const unclear = (path: string, image: string | null): boolean => {
    const name = image === null ? null : repositoryOf(image);
    // A name without an owner is an official image.
    if (name === null || !name.includes("/") || known.has(name)) return false;
    return isNear(path, dockerfile) || (folder.length > 2 && name.toLowerCase().includes(folder));
  };
  return manifests.files.flatMap(({ path, workloads }) =>
    workloads.flatMap(({ containers }) =>
      containers
        .filter(({ image }) => unclear(path, image))
        .flatMap(({ image, ports }) =>
          ports
            .filter(({ role }) => role === "listen")
            .map(({ line, port }) => ({
              path,
              line,
              port,
              says: `containerPort of ${image}: ${port}`,
              image: repositoryOf(image!)!,
            })),
        ),
    ),
  );
}

/** An image that nothing in the tree is said to become, with a name like that of this Dockerfile's image or folder. */
function mayBeOurs(
  all: ImageNames,
  names: readonly ImageName[],
  dockerfile: string,
): (image: string) => boolean {
  const known = new Set([...all.all.map(({ image }) => image), ...all.otherwise]);
  const own = new Set(names.map(({ image }) => posix.basename(image).toLowerCase()));
  const folder = folderOf(dockerfile);
  return (image) => {
    const name = posix.basename(image).toLowerCase();
    if (!image.includes("/") || known.has(image)) return false;
    const parts = `-${name.replace(/[._]/g, "-")}-`;
    return own.has(name) || (folder.length > 2 && parts.includes(`-${folder.replace(/[._]/g, "-")}-`));
  };
}

function folderOf(dockerfile: string): string {
  return posix.basename(posix.dirname(dockerfile)).toLowerCase();
}

/** Services of the same name in other compose files beside, of whose image nothing says that it is this one. */
async function namesakes(tree: FileTree, services: readonly PlacedService[]): Promise<PortPlace[]> {
  const key = (name: string, file: string) => `${posix.dirname(file)}\0${name}`;
  const ours = new Set(services.map(({ name, file }) => key(name, file)));
  const own = new Set(services.map(({ name, file }) => `${file}\0${name}`));
  return (
    (await composeServices(tree))
      .filter(({ name, file, image, build }) => !build && image !== null && ours.has(key(name, file)))
      // A name without an owner is an official image.
      .filter(({ name, file, image }) => !own.has(`${file}\0${name}`) && image!.includes("/"))
      .flatMap(({ name, file, image, ports }) =>
        ports.map(({ line, target }) => ({
          path: file,
          line,
          port: target,
          says: `${name}, with the image ${image}: ${target}`,
        })),
      )
  );
}

/** Below the Dockerfile's folder, or beside one of the folders it stands in: elsewhere another app is meant. */
export function isNear(path: string, dockerfile: string): boolean {
  const home = posix.dirname(dockerfile);
  const folder = posix.dirname(
    path.replace(/(?:^|\/)(?:\.devcontainer|\.github\/workflows)\//, "/").replace(/^\//, ""),
  );
  return (
    home === "." ||
    folder === "." ||
    `${folder}/`.startsWith(`${home}/`) ||
    `${home}/`.startsWith(`${folder}/`)
  );
}

/** `docker run -p`: certain where the image has this Dockerfile's name, worth a look where its name is not known. */
function dockerRuns(
  all: ImageNames,
  names: readonly ImageName[],
): { callers: PortSite[]; mentions: PortPlace[] } {
  const callers: PortSite[] = [];
  const mentions: PortPlace[] = [];
  const ours = new Set(names.map((name) => name.image));
  for (const { path, text, script } of all.pieces) {
    for (const command of dockerCommands(script)) {
      if (command.kind !== "run") continue;
      const image = command.image === null ? null : repositoryOf(command.image);
      const certain = image !== null && ours.has(image) && !isReleaseTag(command.image!);
      if (command.publishesAll && certain) {
        const line = text.slice(0, command.offset).split("\n").length;
        mentions.push({ path, line, port: null, says: "docker run -P" });
      }
      for (const { port, start, end, word } of command.ports) {
        const line = text.slice(0, start).split("\n").length;
        const says = `docker run -p ${word}`;
        // Where another name was put in, the digits stand elsewhere.
        if (certain && text.slice(start, end) === String(port)) {
          callers.push({
            path,
            line,
            start,
            end,
            port,
            protocol: "tcp",
            role: "reach",
            kind: "docker",
            says,
          });
        } else if (image === null || ours.has(image)) {
          mentions.push({ path, line, port, says });
        }
      }
    }
  }
  return { callers, mentions };
}
