import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { parseShell, effectsOf } from "../shell/index.ts";
import type { PlacedVariable, PortPlace } from "./deployment.ts";
import { CompanionError } from "./errors.ts";
import type { ImageName } from "./image-names.ts";
import type { PlacedService } from "./compose-index.ts";
import { chartSecurity, type ChartSecurity } from "./helm-security.ts";
import { type HclBody, readHcl } from "./hcl.ts";
import { helmCharts, helmContainers, helmPorts } from "./helm.ts";
import { repositoryOf } from "./image-reference.ts";
import { isNomadJob, nomadPlaces } from "./nomad.ts";
import { portNumber, SourceText } from "./source-text.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { PortSite } from "./types.ts";
import { YamlFile, type YamlNode } from "./yaml.ts";
import stripJsonComments from "strip-json-comments";

interface Places {
  readonly callers: PortSite[];
  readonly fixed: PortPlace[];
  readonly mentions: PortPlace[];
  /** Variables that a platform certainly gives the container. */
  readonly environment: PlacedVariable[];
  /** Places that run this image as root, whatever it says. */
  readonly rootUsers: PortPlace[];
}

/** Places, and what charts say of security. */
export type PlatformPlaces = Places & { readonly charts: readonly ChartSecurity[] };

interface Reading extends Places {
  readonly file: PlatformFile;
  readonly path: string;
  readonly text: string;
  readonly dockerfile: string;
  readonly names: ReadonlySet<string>;
  /** Of compose, that run the image. */
  readonly services: readonly PlacedService[];
}

/** Ports in the files of hosting platforms: fly, Render, ECS, Nomad, Helm, dev containers, Heroku. */
export async function platformPlaces(
  tree: FileTree,
  dockerfile: string,
  names: readonly ImageName[],
  services: readonly PlacedService[],
  mayBeOurs: (image: string) => boolean,
  texts: Map<string, string>,
): Promise<PlatformPlaces> {
  const places: Places = { callers: [], fixed: [], mentions: [], environment: [], rootUsers: [] };
  const charts: ChartSecurity[] = [];
  const images = new Set(names.map((name) => name.image));
  const understood: string[] = [];
  for (const chart of await helmCharts(tree)) {
    const containers = helmContainers(chart, (image) => images.has(image));
    if (containers.length === 0) {
      const likely = helmPorts(chart, helmContainers(chart, mayBeOurs));
      places.fixed.push(...likely.fixed, ...likely.callers);
      continue;
    }
    understood.push(chart.folder);
    charts.push(...chartSecurity(chart, containers));
    const { callers, fixed, environment } = helmPorts(chart, containers);
    places.callers.push(...callers);
    places.fixed.push(...fixed);
    places.environment.push(...environment);
    for (const { source } of chart.values) texts.set(source.path, source.text);
  }
  for (const file of await platformFiles(tree)) {
    const { path, text, platform } = file;
    const before = size(places);
    const ofChart = platform.read === helmValues || platform.read === helmTemplate;
    if (ofChart && understood.some((folder) => path.startsWith(folder === "." ? "" : `${folder}/`))) continue;
    try {
      await platform.read({ ...places, file, path, text, dockerfile, names: images, services });
    } catch (error) {
      if (!(error instanceof CompanionError)) throw error;
      if ([...images].some((image) => text.includes(image)))
        places.mentions.push({ path, line: error.line, port: null, says: "a file that was not understood" });
    }
    if (size(places) > before && !texts.has(path)) texts.set(path, text);
  }
  return { ...places, charts };
}

function size({ callers, environment }: Places): number {
  return callers.length + environment.length;
}

interface PlatformFile {
  readonly path: string;
  readonly text: string;
  readonly platform: (typeof PLATFORMS)[number];
}

const filesOfTree = new WeakMap<FileTree, Promise<readonly PlatformFile[]>>();

/** Read once for a tree, however many Dockerfiles it has. */
function platformFiles(tree: FileTree): Promise<readonly PlatformFile[]> {
  let files = filesOfTree.get(tree);
  if (!files) filesOfTree.set(tree, (files = readPlatformFiles(tree)));
  return files;
}

async function readPlatformFiles(tree: FileTree): Promise<PlatformFile[]> {
  const files: PlatformFile[] = [];
  for (const { path, mode } of await tree.list()) {
    const platform =
      mode === "symlink" || isForeign(path) ? undefined : PLATFORMS.find(({ name }) => name.test(path));
    const text = platform ? await treeText(tree, path) : null;
    if (platform && text !== null) files.push({ path, text, platform });
  }
  return files;
}

