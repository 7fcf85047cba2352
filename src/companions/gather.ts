import { posix } from "node:path";
import { TreeError, type FileTree, type TreeEntry } from "../file-tree.ts";
import { CompanionError } from "./errors.ts";
import { RUN_EVIDENCE_PATH, readRunEvidence, type DockerfileRuns } from "./run-evidence.ts";
import { type ImageModel, type StartFile, absolute, filesStartedBy, starts } from "../analysis/index.ts";
import {
  type Effects,
  type ShellCommand,
  type ShellScript,
  effectsOf,
  parseShell,
  unwrap,
} from "../shell/index.ts";
import { isContainerAction, isDevContainer } from "./action.ts";
import { buildContext, filesByPath } from "./build-context.ts";
import type { SourceFacts } from "./types.ts";
import { ContextReader, type CopiedConfig, readConfigs } from "./copied-configs.ts";
import { composeTexts, type PlacedService, type UnreadFile, unreadCompose } from "./compose-index.ts";
import { entriesBelow } from "./entries-below.ts";
import { type EnvFile, envFilesOf } from "./env-files.ts";
import { type BuiltOn, stagesNeedingRootOf } from "./dockerfiles.ts";
import { type Deployment, isNear, NO_DEPLOYMENT, readDeployment } from "./deployment.ts";
import { healthcheckCommands } from "./loopback.ts";
import { readPackagedConfigs } from "./packaged-configs.ts";
import { inOtherProject } from "./other-projects.ts";
import { packageRun, packageScript } from "./package-scripts.ts";
import { neighboursOf, running, servicesFor, sharedPlaces } from "./running-services.ts";

/** What stands around one Dockerfile, read once and handed to the passes. */
export interface Surroundings {
  /** Directory of the build context, relative to the tree's root; "" is the root. */
  readonly context: string;
  /** The file belongs to a project below the context that has a Dockerfile of its own. */
  readonly isOthers: (path: string) => boolean;
  /** Scripts that the container starts, and the scripts these call. */
  readonly scripts: readonly StartScript[];
  /** Scripts that a HEALTHCHECK runs. */
  readonly healthScripts: readonly StartScript[];
  /** Server configuration that is copied into the image. */
  readonly configs: readonly CopiedConfig[];
  /** Compose services that run this image: this Dockerfile, built to this target. */
  readonly services: readonly PlacedService[];
  /** Places in their files that speak for other services too: {@link placeKey}. */
  readonly shared: ReadonlySet<string>;
  /** Services beside them that run other people's images; told once, to the first Dockerfile of their file. */
  readonly neighbours: readonly PlacedService[];
  /** Compose services that run a stage which this one is built on. */
  readonly parents: readonly PlacedService[];
  /** Files of variables that compose reads for these services. */
  readonly envFiles: readonly EnvFile[];
  /** Compose files nearby that cannot be read. */
  readonly unread: readonly UnreadFile[];
  /** Names of the stages that compose files build. */
  readonly targets: readonly string[];
  /** An action.yml makes a GitHub container action of this Dockerfile. */
  readonly action: string | null;
  /** A devcontainer.json builds this Dockerfile. */
  readonly devContainer: string | null;
  readonly source: SourceFacts;
  /** Where the image is run, besides compose. */
  readonly deployment: Deployment;
  /** Stages of other Dockerfiles that start FROM this image, and need root there. */
  readonly builtOn: readonly BuiltOn[];
  /** What runs of this Dockerfile's image have shown. */
  readonly runs: DockerfileRuns | null;
  /** The ignore file that holds for this Dockerfile; `leavesOut` takes paths relative to the context. */
  readonly dockerignore: DockerignoreFile | null;
  /** Every file of the tree, by path. */
  readonly files: ReadonlyMap<string, TreeEntry>;
  /** Text of every file above, by path, for edits and diffs. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface DockerignoreFile {
  readonly path: string;
  readonly text: string;
  readonly leavesOut: (path: string) => boolean;
}

export interface StartScript {
  /** In the tree: a shell script, or the package.json that has it among its scripts. */
  readonly file: string;
  /** In the image. */
  readonly path: string;
  readonly text: string;
  readonly mode: TreeEntry["mode"];
  readonly interpreted: boolean;
  /** Started by ENTRYPOINT or CMD, not by another script. */
  readonly startedByImage: boolean;
  readonly script: ShellScript;
  readonly effects: readonly Effects[];
}

