import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import type { PlacedVariable, PortPlace } from "./deployment.ts";
import { CompanionError } from "./errors.ts";
import { type HelmHole, type HelmTemplate, readHelmTemplate, scalarsOf } from "./helm-template.ts";
import { repositoryOf } from "./image-reference.ts";
import { portNumber } from "./source-text.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { PortSite } from "./types.ts";
import { YamlFile, type YamlNode } from "./yaml.ts";

/** A chart of the tree, as far as it can be read without Helm. */
export interface HelmChart {
  readonly folder: string;
  readonly values: readonly YamlFile[];
  readonly templates: readonly HelmTemplate[];
  /** Values that parts of the chart use of which nobody can tell what for. */
  readonly unclear: ReadonlySet<string>;
}

const chartsOfTree = new WeakMap<FileTree, Promise<readonly HelmChart[]>>();

export function helmCharts(tree: FileTree): Promise<readonly HelmChart[]> {
  let charts = chartsOfTree.get(tree);
  if (!charts) chartsOfTree.set(tree, (charts = readCharts(tree)));
  return charts;
}

async function readCharts(tree: FileTree): Promise<HelmChart[]> {
  const paths = (await tree.list()).filter(({ mode }) => mode !== "symlink").map(({ path }) => path);
  const folders = paths
    .filter((path) => posix.basename(path) === "Chart.yaml" && !isForeign(path))
    .map((path) => posix.dirname(path));
  const charts: HelmChart[] = [];
  for (const folder of folders.slice(0, MOST_CHARTS)) {
    const own = (path: string) => (folder === "." ? path : posix.relative(folder, path));
    const values: YamlFile[] = [];
    const templates: HelmTemplate[] = [];
    const unclear = new Set<string>();
    for (const path of paths) {
      const isValues = /^values(?:[-.][\w.-]+)?\.ya?ml$/.test(own(path));
      const isTemplate = /^templates\/.+\.(?:ya?ml|tpl)$/.test(own(path));
      const text = isValues || isTemplate ? await treeText(tree, path) : null;
      if (text === null) continue;
      try {
        if (isValues) values.push(new YamlFile(path, text));
        else {
          const template = readHelmTemplate(path, text);
          if (path.endsWith(".tpl")) for (const used of allValues(template)) unclear.add(used);
          else templates.push(template);
          for (const used of template.elsewhere) unclear.add(used);
        }
      } catch (error) {
        if (!(error instanceof CompanionError)) throw error;
        for (const [, used] of text.matchAll(/\.Values((?:\.\w+)+)/g)) unclear.add(used!.slice(1));
      }
    }
    if (values.length > 0 && templates.length > 0) charts.push({ folder, values, templates, unclear });
  }
  return charts;
}

function allValues({ file, holesIn }: HelmTemplate): string[] {
  return file.documents.flatMap((document) =>
    [...scalarsOf(file, document)].flatMap(({ value }) => holesIn(value).flatMap((hole) => hole.values)),
  );
}

/** A container of a chart whose image, by the chart's values, is one of these names. */
export interface HelmContainer {
  readonly template: HelmTemplate;
  readonly pod: YamlNode;
  readonly container: YamlNode;
  /** How many others the pod has. */
  readonly others: number;
}

/** `image`: without its tag, and without a registry that the chart leaves open. */
export function helmContainers(chart: HelmChart, isOurs: (image: string) => boolean): HelmContainer[] {
  return chart.templates.flatMap((template) =>
    template.file.documents.flatMap((document) => {
      const { file } = template;
      const pods = PODS.map((steps) => file.get(document, ...steps)).filter((pod) => pod !== null);
      return pods.flatMap((pod) => {
        const all = ["containers", "initContainers"].flatMap((key) => file.items(file.get(pod, key)));
        return all
          .filter((container) => {
            const written = template.filledIn(file.string(container, "image") ?? "", (path) =>
              valueAt(chart, path),
            );
            const image = repositoryOf(
              written.replace(/:[^:/]*\$.*$/, "").replace(/^(?:\$UNKNOWN)?\/|@\$.*$/g, ""),
            );
            return image !== null && isOurs(image);
          })
          .map((container) => ({ template, pod, container, others: all.length - 1 }));
      });
    }),
  );
}

