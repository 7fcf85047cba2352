import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import type { PlacedVariable, PortPlace } from "./deployment.ts";
import { readEnvFile } from "./env-files.ts";
import { CompanionError } from "./errors.ts";
import { isComposePath } from "./compose.ts";
import { repositoryOf } from "./image-reference.ts";
import {
  type KubernetesContainer,
  type KubernetesFile,
  type KubernetesWorkload,
  looksLikeKubernetes,
  readKubernetes,
} from "./kubernetes.ts";
import type { ImageName } from "./image-names.ts";
import { readServerConfig } from "./server-config.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { PortSite, Span } from "./types.ts";
import { YamlFile } from "./yaml.ts";

export interface ManifestFile extends KubernetesFile {
  readonly text: string;
}

export interface Manifests {
  readonly files: readonly ManifestFile[];
  /** `images:` of kustomizations: what a name in a manifest becomes. */
  readonly renames: readonly {
    readonly name: string;
    readonly newName: string;
    readonly path: string;
    readonly line: number;
  }[];
  /** What ConfigMaps hold, those that kustomizations make included. */
  readonly variables: readonly MapVariable[];
  /** Texts of the files that these stand in, where they are no manifests. */
  readonly texts: ReadonlyMap<string, string>;
}

/** An entry of a ConfigMap. */
export interface MapVariable extends Span {
  readonly configMap: string;
  readonly key: string;
  readonly value: string;
  readonly path: string;
  readonly line: number;
}

/** A container of a pod that runs this Dockerfile's image. */
export interface PlacedWorkload {
  readonly path: string;
  readonly workload: KubernetesWorkload;
  readonly container: KubernetesContainer;
  /** How that is known. */
  readonly evidence: { readonly path: string; readonly line: number; readonly says: string };
}

/** Every Kubernetes manifest of the tree that can be read; Helm's templates cannot. */
export async function readManifests(tree: FileTree): Promise<Manifests> {
  const files: ManifestFile[] = [];
  const renames: Manifests["renames"][number][] = [];
  const generated: MapVariable[] = [];
  const texts = new Map<string, string>();
  for (const { path, mode } of await tree.list()) {
    if (!/\.(?:ya?ml|json)$/.test(path) || mode === "symlink" || isForeign(path) || isComposePath(path))
      continue;
    if (
      /(?:^|\/)(?:package(?:-lock)?|tsconfig[\w.]*|composer)\.json$|^\.github\//.test(path) ||
      files.length > MOST_FILES
    )
      continue;
    const text = await treeText(tree, path);
    if (text === null) continue;
    try {
      if (/(?:^|\/)kustomization\.ya?ml$/.test(path)) {
        const kustomization = new YamlFile(path, text);
        renames.push(...renamesOf(kustomization));
        const made = await generatedMaps(tree, kustomization, texts);
        if (made.some((variable) => variable.path === path)) texts.set(path, text);
        generated.push(...made);
      } else if (looksLikeKubernetes(text)) files.push({ ...readKubernetes(path, text), text });
    } catch (error) {
      if (!(error instanceof CompanionError)) throw error;
    }
  }
  const written = files.flatMap(({ path, configMaps }) =>
    configMaps.flatMap(({ name, entries }) =>
      entries.flatMap(({ key, value, span, line }) =>
        name !== null && value !== null && span ? [{ configMap: name, key, value, path, line, ...span }] : [],
      ),
    ),
  );
  return { files, renames, variables: [...written, ...generated], texts };
}