const NO_SOURCE: SourceFacts = { listens: [], writes: [], frameworks: [], users: [] };
const MAX_SCRIPTS = 12;
const MAX_SCRIPT_SIZE = 512 * 1024;

/**
 * Reads what an image's Dockerfile refers to. Files that are missing or unreadable are simply not there.
 * @param source what an earlier run found in the source, when that has not changed.
 */
export async function gather(
  tree: FileTree,
  dockerfile: string,
  model: ImageModel,
  source: SourceFacts | null = null,
): Promise<Surroundings> {
  const files = await filesByPath(tree);
  const texts = new Map<string, string>();
  const composed = await servicesFor(tree, dockerfile, model.final.root);
  const composeFiles = composed.flatMap(({ service }) => [
    service.file,
    ...service.reached.map(({ path }) => path),
  ]);
  const textOf = await composeTexts(tree);
  for (const file of composeFiles) texts.set(file, textOf.get(file)!);
  const services = running(composed, model.dockerfile, [model.target]);
  const parents = model.chain.filter((stage) => stage !== model.target);
  const context = await buildContext(tree, dockerfile, model.dockerfile);
  const reader = new ContextReader(tree, files, context, texts);
  const scripts = await readScripts(
    reader,
    model,
    starts(model).flatMap((start) => start.commands),
  );
  const { instruction: healthcheck } = model.final.healthcheck ?? {};
  const healthScripts = healthcheck ? await readScripts(reader, model, healthcheckCommands(healthcheck)) : [];
  const started = scripts.flatMap(({ script }) => script.commands);
  const isOthers = inOtherProject(await tree.list(), dockerfile, context, model.dockerfile, started);
  const configs = [
    ...(await readConfigs(reader, model, scripts, isOthers)),
    ...(await readPackagedConfigs(reader, model, started, isOthers)),
  ];
  const deployment = model.final.root
    ? await readDeployment(tree, dockerfile, services, texts)
    : NO_DEPLOYMENT;
  return {
    context,
    isOthers,
    scripts,
    healthScripts,
    configs,
    services,
    shared: await sharedPlaces(tree, services),
    neighbours: await neighboursOf(tree, dockerfile, services),
    parents: running(composed, model.dockerfile, parents),
    envFiles: model.final.root ? await envFilesOf(tree, services, texts) : [],
    unread: (await unreadCompose(tree)).filter((file) => isNear(file.path, dockerfile)),
    targets: composed.flatMap(({ target }) => target?.toLowerCase() ?? []),
    action: await isContainerAction(tree, dockerfile),
    devContainer: await isDevContainer(tree, dockerfile),
    source:
      source ??
      (await readSourceFacts(
        tree,
        files,
        context,
        dockerfile,
        model,
        startedFiles(reader, model, scripts),
        texts,
      )),
    deployment,
    builtOn: await stagesNeedingRootOf(tree, deployment.names),
    runs: await readRuns(tree, files, dockerfile),
    dockerignore: await reader.dockerignore(dockerfile),
    files,
    texts,
  };
}

/** A missing or broken evidence file is no evidence. */
async function readRuns(
  tree: FileTree,
  files: ReadonlyMap<string, TreeEntry>,
  dockerfile: string,
): Promise<DockerfileRuns | null> {
  if (!files.has(RUN_EVIDENCE_PATH)) return null;
  try {
    const evidence = readRunEvidence(new TextDecoder().decode(await tree.read(RUN_EVIDENCE_PATH)));
    return evidence.dockerfiles.find((runs) => runs.dockerfile === dockerfile) ?? null;
  } catch (error) {
    if (error instanceof CompanionError || error instanceof TreeError) return null;
    throw error;
  }
}

