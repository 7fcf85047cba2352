import { posix } from "node:path";
import { parseExec } from "../shell/index.ts";
import { dockerCommands } from "./docker-commands.ts";
import type { ImageName } from "./image-names.ts";
import { repositoryOf } from "./image-reference.ts";
import type { YamlFile, YamlNode } from "./yaml.ts";

/** Files that say, in a language of their own, which image is built from which Dockerfile. */
export const IMAGE_BUILDERS: readonly {
  readonly name: RegExp;
  readonly read: (file: YamlFile) => ImageName[];
}[] = [
  { name: /(?:^|\/)skaffold[\w.-]*\.ya?ml$/, read: skaffold },
  { name: /^\.github\/workflows\/[^/]+\.ya?ml$/, read: workflow },
  { name: /^\.circleci\/config\.ya?ml$/, read: circle },
  { name: /(?:^|\/)(?:\.azure[^/]*|azure-pipelines?[\w.-]*|\.?pipelines?)(?:\/.*)?\.ya?ml$/, read: azure },
  { name: /(?:^|\/)cloudbuild[\w.-]*\.ya?ml$/, read: cloudBuild },
];

/** The name, where it is one without unknown parts. */
function named(
  file: YamlFile,
  node: YamlNode,
  reference: string,
  dockerfile: string,
  says: (image: string) => string,
): ImageName[] {
  const image = repositoryOf(reference.replace(/:[^:/]*\$.*$/, ""));
  if (image === null) return [];
  const clean = dockerfile === "" ? "" : posix.normalize(dockerfile);
  return [{ image, dockerfile: clean, path: file.source.path, line: file.lineOf(node), says: says(image) }];
}

/** Source: https://skaffold.dev/docs/references/yaml/ */
function skaffold(file: YamlFile): ImageName[] {
  const folder = posix.dirname(file.source.path);
  // A profile puts artifacts of its own in the place of the others.
  const configurations = file.documents.flatMap((document) => [
    document,
    ...file.items(file.get(document, "profiles")),
  ]);
  return configurations.flatMap((configuration) =>
    file.items(file.get(configuration, "build", "artifacts")).flatMap((artifact) => {
      const reference = file.string(artifact, "image") ?? "";
      if (WITHOUT_DOCKERFILE.some((key) => file.entries(artifact).has(key)))
        return named(
          file,
          artifact,
          reference,
          "",
          (image) => `skaffold builds ${image} without a Dockerfile`,
        );
      const context = file.string(artifact, "context") ?? file.string(artifact, "workspace") ?? ".";
      const docker = file.get(artifact, "docker") ?? file.get(artifact, "kaniko");
      if (file.string(docker, "target") !== null) return [];
      const dockerfile = posix.join(folder, context, file.string(docker, "dockerfile") ?? "Dockerfile");
      const says = (image: string) => `skaffold builds ${image} from ${context}`;
      return named(file, artifact, reference, dockerfile, says);
    }),
  );
}

const WITHOUT_DOCKERFILE = ["buildpacks", "jib", "ko", "bazel", "custom"];

/** `docker/build-push-action`, with what `env`, a matrix and `docker/metadata-action` put into its tags. */
function workflow(file: YamlFile): ImageName[] {
  return file.documents.flatMap((document) =>
    [...file.entries(file.get(document, "jobs")).values()].flatMap(({ value: job }) =>
      matrixOf(file, job).flatMap((matrix) => {
        const known = new Map([
          ...valuesOf(file, file.get(document, "env"), "env"),
          ...valuesOf(file, file.get(job, "env"), "env"),
          ...matrix,
        ]);
        const steps = file.items(file.get(job, "steps"));
        const metadata = new Map<string, string>();
        for (const step of steps) {
          const id = file.string(step, "id");
          if (id !== null && file.string(step, "uses")?.startsWith("docker/metadata-action"))
            metadata.set(`steps.${id}.outputs.tags`, file.string(step, "with", "images") ?? "");
        }
        return steps.flatMap((step) => {
          if (!file.string(step, "uses")?.startsWith("docker/build-push-action")) return [];
          const all = new Map([...known, ...metadata, ...valuesOf(file, file.get(step, "env"), "env")]);
          const input = (key: string) => filledIn(file.string(step, "with", key) ?? "", all);
          if (input("target") !== "") return [];
          const context = input("context").replace(/^\{\{.*\}\}#?:?/, "") || ".";
          const dockerfile = input("file") || posix.join(context, "Dockerfile");
          const says = (image: string) => `CI builds ${dockerfile} as ${image}`;
          return input("tags")
            .split(/[\s,]+/)
            .flatMap((tag) => named(file, step, tag, dockerfile, says));
        });
      }),
    ),
  );
}

/** What each job of a matrix knows; one that knows nothing where there is none. */
function matrixOf(file: YamlFile, job: YamlNode | null): Map<string, string>[] {
  const matrix = file.get(job, "strategy", "matrix");
  const included = file.items(file.get(matrix, "include")).map((item) => valuesOf(file, item, "matrix"));
  let combined = [new Map<string, string>()];
  for (const [key, { value }] of file.entries(matrix)) {
    if (key === "include" || key === "exclude") continue;
    const choices = file.items(value).map((item) => {
      const scalar = file.scalar(item);
      return scalar ? new Map([[`matrix.${key}`, scalar.value]]) : valuesOf(file, item, `matrix.${key}`);
    });
    if (choices.length * combined.length > MOST_JOBS) return included;
    combined = combined.flatMap((one) => choices.map((choice) => new Map([...one, ...choice])));
  }
  return included.length > 0 && combined.length === 1 ? included : [...combined, ...included];
}

function valuesOf(file: YamlFile, node: YamlNode | null, prefix: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, { value }] of file.entries(node)) {
    const scalar = file.scalar(value);
    if (scalar) values.set(`${prefix}.${key}`, scalar.value);
  }
  return values;
}