/** fly deploys the Dockerfile that stands beside its fly.toml, or the one it names. */
async function fly({ path, text, dockerfile, callers, environment }: Reading): Promise<void> {
  const { readToml } = await import("./toml.ts");
  const values = readToml(path, text);
  const build = (key: string) => values.find(({ keys }) => keys.join(".") === `build.${key}`)?.value ?? null;
  const written = build("dockerfile");
  if (posix.join(posix.dirname(path), written === null ? "Dockerfile" : String(written)) !== dockerfile)
    return;
  // The image of a registry is none of this tree's.
  if (build("image") !== null) return;
  const source = new SourceText(path, text);
  for (const { keys, value, span, line } of values) {
    if (!span) continue;
    const last = String(keys.at(-1));
    const reaches = last === "internal_port" || (keys.includes("checks") && last === "port");
    const port = reaches ? portNumber(String(value)) : null;
    const about = { role: "reach", kind: "fly", says: `${last} = ${String(value)}` } as const;
    if (port !== null) callers.push(source.site(span, port, about));
    else if (keys[0] === "env") environment.push({ name: last, value: String(value), path, line, ...span });
    else if (keys[0] === "processes") callers.push(...processPorts(source, String(value), span.start));
  }
}

/** `app = "gunicorn --bind :80 app"` takes the place of CMD. */
function processPorts(source: SourceText, command: string, start: number): PortSite[] {
  const script = parseShell({ text: command, toSource: (offset) => start + offset }, {});
  return script.commands
    .flatMap((one) => effectsOf(one, { user: "root", home: null }).listens)
    .filter((listen) => source.text.slice(listen.start, listen.end) === String(listen.port))
    .map((listen) =>
      source.site(listen, listen.port, { role: "listen", kind: "fly", says: `process ${command}` }),
    );
}

/** A chart that runs this image: the template decides what a value means, so it is changed by hand. */
function helmValues({ path, text, names, fixed, mentions }: Reading): void {
  const file = new YamlFile(path, text);
  const charts = file.documents.flatMap((document) => [
    document,
    ...[...file.entries(document).values()].map(({ value }) => value),
  ]);
  for (const chart of charts) {
    const written = file.string(chart, "image", "repository") ?? file.string(chart, "image");
    const image =
      written === null
        ? null
        : repositoryOf([file.string(chart, "image", "registry"), written].filter(Boolean).join("/"));
    const certain = image !== null && names.has(image);
    for (const { key, port, line } of containerPorts(file, chart)) {
      (certain ? fixed : mentions).push({ path, line, port, says: `Helm value ${key}: ${port}` });
    }
  }
}

function containerPorts(
  file: YamlFile,
  node: unknown,
  depth = 0,
): { key: string; port: number; line: number }[] {
  if (depth > 4) return [];
  return [...file.entries(node)].flatMap(([key, { value }]) => {
    const scalar = file.scalar(value);
    const port = scalar && portNumber(scalar.value);
    if (port && scalar && /^(?:containerPort|targetPort|internalPort|container_port|appPort)$/i.test(key))
      return [{ key, port, line: scalar.line }];
    return scalar ? [] : containerPorts(file, value, depth + 1);
  });
}

/** Templates are no YAML before Helm has filled them in: lines of `containerPort: 80` are read one by one. */
function helmTemplate({ path, text, mentions }: Reading): void {
  for (const [index, line] of text.split("\n").entries()) {
    const { key, digits } =
      /^\s*(?:-\s+)?(?<key>containerPort|targetPort|port):\s*(?<digits>\d{1,5})\s*$/.exec(line)?.groups ?? {};
    const port = digits === undefined ? null : portNumber(digits);
    if (port !== null && key !== "port")
      mentions.push({ path, line: index + 1, port, says: `Helm template ${key}: ${port}` });
  }
}

