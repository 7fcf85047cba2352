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
 * them (overrides, `extends`), those that name the image which one of them builds, and what all these extend.
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
  const own = [...building, ...further];
  const known = new Set(own.map(({ service }) => service));
  for (const { service, target } of own) {
    const parent = extendedBy(all, service);
    if (!parent || known.has(parent) || parent.build) continue;
    known.add(parent);
    // What it extends in its turn comes after it.
    own.push({ service: parent, target });
  }
  return own;
}

/** The service of another file that this one extends; one of the same file is read with it. */
function extendedBy(all: readonly PlacedService[], service: PlacedService): PlacedService | undefined {
  const { extends: parent, file } = service;
  if (!parent?.file) return undefined;
  const path = posix.join(posix.dirname(file), parent.file);
  return all.find((other) => other.file === path && other.name === parent.service);
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

/** Places that speak for other services too, through an anchor or `extends`. */
export async function sharedPlaces(
  tree: FileTree,
  services: readonly PlacedService[],
): Promise<ReadonlySet<string>> {
  const ours = new Set(services.map(({ file, name }) => `${file}\0${name}`));
  const files = new Set(services.map(({ file }) => file));
  const all = await composeServices(tree);
  const others = all.filter(({ file, name }) => !ours.has(`${file}\0${name}`));
  const extended = others.flatMap((other) => extendedBy(all, other) ?? []);
  const templates = services.filter(({ build, image }) => build === null && image !== null);
  return new Set(
    [
      ...others.filter(({ file }) => files.has(file)),
      // What others extend, too, and what runs with an image of its own where nobody extends it.
      ...services.filter((service) => extended.includes(service)),
      ...templates.filter((service) => services.some((other) => extendedBy(all, other) === service)),
    ].flatMap(({ file, user, ports, environment, reached, listens = [] }) => [
      ...[...ports, ...environment, ...listens, ...(user ? [user] : [])].map(({ start }) =>
        placeKey(file, start, "own"),
      ),
      // What others say of us stands in their entries; what is said of them too is shared.
      ...reached.map(({ path, start }) => placeKey(path, start, "reached")),
    ]),
  );
}

export function placeKey(file: string, start: number, kind: "own" | "reached"): string {
  return `${kind}\0${file}\0${start}`;
}