/** `${{ env.REGISTRY }}/web`; what is not known stays as it is. */
function filledIn(text: string, known: ReadonlyMap<string, string>, depth = 0): string {
  const filled = text.replace(
    /\$\{\{\s*([\w.-]+)\s*\}\}/g,
    (whole, name: string) => known.get(name) ?? whole,
  );
  // One word each, whatever is in it.
  if (filled === text || depth > 3) return filled.replace(/\$\{\{[^}]*\}\}/g, "$UNKNOWN");
  return filledIn(filled, known, depth + 1);
}

/** The docker orb. Source: https://circleci.com/developer/orbs/orb/circleci/docker */
function circle(file: YamlFile): ImageName[] {
  const steps = (node: YamlNode | null): YamlNode[] => [
    ...file.items(file.get(node, "steps")),
    ...file.items(file.get(node, "jobs")),
  ];
  return file.documents.flatMap((document) =>
    ["jobs", "commands", "workflows"].flatMap((key) =>
      [...file.entries(file.get(document, key)).values()].flatMap(({ value }) =>
        steps(file.follow(value)).flatMap((step) =>
          [...file.entries(step)].flatMap(([name, { value: options }]) => {
            if (!/^docker\/(?:build|publish)$/.test(name)) return [];
            const folder = file.string(options, "path") ?? ".";
            const dockerfile = posix.join(folder, file.string(options, "dockerfile") ?? "Dockerfile");
            const says = (image: string) => `CircleCI builds ${dockerfile} as ${image}`;
            return named(file, step, file.string(options, "image") ?? "", dockerfile, says);
          }),
        ),
      ),
    ),
  );
}

/** Docker@2. Source: https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/docker-v2 */
function azure(file: YamlFile): ImageName[] {
  return file.documents.flatMap((document) => {
    const variables = new Map<string, string>();
    for (const [name, { value }] of file.entries(file.get(document, "variables")))
      variables.set(name, file.scalar(value)?.value ?? "");
    for (const item of file.items(file.get(document, "variables")))
      variables.set(file.string(item, "name") ?? "", file.string(item, "value") ?? "");
    const fill = (text: string) =>
      text
        .replace(/^\$\(Build\.SourcesDirectory\)\/?/i, "")
        .replace(/\$\((\w+)\)/g, (whole, name: string) => variables.get(name) ?? whole);
    return azureSteps(file, document).flatMap((step) => {
      if (!/^Docker@2$/.test(file.string(step, "task") ?? "")) return [];
      const input = (key: string) => fill(file.string(step, "inputs", key) ?? "");
      if (!/^build/i.test(input("command") || "buildAndPush")) return [];
      const dockerfile = (input("Dockerfile") || input("dockerfile")).replace(/^\*\*\//, "");
      const says = (image: string) => `Azure Pipelines builds ${dockerfile || "Dockerfile"} as ${image}`;
      return named(file, step, input("repository"), dockerfile || "Dockerfile", says);
    });
  });
}

/** Steps stand in the pipeline, its jobs, its stages' jobs, and in deployments. */
export function azureSteps(file: YamlFile, node: YamlNode | null, depth = 0): YamlNode[] {
  if (depth > 8) return [];
  return [
    ...file.items(file.get(node, "steps")),
    ...["stages", "jobs"].flatMap((key) =>
      file.items(file.get(node, key)).flatMap((item) => azureSteps(file, item, depth + 1)),
    ),
    ...["strategy", "runOnce", "deploy"].flatMap((key) => {
      const inner = file.get(node, key);
      return inner ? azureSteps(file, inner, depth + 1) : [];
    }),
  ];
}

/** A docker or kaniko builder, and the words it gets. Source: https://cloud.google.com/build/docs/build-config-file-schema */
function cloudBuild(file: YamlFile): ImageName[] {
  return file.documents.flatMap((document) => {
    const known = valuesOf(file, file.get(document, "substitutions"), "");
    const fill = (text: string) =>
      text.replace(/\$\{?(_\w+)\}?/g, (whole, name: string) => known.get(`.${name}`) ?? whole);
    return file.items(file.get(document, "steps")).flatMap((step) => {
      const builder = file.string(step, "name") ?? "";
      const program = /\/docker(?::|$)/.test(builder) ? "docker" : /kaniko/.test(builder) ? "executor" : null;
      if (program === null) return [];
      const words = [
        program,
        ...file.items(file.get(step, "args")).map((item) => fill(file.scalar(item)?.value ?? "")),
      ];
      const script = parseExec(words.map((value, index) => ({ value, start: index, end: index + 1 })));
      const folder = file.string(step, "dir") ?? ".";
      return dockerCommands(script).flatMap((command) => {
        if (command.kind !== "build") return [];
        const dockerfile = posix.join(folder, command.file ?? posix.join(command.context, "Dockerfile"));
        const says = (image: string) => `Cloud Build builds ${dockerfile} as ${image}`;
        return command.tags.flatMap((tag) => named(file, step, tag, dockerfile, says));
      });
    });
  });
}

const MOST_JOBS = 60;
