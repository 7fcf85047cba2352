/**
 * What Kubernetes itself would say of a manifest: its API's schemas (kubernetes-models, made from the official
 * OpenAPI description) and the Pod Security Standards (monokle's rules).
 */
import { createRequire } from "node:module";
import {
  DefaultPluginLoader,
  DisabledFixer,
  MonokleValidator,
  ResourceParser,
  SchemaLoader,
} from "@monokle/validation";
import { parseAllDocuments } from "yaml";

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
  readonly items?: readonly Resource[];
}

/** The objects of a manifest; lists are opened. */
export function objectsOf(text: string): Resource[] {
  const documents = [...parseAllDocuments(text)].map((document) => document.toJS() as Resource | null);
  return documents
    .flatMap((object): (Resource | null)[] =>
      object?.kind === "List" ? [...(object.items ?? [])] : [object],
    )
    .filter(
      (object): object is Resource =>
        typeof object?.kind === "string" && typeof object.apiVersion === "string",
    );
}

/** What the API would refuse: unknown kinds, missing fields and wrong types. Empty for a valid object. */
export function schemaProblem(object: Resource): string {
  const model = modelOf(object);
  if (model === null) return `no schema for ${object.apiVersion} ${object.kind}`;
  try {
    new model(object).validate();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Names of the rules of the *restricted* standard that the objects break, in order. */
export async function brokenRules(objects: readonly Resource[]): Promise<string[]> {
  validator ??= restricted();
  const resources = objects.map((object, index) => {
    const content = known(effective(object));
    return {
      id: String(index),
      fileId: String(index),
      filePath: `${index}.yaml`,
      fileOffset: 0,
      name: object.metadata?.name ?? "",
      apiVersion: content.apiVersion,
      kind: content.kind,
      content,
      text: JSON.stringify(content),
    };
  });
  const { runs } = await (await validator).validate({ resources });
  const names = new Map((await validator).rules[PLUGIN]!.map(({ id, name }) => [id, name]));
  return [...new Set(runs.flatMap(({ results }) => results.map(({ ruleId }) => names.get(ruleId)!)))].sort();
}

async function restricted(): Promise<MonokleValidator> {
  const made = new MonokleValidator({
    loader: new DefaultPluginLoader(),
    parser: new ResourceParser(),
    schemaLoader: new SchemaLoader(),
    suppressors: [],
    fixer: new DisabledFixer(),
  });
  const plugins = { [PLUGIN]: true };
  await made.preload({ plugins });
  const rules = Object.fromEntries(
    made.rules[PLUGIN]!.map(({ name }) => [`${PLUGIN}/${name}`, "err" as const]),
  );
  await made.preload({ plugins, rules });
  return made;
}

/** An object that starts containers, written out: kustomize's patches leave their images to what they patch. */
export function isWholePod(object: Resource): boolean {
  const pod = podOf(object);
  const images = (pod?.containers as readonly { image?: string }[] | undefined) ?? [];
  return images.length > 0 && images.every(({ image }) => image !== undefined);
}

/** The rules do not know Rollouts, which are Deployments with another strategy. */
function known(object: Resource): Resource {
  return object.kind === "Rollout" ? { ...object, apiVersion: "apps/v1", kind: "Deployment" } : object;
}

/** The rules look at containers; what a container does not say about itself, its pod says for it. */
function effective(object: Resource): Resource {
  const copy = structuredClone(object);
  const pod = podOf(copy);
  for (const container of [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])]) {
    const { runAsNonRoot, runAsUser, seccompProfile } = pod?.securityContext ?? {};
    container.securityContext = {
      ...(runAsNonRoot !== undefined && { runAsNonRoot }),
      ...(runAsUser !== undefined && { runAsUser }),
      ...(seccompProfile !== undefined && { seccompProfile }),
      ...container.securityContext,
    };
  }
  return copy;
}

function podOf(object: Resource): Pod | undefined {
  const steps = POD_PLACES[object.kind] ?? ["spec", "template", "spec"];
  return steps.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object) as
    Pod | undefined;
}

interface Pod {
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers?: { securityContext?: Readonly<Record<string, unknown>> }[];
  readonly initContainers?: { securityContext?: Readonly<Record<string, unknown>> }[];
}

type Model = new (object: Resource) => { validate(): void };

function modelOf({ apiVersion, kind }: Resource): Model | null {
  const place = apiVersion.startsWith("argoproj.io/")
    ? `@kubernetes-models/argo-rollouts/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;
  try {
    return (load(place) as Record<string, Model>)[kind] ?? null;
  } catch {
    return null;
  }
}

const load = createRequire(import.meta.url);
const PLUGIN = "pod-security-standards";
const POD_PLACES: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};
let validator: Promise<MonokleValidator> | undefined;