/** `configMapGenerator`: literals, and files of variables. */
async function generatedMaps(
  tree: FileTree,
  file: YamlFile,
  texts: Map<string, string>,
): Promise<MapVariable[]> {
  const { path } = file.source;
  const found: MapVariable[] = [];
  for (const map of file.documents.flatMap((one) => file.items(file.get(one, "configMapGenerator")))) {
    const configMap = file.string(map, "name") ?? "";
    for (const item of file.items(file.get(map, "literals"))) {
      const scalar = file.scalar(item);
      const equals = scalar?.value.indexOf("=") ?? -1;
      if (!scalar?.span || equals < 1) continue;
      const [key, value] = [scalar.value.slice(0, equals), scalar.value.slice(equals + 1)];
      const start = scalar.span.start + equals + 1;
      found.push({ configMap, key, value, path, line: scalar.line, start, end: scalar.span.end });
    }
    for (const item of ["envs", "env"].flatMap((key) => file.items(file.get(map, key)))) {
      const from = posix.join(posix.dirname(path), file.scalar(item)?.value ?? "");
      const text = await treeText(tree, from);
      if (text === null) continue;
      texts.set(from, text);
      for (const { name, ...variable } of readEnvFile(from, text))
        found.push({ configMap, key: name, path: from, ...variable });
    }
  }
  return found;
}

/**
 * The variables of these containers. What a ConfigMap says to containers of other images too stays.
 */
export function variablesOf(
  { files, variables }: Manifests,
  placed: readonly PlacedWorkload[],
): PlacedVariable[] {
  const own = placed.flatMap(({ container, path }) => container.environment.map((one) => ({ ...one, path })));
  const ours = new Set(placed.map(({ container }) => container));
  const others = new Set(
    files.flatMap(({ workloads }) =>
      workloads.flatMap(({ containers }) =>
        containers
          .filter((container) => !ours.has(container))
          .flatMap(({ environmentFrom }) => environmentFrom.map(({ configMap }) => configMap)),
      ),
    ),
  );
  const given = placed.flatMap(({ container }) =>
    container.environmentFrom.flatMap(({ configMap, prefix, one }) =>
      variables
        .filter((variable) => variable.configMap === configMap && (one === null || one.key === variable.key))
        .map(({ key, value, path, line, start, end }) => {
          const name = one?.name ?? prefix + key;
          return { name, value, path, line, start, end, ...(others.has(configMap) && { stays: OTHERS }) };
        }),
    ),
  );
  return [...own, ...given];
}

function renamesOf(file: YamlFile): Manifests["renames"][number][] {
  return file.documents.flatMap((document) =>
    file.items(file.get(document, "images")).flatMap((image) => {
      const name = repositoryOf(file.string(image, "name") ?? "");
      const newName = repositoryOf(file.string(image, "newName") ?? "");
      return name && newName ? [{ name, newName, path: file.source.path, line: file.lineOf(image) }] : [];
    }),
  );
}

/** The containers that run an image of one of these names, and patches of the same objects. */
export function placeWorkloads(manifests: Manifests, names: readonly ImageName[]): PlacedWorkload[] {
  if (names.length === 0) return [];
  const known = new Map(names.map((name) => [name.image, name]));
  const placed: PlacedWorkload[] = [];
  for (const file of manifests.files) {
    for (const workload of file.workloads) {
      for (const container of workload.containers) {
        const evidence = evidenceFor(manifests, known, container.image);
        if (evidence) placed.push({ path: file.path, workload, container, evidence });
      }
    }
  }
  return [...placed, ...patches(manifests, placed)];
}

function evidenceFor(
  manifests: Manifests,
  known: ReadonlyMap<string, ImageName>,
  reference: string | null,
): PlacedWorkload["evidence"] | null {
  const image = reference === null ? null : repositoryOf(reference);
  if (image === null) return null;
  const direct = known.get(image);
  if (direct) return direct;
  const rename = manifests.renames.find((one) => one.name === image && known.has(one.newName));
  return rename
    ? { path: rename.path, line: rename.line, says: `kustomize makes ${rename.newName} of ${image}` }
    : null;
}