async function readScripts(
  reader: ContextReader,
  model: ImageModel,
  commands: readonly ShellCommand[],
): Promise<StartScript[]> {
  const found = new Map<string, StartScript>();
  const queue = commands
    .flatMap((command) => unwrap(command).map((inner) => inner.command))
    .flatMap((command) => startedBy(command, model.final.workdir));
  const first = new Set(queue);
  const variables = new Map<string, string>();
  for (const [name, value] of model.final.env) {
    if (value.keyword === "ENV" && value.value !== null) variables.set(name, value.value);
  }
  while (queue.length > 0 && found.size < MAX_SCRIPTS) {
    const wanted = queue.shift()!;
    const key = `${wanted.path}#${wanted.packageScript ?? ""}`;
    const entry = found.has(key)
      ? null
      : (reader.find(model, wanted.path) ?? builtManifest(reader, model, wanted));
    const text = entry && (await reader.text(entry, MAX_SCRIPT_SIZE));
    if (!entry || text === null) continue;
    const script = readScript(text, entry.path, wanted, model, variables);
    if (!script) continue;
    const effects = script.commands.map((c) =>
      effectsOf(c, { user: "root", home: variables.get("HOME") ?? null }),
    );
    found.set(key, {
      file: entry.path,
      path: wanted.path,
      text,
      mode: entry.mode,
      interpreted: wanted.interpreted,
      startedByImage: first.has(wanted),
      script,
      effects,
    });
    for (const command of script.commands) {
      for (const { command: inner } of unwrap(command)) {
        queue.push(
          ...startedBy(inner, model.final.workdir).filter((file) => !file.onPath || /\.sh$/.test(file.path)),
        );
      }
    }
  }
  return [...found.values()];
}

/** A file, or one script of a package.json. */
type Started = StartFile & { readonly packageScript?: string };

function startedBy(command: ShellCommand, workdir: string | null): Started[] {
  const run = packageRun(command);
  if (!run) return filesStartedBy(command, workdir);
  const folder = absolute(run.folder ?? ".", command.cwd ?? workdir);
  if (folder === null) return [];
  const path = posix.join(folder, "package.json");
  return [{ path, onPath: false, interpreted: true, packageScript: run.script }];
}

/** What an earlier stage hands on together with the app is the context's own, as a rule. */
function builtManifest(reader: ContextReader, model: ImageModel, wanted: Started): TreeEntry | null {
  const handedOn = model.steps.some(({ copy }) => copy !== null && copy.from !== null);
  if (wanted.packageScript === undefined || !handedOn) return null;
  return reader.files.get(posix.join(reader.context, "package.json")) ?? null;
}

function readScript(
  text: string,
  file: string,
  { path, packageScript: name }: Started,
  model: ImageModel,
  variables: ReadonlyMap<string, string>,
): ShellScript | null {
  if (name !== undefined) return packageScript(text, name, posix.dirname(path));
  if (!isShellScript(text, file)) return null;
  return parseShell({ text, toSource: (o) => o }, { variables, cwd: model.final.workdir });
}

function isShellScript(text: string, path: string): boolean {
  const shebang = /^\uFEFF?#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
  if (!shebang) return /\.(sh|bash)$/.test(path) || !/\.[a-z]+$/i.test(path);
  const program = `${shebang[1]} ${shebang[2] ?? ""}`;
  return /\b(sh|bash|ash|dash|ksh)\b/.test(program);
}

async function readSourceFacts(
  tree: FileTree,
  files: ReadonlyMap<string, TreeEntry>,
  context: string,
  dockerfile: string,
  model: ImageModel,
  started: ReadonlySet<string>,
  texts: Map<string, string>,
): Promise<SourceFacts> {
  if (!copiesSource(model)) return NO_SOURCE;
  if (!hasSource(files, context)) return NO_SOURCE;
  const { sourceFacts } = await import("./source-facts.ts");
  return sourceFacts(tree, files, context, dockerfile, started, texts);
}

/** Programs that the start, or a script of it, gives to an interpreter: `node tools/configure.js`. */
function startedFiles(
  reader: ContextReader,
  model: ImageModel,
  scripts: readonly StartScript[],
): ReadonlySet<string> {
  const commands = [
    ...starts(model).flatMap((start) => start.commands),
    ...scripts.flatMap(({ script }) => script.commands),
  ];
  const started = new Set<string>();
  for (const { command } of commands.flatMap((each) => unwrap(each))) {
    for (const word of command.argv.slice(1)) {
      if (word.value === null || !SOURCE_NAMES.test(word.value)) continue;
      const path = absolute(word.value, command.cwd ?? model.final.workdir);
      const entry = path === null ? null : reader.find(model, path);
      if (entry) started.add(entry.path);
    }
  }
  return started;
}

function copiesSource(model: ImageModel): boolean {
  return model.steps.some((step) => step.copy !== null);
}

const SOURCE_NAMES = /\.(js|mjs|cjs|ts|mts|py|php|rb|go|java|kt|cs|rs)$|(^|\/)package\.json$/;

function hasSource(files: ReadonlyMap<string, TreeEntry>, context: string): boolean {
  return entriesBelow(files, context).some(({ path }) => SOURCE_NAMES.test(path));
}