/** What values.yaml says at a path. */
function valueAt(chart: HelmChart, path: string): string | null {
  const main = chart.values.find(({ source }) => /(?:^|\/)values\.ya?ml$/.test(source.path));
  return main ? main.string(main.documents[0], ...path.split(".")) : null;
}

/**
 * Ports of containers of ours in a chart: values that are nothing but the container's side can be changed, what a
 * template says itself and what means a Service's own port too cannot.
 */
export function helmPorts(
  chart: HelmChart,
  containers: readonly HelmContainer[],
): { callers: PortSite[]; fixed: PortPlace[]; environment: PlacedVariable[] } {
  const callers: PortSite[] = [];
  const fixed: PortPlace[] = [];
  const environment = variablesIn(chart, containers);
  if (containers.length === 0) return { callers, fixed, environment };
  const ours = new Set<string>();
  for (const { template, container } of containers) {
    for (const { keys, value, line } of scalarsOf(template.file, container)) {
      if (!isContainerSide(["containers", "[]", ...keys]) || keys[0] === "env") continue;
      const [hole] = template.holesIn(value);
      if (hole) for (const path of hole.values) ours.add(path);
      else note(fixed, template, keys.at(-1)!, value, line);
    }
    // Only a name tells which number is a port.
    for (const variable of template.file.items(template.file.get(container, "env"))) {
      const [hole] = template.holesIn(template.file.string(variable, "value") ?? "");
      if (hole && /port|listen|bind/i.test(template.file.string(variable, "name") ?? ""))
        for (const path of hole.values) ours.add(path);
    }
  }
  const services = chart.templates.flatMap((template) =>
    template.file.documents
      .filter((document) => selects(chart, template, document, containers))
      .map((service) => ({ template, service })),
  );
  for (const { template, service } of services) {
    for (const entry of template.file.items(template.file.get(service, "spec", "ports"))) {
      const target = template.file.scalar(template.file.get(entry, "targetPort"));
      const port = target ?? template.file.scalar(template.file.get(entry, "port"));
      if (!port) continue;
      const [hole] = template.holesIn(port.value);
      const key = target ? "targetPort" : "port, which is the target's too";
      if (!hole) note(fixed, template, key, port.value, port.line);
      else if (!target) for (const path of hole.values) noteValues(chart, path, fixed, key);
    }
  }
  const all = counted(
    chart.templates.flatMap((template) => template.file.documents.map((node) => ({ template, node }))),
    () => true,
  );
  const own = counted(
    [
      ...containers.map(({ template, container }) => ({
        template,
        node: container,
        within: ["containers", "[]"],
      })),
      ...services.map(({ template, service }) => ({ template, node: service })),
    ],
    ({ value }, path, keys) => value === path && isContainerSide(keys),
  );
  for (const path of ours) {
    const shared = chart.unclear.has(path) || all.get(path) !== own.get(path);
    if (shared) noteValues(chart, path, fixed, "for more than the container");
    else
      for (const file of chart.values) {
        const scalar = file.scalar(file.get(file.documents[0], ...path.split(".")));
        const port = scalar && portNumber(scalar.value);
        const about = { role: "reach", kind: "helm", says: `Helm value ${path}: ${port}` } as const;
        if (port && scalar.span) callers.push(file.source.site(scalar.span, port, about));
      }
  }
  return { callers, fixed, environment };
}