/** Kustomize's patches name the object and the container, not the image. */
function patches(manifests: Manifests, placed: readonly PlacedWorkload[]): PlacedWorkload[] {
  return manifests.files.flatMap((file) =>
    file.workloads.flatMap((workload) =>
      workload.containers
        .filter((container) => container.image === null && container.name !== null)
        .flatMap((container): PlacedWorkload[] => {
          const whole = placed.find(
            (one) =>
              one.workload.kind === workload.kind &&
              one.workload.name === workload.name &&
              one.container.name === container.name,
          );
          if (!whole) return [];
          const says = `a patch of ${workload.kind} ${workload.name}`;
          return [
            {
              path: file.path,
              workload,
              container,
              evidence: { path: whole.path, line: whole.container.line, says },
            },
          ];
        }),
    ),
  );
}

/** Services and policies that choose these pods, and server configuration that is mounted over the image's. */
export function reachingSites(manifests: Manifests, placed: readonly PlacedWorkload[]): PortSite[] {
  const sites: PortSite[] = [];
  const chooses = (selector: ReadonlyMap<string, string>, { workload }: PlacedWorkload) =>
    selector.size > 0 && [...selector].every(([key, value]) => workload.labels.get(key) === value);
  const others = manifests.files.flatMap(({ path, workloads }) =>
    workloads
      .filter((workload) => !placed.some((one) => one.workload === workload))
      .map((workload) => ({ path, workload })),
  );
  for (const file of manifests.files) {
    for (const { selector, list } of [
      ...file.services.map((service) => ({ selector: service.selector, list: service.targets })),
      ...file.policies.map((policy) => ({ selector: policy.selector, list: policy.ports })),
    ]) {
      // Where the same labels stand on somebody else's pods too, only what stands nearby means these.
      const shared = others.some((other) => chooses(selector, { ...placed[0]!, workload: other.workload }));
      if (placed.some((one) => chooses(selector, one) && (!shared || folder(one.path) === folder(file.path))))
        sites.push(...list);
    }
  }
  return sites;
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * Server configuration in ConfigMaps that the container mounts: what listens there listens in the container. What
 * containers of other images mount, too, stays.
 */
export function mountedConfigs(
  manifests: Manifests,
  placed: readonly PlacedWorkload[],
): { callers: PortSite[]; fixed: PortPlace[] } {
  const callers: PortSite[] = [];
  const fixed: PortPlace[] = [];
  const ours = new Set(placed.map(({ container }) => container));
  const others = new Set(
    manifests.files.flatMap(({ path, workloads }) =>
      workloads
        .flatMap(({ containers }) => containers.filter((container) => !ours.has(container)))
        .flatMap(({ mounts }) => mounts.map(({ configMap }) => `${folder(path)}\0${configMap}`)),
    ),
  );
  for (const { container, path } of placed) {
    for (const mount of container.mounts) {
      if (mount.configMap === null) continue;
      for (const file of manifests.files) {
        const maps = file.configMaps.filter(
          (map) => map.name === mount.configMap && (file.path === path || folder(file.path) === folder(path)),
        );
        for (const entry of maps.flatMap((map) => map.entries)) {
          if (entry.text === null || (mount.subPath !== null && mount.subPath !== entry.key)) continue;
          const destination = mount.subPath === null ? `${mount.path}/${entry.key}` : mount.path;
          const config = readServerConfig(entry.key, entry.text, destination);
          for (const site of config?.ports ?? []) {
            if (site.role !== "listen") continue;
            const redirects = site.redirects && { ...site.redirects, at: site.redirects.at + entry.start };
            const moved = {
              start: site.start + entry.start,
              end: site.end + entry.start,
              line: site.line + entry.line,
            };
            const place = { ...site, ...moved, path: file.path, ...(redirects && { redirects }) };
            if (others.has(`${folder(path)}\0${mount.configMap}`))
              fixed.push({ ...place, says: `${site.says}, ${OTHERS}` });
            else callers.push(place);
          }
        }
      }
    }
  }
  return { callers, fixed };
}

const OTHERS = "for other images too";
const MOST_FILES = 2000;