/** With awsvpc and load balancers a container port is part of more than the task definition says. */
function ecs({ path, text, names, fixed, mentions }: Reading): void {
  const file = new YamlFile(path, text);
  const found: { node: YamlNode; certain: boolean }[] = [];
  for (const document of file.documents) {
    for (const container of file.items(file.get(document, "containerDefinitions"))) {
      const image = repositoryOf(file.string(container, "image") ?? "");
      found.push({ node: container, certain: image !== null && names.has(image) });
    }
  }
  for (const { node, certain } of found) {
    for (const mapping of file.items(file.get(node, "portMappings"))) {
      const scalar = file.scalar(file.get(mapping, "containerPort"));
      const port = scalar && portNumber(scalar.value);
      if (port && scalar)
        (certain ? fixed : mentions).push({
          path,
          line: scalar.line,
          port,
          says: `ECS containerPort: ${port}`,
        });
    }
  }
}

const jobs = new WeakMap<PlatformFile, Promise<HclBody | null>>();

async function nomad({ file, names, ...places }: Reading): Promise<void> {
  const { path, text } = file;
  if (!isNomadJob(text)) return;
  let job = jobs.get(file);
  if (!job) jobs.set(file, (job = readHcl(path, text)));
  const found = nomadPlaces(path, text, await job, names);
  places.callers.push(...found.callers);
  places.fixed.push(...found.fixed);
  places.mentions.push(...found.mentions);
  places.environment.push(...found.environment);
  places.rootUsers.push(...found.rootUsers);
}

/** Render builds the Dockerfile that a service names, and gives it its variables. */
function render({ path, text, dockerfile, mentions, environment }: Reading): void {
  const file = new YamlFile(path, text);
  for (const service of file.documents.flatMap((document) => file.items(file.get(document, "services")))) {
    const runtime = file.string(service, "runtime") ?? file.string(service, "env");
    const written = file.string(service, "dockerfilePath");
    const folder = file.string(service, "rootDir") ?? ".";
    const ours = runtime === "docker" && posix.join(folder, written ?? "Dockerfile") === dockerfile;
    for (const variable of file.items(file.get(service, "envVars"))) {
      const scalar = file.scalar(file.get(variable, "value"));
      const name = file.string(variable, "key");
      const port = scalar && portNumber(scalar.value);
      if (!scalar || name === null) continue;
      if (ours && scalar.span)
        environment.push({ name, value: scalar.value, path, line: scalar.line, ...scalar.span });
      else if (port && name === "PORT" && runtime === "docker")
        mentions.push({ path, line: scalar.line, port, says: `Render PORT: ${port}` });
    }
  }
}

/**
 * `forwardPorts: ["web:80"]` reaches the container of a compose service, `appPort: "8000:80"` that of the image. What is
 * a number alone is the port on the host, too.
 * Source: https://containers.dev/implementors/json_reference/
 */
function devContainer({ path, text, names, services, callers, mentions }: Reading): void {
  const bare = stripJsonComments(text.replace(/^\uFEFF/, " "), { trailingCommas: true });
  const file = new YamlFile(path, bare);
  for (const document of file.documents) {
    const composeFiles = file
      .items(file.get(document, "dockerComposeFile"))
      .map((item) => posix.join(posix.dirname(path), file.scalar(item)?.value ?? ""));
    const hosts = new Set(
      services
        .filter((service) => composeFiles.includes(service.file))
        .flatMap(({ name, names: all = [name] }) => all),
    );
    const isOurs = names.has(repositoryOf(file.string(document, "image") ?? "") ?? "");
    const named: readonly (readonly [what: string, nodes: readonly YamlNode[]])[] = [
      ["forwardPorts", file.items(file.get(document, "forwardPorts"))],
      [
        "portsAttributes",
        [...file.entries(file.get(document, "portsAttributes")).values()].map(({ key }) => key),
      ],
      ["appPort", file.items(file.get(document, "appPort"))],
    ];
    for (const [what, item] of named.flatMap(([one, nodes]) => nodes.map((node) => [one, node] as const))) {
      const scalar = file.scalar(item);
      const [, host = "", digits = ""] = /^(?:(.*):)?(\d{1,5})$/.exec(scalar?.value ?? "") ?? [];
      const port = portNumber(digits);
      if (port === null || !scalar) continue;
      const certain = what === "appPort" ? isOurs && host !== "" : hosts.has(host);
      const about = { role: "reach", kind: "devcontainer", says: `${what} ${scalar.value}` } as const;
      if (certain && scalar.span)
        callers.push(
          file.source.site({ start: scalar.span.end - digits.length, end: scalar.span.end }, port, about),
        );
      else if (what !== "portsAttributes")
        mentions.push({ path, line: scalar.line, port, says: `devcontainer ${about.says}` });
    }
  }
}