/** What a template says itself of the variables of these containers, in them or in a ConfigMap. */
function variablesIn(chart: HelmChart, containers: readonly HelmContainer[]): PlacedVariable[] {
  const stays = "in a template";
  const found: PlacedVariable[] = [];
  const add = ({ file }: HelmTemplate, name: string | null, node: YamlNode | null): void => {
    const scalar = file.scalar(node);
    if (name === null || !scalar) return;
    const { value, line, range } = scalar;
    found.push({ name, value, path: file.source.path, line, ...range, stays });
  };
  for (const { template, container } of containers)
    for (const item of template.file.items(template.file.get(container, "env")))
      add(template, template.file.string(item, "name"), template.file.get(item, "value"));
  const takesMaps = containers.some(({ template, container }) => template.file.get(container, "envFrom"));
  for (const template of takesMaps ? chart.templates : [])
    for (const document of template.file.documents)
      if (template.file.string(document, "kind") === "ConfigMap")
        for (const [key, { value }] of template.file.entries(template.file.get(document, "data")))
          add(template, key, template.file.follow(value));
  return found;
}

/** How often each value is put out below these nodes, where it counts. */
function counted(
  nodes: readonly { template: HelmTemplate; node: YamlNode; within?: readonly string[] }[],
  counts: (hole: HelmHole, path: string, keys: readonly string[]) => boolean,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { template, node, within = [] } of nodes)
    for (const { keys, value } of scalarsOf(template.file, node))
      for (const hole of template.holesIn(value))
        for (const path of hole.values)
          if (counts(hole, path, [...within, ...keys])) found.set(path, (found.get(path) ?? 0) + 1);
  return found;
}

/**
 * A Service that may send to one of these containers: its selector is among the labels of their pod, or among
 * those of no pod of the chart, so that nothing tells.
 */
function selects(
  chart: HelmChart,
  template: HelmTemplate,
  document: YamlNode,
  containers: readonly HelmContainer[],
): boolean {
  if (template.file.string(document, "kind") !== "Service") return false;
  const selector = labelsOf(template, template.file.get(document, "spec", "selector"));
  if (selector.length === 0) return true;
  const matches = (other: HelmTemplate, pod: YamlNode) => {
    const labels = new Set(labelsOf(other, other.file.get(pod, "metadata", "labels")));
    return selector.every((label) => labels.has(label));
  };
  const pods = chart.templates.flatMap((other) =>
    other.file.documents.flatMap((workload) =>
      PODS.flatMap((steps) => {
        const pod = other.file.get(workload, ...steps.slice(0, -1));
        return pod && matches(other, pod) ? [other.file.get(pod, "spec")] : [];
      }),
    ),
  );
  return pods.length === 0 || containers.some(({ pod }) => pods.includes(pod));
}

/** Labels as texts, what is put out by its expression. */
function labelsOf(template: HelmTemplate, labels: YamlNode | null): string[] {
  const named = (text: string) =>
    text.replace(/HOLE\d+X/g, (hole) => `{{${template.holesIn(hole)[0]?.says ?? hole}}}`);
  return [...template.file.entries(labels)].map(
    ([key, { value }]) => `${named(key)}=${named(template.file.scalar(value)?.value ?? "")}`,
  );
}

/** `containerPort`, a probe's `port`, a Service's `targetPort`, or the value of a variable. */
function isContainerSide(keys: readonly string[]): boolean {
  const last = keys.at(-1);
  if (last === "containerPort" || last === "targetPort") return true;
  const inside = keys.includes("containers");
  if (last === "port") return inside && keys.some((key) => /^(?:liveness|readiness|startup)Probe$/.test(key));
  return last === "value" && inside && keys.at(-3) === "env";
}

function note(fixed: PortPlace[], template: HelmTemplate, key: string, value: string, line: number): void {
  const port = portNumber(value);
  if (port !== null)
    fixed.push({ path: template.file.source.path, line, port, says: `Helm template ${key}: ${port}` });
}

function noteValues(chart: HelmChart, path: string, fixed: PortPlace[], how: string): void {
  for (const file of chart.values) {
    const scalar = file.scalar(file.get(file.documents[0], ...path.split(".")));
    const port = scalar && portNumber(scalar.value);
    if (port)
      fixed.push({
        path: file.source.path,
        line: scalar.line,
        port,
        says: `Helm value ${path}: ${port}, ${how}`,
      });
  }
}

const PODS: readonly (readonly string[])[] = [
  ["spec", "template", "spec"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
];
const MOST_CHARTS = 100;
