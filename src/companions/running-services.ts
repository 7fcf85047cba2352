import { posix } from "node:path";
import type { Dockerfile, Stage } from "../dockerfile/index.ts";
import type { FileTree } from "../file-tree.ts";
import { composeServices, type PlacedService } from "./compose-index.ts";
import { namesOf } from "./deployment.ts";
import { repositoryOf } from "./image-reference.ts";

/** A compose service, and the stage that its image is built to; null for the last. */
export interface RunningService {
  readonly service: PlacedService;
  readonly target: string | null;
}

/**
 * The services that run this Dockerfile's image: those that build it, those of other files that say more about
 * them (overrides, `extends`), and those that name the image which one of them builds.
 */
export async function servicesFor(
  tree: FileTree,
  dockerfile: string,
  root: boolean,
): Promise<RunningService[]> {
  const all = await composeServices(tree);
  const building = all
    .filter((service) => service.build?.dockerfile === dockerfile)
    .map((service) => ({ service, target: service.build!.target }));
  // Where nothing is going to change, nobody needs to know more.
  if (!root) return building;
  const names = new Set((await namesOf(tree, dockerfile)).map((name) => name.image));
  const further = all.flatMap((service) => {
    if (service.build) return [];
    if (service.image !== null)
      return names.has(repositoryOf(service.image) ?? "") ? [{ service, target: null }] : [];
    const built = building.find((one) => overrides(service, one.service));
    return built ? [{ service, target: built.target }] : [];
  });
  return [...building, ...further];
}

/** Those that run one of these stages. */
export function running(
  services: readonly RunningService[],
  dockerfile: Dockerfile,
  stages: readonly Stage[],
): PlacedService[] {
  return services
    .filter(({ target }) => stages.includes(stageOf(dockerfile, target)!))
    .map(({ service }) => service);
}

/** A service without a target runs the last stage. */
function stageOf({ stages }: Dockerfile, target: string | null): Stage | undefined {
  if (target === null) return stages.at(-1);
  return stages.find((stage) => target.toLowerCase() === stage.name || target === String(stage.index));
}

function overrides(service: PlacedService, built: PlacedService): boolean {
  const folder = posix.dirname(service.file);
  const { extends: parent } = service;
  if (parent)
    return (
      parent.service === built.name &&
      posix.join(folder, parent.file ?? posix.basename(service.file)) === built.file
    );
  return service.name === built.name && folder === posix.dirname(built.file);
}

/** Services of the same files that run an image which is not built in the tree. */
export async function neighboursOf(
  tree: FileTree,
  dockerfile: string,
  services: readonly PlacedService[],
): Promise<PlacedService[]> {
  const all = await composeServices(tree);
  const files = new Set(services.map(({ file }) => file));
  for (const file of files) {
    const first = all.find((service) => service.file === file && service.build !== null);
    if (first?.build?.dockerfile !== dockerfile) files.delete(file);
  }
  const ours = new Set(services);
  const built = new Set(all.flatMap(({ build, image }) => (build && image !== null ? [image] : [])));
  return all.filter(
    (service) =>
      files.has(service.file) &&
      !ours.has(service) &&
      service.build === null &&
      service.image !== null &&
      !built.has(service.image),
  );
}

/** Places that speak for other services of the same files too, through an anchor or `extends`. */
export async function sharedPlaces(
  tree: FileTree,
  services: readonly PlacedService[],
): Promise<ReadonlySet<string>> {
  const ours = new Set(services.map(({ file, name }) => `${file}\0${name}`));
  const files = new Set(services.map(({ file }) => file));
  const others = (await composeServices(tree)).filter(
    ({ file, name }) => files.has(file) && !ours.has(`${file}\0${name}`),
  );
  return new Set(
    others.flatMap(({ file, ports, environment, reached, listens = [] }) => [
      ...[...ports, ...environment, ...listens].map(({ start }) => placeKey(file, start, "own")),
      // What others say of us stands in their entries; what is said of them too is shared.
      ...reached.map(({ start }) => placeKey(file, start, "reached")),
    ]),
  );
}

export function placeKey(file: string, start: number, kind: "own" | "reached"): string {
  return `${kind}\0${file}\0${start}`;
}