/**
 * Dokku builds the Dockerfile beside app.json, and checks the container's port; Heroku sets PORT itself.
 * Source: https://dokku.com/docs/appendices/file-formats/app-json/
 */
function appJson({ path, text, dockerfile, callers, mentions }: Reading): void {
  const file = new YamlFile(path, text);
  const isOurs = posix.join(posix.dirname(path), "Dockerfile") === dockerfile;
  for (const document of file.documents) {
    const checks = [...file.entries(file.get(document, "healthchecks")).values()].flatMap(({ value }) =>
      file.items(value),
    );
    for (const check of checks) {
      const scalar = file.scalar(file.get(check, "port"));
      const port = scalar && portNumber(scalar.value);
      if (!port || !scalar) continue;
      const says = `app.json health check of port ${port}`;
      if (isOurs && scalar.span)
        callers.push(file.source.site(scalar.span, port, { role: "reach", kind: "dokku", says }));
      else mentions.push({ path, line: scalar.line, port, says });
    }
    for (const node of [file.get(document, "env", "PORT", "value"), file.get(document, "env", "PORT")]) {
      const scalar = file.scalar(node);
      const port = scalar && portNumber(scalar.value);
      if (port && scalar) mentions.push({ path, line: scalar.line, port, says: `app.json port: ${port}` });
    }
  }
}

/** `web: gunicorn --bind :80 app` */
function procfile({ path, text, mentions }: Reading): void {
  for (const match of text.matchAll(/^([\w-]+):[ \t]*(.+)$/gm)) {
    const start = match.index + match[0].length - match[2]!.length;
    const script = parseShell({ text: match[2]!, toSource: (offset) => start + offset }, {});
    for (const listen of script.commands.flatMap(
      (command) => effectsOf(command, { user: "root", home: null }).listens,
    )) {
      const line = text.slice(0, match.index).split("\n").length;
      mentions.push({ path, line, port: listen.port, says: `Procfile ${match[1]}: ${listen.port}` });
    }
  }
}

/** `services:` of a CI job that run an image and publish its ports. */
function ciServices({ path, text, names, fixed, mentions }: Reading): void {
  // Most workflows name none of the images: they need not be parsed for each Dockerfile.
  if (!text.includes("services:") || ![...names].some((name) => text.includes(name))) return;
  const file = new YamlFile(path, text);
  for (const document of file.documents) {
    for (const { value: job } of file.entries(file.get(document, "jobs")).values()) {
      for (const { value: service } of file.entries(file.get(job, "services")).values()) {
        const image = repositoryOf(file.string(service, "image") ?? "");
        if (image === null || !names.has(image)) continue;
        for (const item of file.items(file.get(service, "ports"))) {
          const scalar = file.scalar(item);
          const port = scalar && portNumber(scalar.value.replace(/^.*:/, "").replace(/\/tcp$/, ""));
          if (port && scalar)
            (file.string(service, "image")!.includes(":latest") ? fixed : mentions).push({
              path,
              line: scalar.line,
              port,
              says: `CI service port ${scalar.value}`,
            });
        }
      }
    }
  }
}

const PLATFORMS: readonly {
  readonly name: RegExp;
  readonly read: (reading: Reading) => void | Promise<void>;
}[] = [
  { name: /(?:^|\/)fly(?:\.[\w-]+)?\.toml$/, read: fly },
  { name: /(?:^|\/)values(?:[-.][\w-]+)?\.ya?ml$/, read: helmValues },
  { name: /(?:^|\/)templates\/(?:.+\/)?[\w.-]+\.ya?ml$/, read: helmTemplate },
  { name: /(?:^|\/)[\w.-]*task-?def(?:inition)?[\w.-]*\.json$|(?:^|\/)[\w.-]*ecs[\w.-]*\.json$/i, read: ecs },
  { name: /\.(?:nomad|hcl)$/, read: nomad },
  { name: /(?:^|\/)render\.ya?ml$/, read: render },
  {
    name: /(?:^|\/)\.devcontainer(?:\/.*)?\/?devcontainer\.json$|(?:^|\/)\.devcontainer\.json$/,
    read: devContainer,
  },
  { name: /(?:^|\/)app\.json$/, read: appJson },
  { name: /(?:^|\/)Procfile(?:\.\w+)?$/, read: procfile },
  { name: /^\.github\/workflows\/[^/]+\.ya?ml$/, read: ciServices },
];
