import { authorities, isLoopback } from "./authorities.ts";
import {
  type KubernetesConfigMap,
  type KubernetesPolicy,
  readConfigMap,
  readPolicy,
} from "./kubernetes-objects.ts";
import { portNumber } from "./source-text.ts";
import type { PortSite, Span } from "./types.ts";
import { YamlFile, type YamlNode, type YamlScalar } from "./yaml.ts";

export interface KubernetesFile {
  readonly path: string;
  readonly workloads: readonly KubernetesWorkload[];
  readonly services: readonly KubernetesService[];
  readonly policies: readonly KubernetesPolicy[];
  readonly configMaps: readonly KubernetesConfigMap[];
}

export interface KubernetesWorkload {
  /** `Deployment`, `CronJob` … */
  readonly kind: string;
  readonly name: string | null;
  readonly line: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly containers: readonly KubernetesContainer[];
  readonly hostNetwork: boolean;
  /** The pod's own securityContext; null where there is none. */
  readonly securityContext: KubernetesSecurity | null;
  /** The pod's spec: its first key, before which a securityContext would go. */
  readonly spec: Span & { readonly line: number };
}

export interface KubernetesContainer {
  readonly name: string | null;
  readonly init: boolean;
  readonly image: string | null;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** containerPort (`listen`), probes and lifecycle hooks by number (`reach`). */
  readonly ports: readonly PortSite[];
  /** Names of container ports, which probes and services may use instead of numbers. */
  readonly portNames: ReadonlyMap<string, number>;
  readonly securityContext: KubernetesSecurity | null;
  readonly mounts: readonly KubernetesMount[];
  readonly environment: readonly (Span & {
    readonly name: string;
    readonly value: string;
    readonly line: number;
  })[];
  /** Variables from ConfigMaps: all of one, with a prefix, or one key under a name. */
  readonly environmentFrom: readonly {
    readonly configMap: string;
    readonly prefix: string;
    readonly one: { readonly key: string; readonly name: string } | null;
  }[];
}

export interface KubernetesSecurity extends Span {
  readonly line: number;
  readonly runAsUser: number | null;
  readonly runAsNonRoot: boolean | null;
  readonly fsGroup: number | null;
  readonly privileged: boolean;
  readonly capabilitiesAdd: readonly string[];
}

export interface KubernetesMount {
  readonly path: string;
  readonly readOnly: boolean;
  /** `emptyDir`, `persistentVolumeClaim`, `configMap` …; null where the volume is not in this file. */
  readonly volume: string | null;
  /** Of a configMap: its name, and the one key that is mounted where it is not all. */
  readonly configMap: string | null;
  /** Of a hostPath: the path on the node. */
  readonly hostPath: string | null;
  readonly subPath: string | null;
  readonly line: number;
}

export interface KubernetesService {
  readonly name: string | null;
  readonly line: number;
  readonly selector: ReadonlyMap<string, string>;
  /** targetPort by number, or, where none is written, the port itself with an empty range. */
  readonly targets: readonly PortSite[];
  readonly targetNames: readonly string[];
}

/** @throws {CompanionError} where it is not YAML (a Helm template, say). */
export function readKubernetes(path: string, text: string): KubernetesFile {
  const file = new YamlFile(path, text);
  const workloads: KubernetesWorkload[] = [];
  const services: KubernetesService[] = [];
  const policies: KubernetesPolicy[] = [];
  const configMaps: KubernetesConfigMap[] = [];
  for (const object of file.documents.flatMap((document) => objectsOf(file, document))) {
    const kind = file.string(object, "kind");
    const steps = kind === null ? undefined : POD_PLACES[kind];
    if (kind === "Service" && isKnative(file, object)) {
      const pod = file.get(object, "spec", "template");
      const spec = file.get(pod, "spec");
      if (spec) workloads.push(readWorkload(file, "Knative Service", object, pod!, spec));
    } else if (kind === "Service") services.push(readService(file, object));
    else if (kind === "NetworkPolicy") policies.push(readPolicy(file, object));
    else if (kind === "ConfigMap") configMaps.push(readConfigMap(file, object));
    else if (kind !== null && steps) {
      const pod = steps.length === 0 ? object : file.get(object, ...steps);
      const spec = file.get(pod, "spec");
      if (spec) workloads.push(readWorkload(file, kind, object, pod!, spec));
    }
  }
  return { path, workloads, services, policies, configMaps };
}

function environmentFrom(file: YamlFile, node: YamlNode): KubernetesContainer["environmentFrom"] {
  const whole = file.items(file.get(node, "envFrom")).flatMap((source) => {
    const configMap = file.string(source, "configMapRef", "name");
    return configMap === null ? [] : [{ configMap, prefix: file.string(source, "prefix") ?? "", one: null }];
  });
  const single = file.items(file.get(node, "env")).flatMap((variable) => {
    const reference = file.get(variable, "valueFrom", "configMapKeyRef");
    const configMap = file.string(reference, "name");
    const key = file.string(reference, "key");
    const name = file.string(variable, "name");
    return configMap === null || key === null || name === null
      ? []
      : [{ configMap, prefix: "", one: { key, name } }];
  });
  return [...whole, ...single];
}

/** Which of the services send to this workload. */
export function servicesOf(file: KubernetesFile, workload: KubernetesWorkload): KubernetesService[] {
  return file.services.filter(
    ({ selector }) =>
      selector.size > 0 && [...selector].every(([key, value]) => workload.labels.get(key) === value),
  );
}

/** A cheap look before reading: does a file claim to hold Kubernetes objects that are of interest here? */
export function looksLikeKubernetes(text: string): boolean {
  // Descriptions of APIs are JSON, too, and large: an object names its own in its first lines.
  const claim = text.trimStart().startsWith("{") ? text.slice(0, 2000) : text;
  return /^\s*(?:- |\{\s*)?"?apiVersion"?\s*:/m.test(claim) && KIND.test(text);
}

/** A workload of its own, which has a Service's kind. */
function isKnative(file: YamlFile, object: YamlNode): boolean {
  return file.string(object, "apiVersion")?.startsWith("serving.knative.dev/") ?? false;
}

function objectsOf(file: YamlFile, document: YamlNode): YamlNode[] {
  return file.string(document, "kind") === "List" ? [...file.items(file.get(document, "items"))] : [document];
}

function readWorkload(
  file: YamlFile,
  kind: string,
  object: YamlNode,
  pod: YamlNode,
  spec: YamlNode,
): KubernetesWorkload {
  const volumes = new Map<string, Volume>();
  for (const volume of file.items(file.get(spec, "volumes"))) {
    const type = [...file.entries(volume).keys()].find((key) => key !== "name");
    const name = file.string(volume, "name");
    if (name === null || type === undefined) continue;
    const hostPath = file.string(volume, "hostPath", "path");
    volumes.set(name, { type, configMap: file.string(volume, "configMap", "name"), hostPath });
  }
  const containers = (field: string, init: boolean): KubernetesContainer[] =>
    file.items(file.get(spec, field)).map((container) => readContainer(file, container, init, volumes));
  return {
    kind,
    name: file.string(object, "metadata", "name"),
    line: file.lineOf(object),
    labels: stringsOf(file, file.get(pod, "metadata", "labels")),
    containers: [...containers("initContainers", true), ...containers("containers", false)],
    hostNetwork: file.string(spec, "hostNetwork") === "true",
    securityContext: readSecurity(file, file.get(spec, "securityContext")),
    spec: file.source.at(file.spanOf(spec)),
  };
}

function readContainer(
  file: YamlFile,
  node: YamlNode,
  init: boolean,
  volumes: ReadonlyMap<string, Volume>,
): KubernetesContainer {
  const ports: PortSite[] = [];
  const portNames = new Map<string, number>();
  for (const entry of file.items(file.get(node, "ports"))) {
    const protocol = file.string(entry, "protocol")?.toUpperCase() === "UDP" ? "udp" : "tcp";
    const site = portSite(file, file.get(entry, "containerPort"), "listen", "containerPort", protocol);
    if (!site) continue;
    ports.push(site);
    const name = file.string(entry, "name");
    if (name !== null) portNames.set(name, site.port);
  }
  for (const [place, probe] of probesOf(file, node)) {
    for (const how of ["httpGet", "tcpSocket", "grpc"]) {
      const site = portSite(file, file.get(probe, how, "port"), "reach", `${place} ${how}`, "tcp");
      if (site) ports.push(site);
    }
    for (const word of file.items(file.get(probe, "exec", "command"))) {
      ports.push(...loopbackSites(file, file.scalar(word), `${place} exec`));
    }
  }
  return {
    name: file.string(node, "name"),
    init,
    image: file.string(node, "image"),
    ...file.source.at(file.spanOf(node)),
    ports,
    portNames,
    securityContext: readSecurity(file, file.get(node, "securityContext")),
    mounts: file.items(file.get(node, "volumeMounts")).flatMap((mount): KubernetesMount[] => {
      const path = file.string(mount, "mountPath");
      if (path === null) return [];
      const volume = volumes.get(file.string(mount, "name") ?? "");
      const readOnly = file.string(mount, "readOnly") === "true";
      const { type = null, configMap = null, hostPath = null } = volume ?? {};
      return [
        {
          path,
          readOnly,
          volume: type,
          configMap,
          hostPath,
          subPath: file.string(mount, "subPath"),
          line: file.lineOf(mount),
        },
      ];
    }),
    environmentFrom: environmentFrom(file, node),
    environment: file.items(file.get(node, "env")).flatMap((variable) => {
      const name = file.string(variable, "name");
      const value = file.scalar(file.get(variable, "value"));
      return name === null || !value
        ? []
        : [{ name, value: value.value, line: value.line, ...(value.span ?? value.range) }];
    }),
  };
}

function probesOf(file: YamlFile, container: YamlNode): [string, YamlNode | null][] {
  return [
    ...["livenessProbe", "readinessProbe", "startupProbe"].map((name): [string, YamlNode | null] => [
      name,
      file.get(container, name),
    ]),
    ...["preStop", "postStart"].map((name): [string, YamlNode | null] => [
      name,
      file.get(container, "lifecycle", name),
    ]),
  ];
}

function loopbackSites(file: YamlFile, scalar: YamlScalar | null, says: string): PortSite[] {
  if (!scalar?.span) return [];
  const { start } = scalar.span;
  return authorities(scalar.value).flatMap((found) => {
    if (found.port === null || !isLoopback(found.host)) return [];
    const implied = found.written ? {} : { implied: { before: ":", after: "" } };
    const span = { start: start + found.start, end: start + found.end };
    const about = { role: "reach", kind: "kubernetes", says, host: found.host, ...implied } as const;
    return [file.source.site(span, found.port, about)];
  });
}

function portSite(
  file: YamlFile,
  node: YamlNode | null,
  role: PortSite["role"],
  says: string,
  protocol: PortSite["protocol"],
): PortSite | null {
  const scalar = file.scalar(node);
  const port = scalar && portNumber(scalar.value);
  if (!port || !scalar.span) return null;
  return file.source.site(scalar.span, port, {
    role,
    kind: "kubernetes",
    says: `${says}: ${port}`,
    protocol,
  });
}

function readSecurity(file: YamlFile, node: YamlNode | null): KubernetesSecurity | null {
  if (!node) return null;
  const number = (key: string): number | null => {
    const written = file.string(node, key);
    return written !== null && /^\d+$/.test(written) ? Number(written) : null;
  };
  const nonRoot = file.string(node, "runAsNonRoot");
  return {
    ...file.source.at(file.spanOf(node)),
    runAsUser: number("runAsUser"),
    runAsNonRoot: nonRoot === null ? null : nonRoot === "true",
    fsGroup: number("fsGroup"),
    privileged: file.string(node, "privileged") === "true",
    capabilitiesAdd: file
      .items(file.get(node, "capabilities", "add"))
      .flatMap((item) => file.scalar(item)?.value ?? []),
  };
}

function readService(file: YamlFile, object: YamlNode): KubernetesService {
  const spec = file.get(object, "spec");
  const targets: PortSite[] = [];
  const targetNames: string[] = [];
  for (const entry of file.items(file.get(spec, "ports"))) {
    const protocol = file.string(entry, "protocol")?.toUpperCase() === "UDP" ? "udp" : "tcp";
    const target = file.get(entry, "targetPort");
    const written = portSite(file, target, "reach", "targetPort", protocol);
    if (written) targets.push(written);
    else if (target) targetNames.push(file.scalar(target)?.value ?? "");
    else {
      const implied = impliedTarget(file, entry, protocol);
      if (implied) targets.push(implied);
    }
  }
  return {
    name: file.string(object, "metadata", "name"),
    line: file.lineOf(object),
    selector: stringsOf(file, file.get(spec, "selector")),
    targets,
    targetNames,
  };
}

/** `port: 80` alone sends to 80: another target has to be written behind it. */
function impliedTarget(file: YamlFile, entry: YamlNode, protocol: PortSite["protocol"]): PortSite | null {
  const scalar = file.scalar(file.get(entry, "port"));
  const key = file.entries(entry).get("port")?.key;
  const port = scalar && portNumber(scalar.value);
  if (!port || !key?.range) return null;
  const { text } = file.source;
  const lineStart = text.lastIndexOf("\n", key.range[0]) + 1;
  const lead = text.slice(lineStart, key.range[0]);
  const flow = /[{,]/.test(lead) || text[file.spanOf(entry).start] === "{";
  const before = flow ? ", targetPort: " : `\n${lead.replace(/\S/g, " ")}targetPort: `;
  const place = { start: scalar.range.end, end: scalar.range.end };
  const about = { role: "reach", kind: "kubernetes", says: `port: ${port}`, protocol } as const;
  return file.source.site(place, port, { ...about, implied: { before, after: "" } });
}

function stringsOf(file: YamlFile, node: YamlNode | null): Map<string, string> {
  const strings = new Map<string, string>();
  for (const [key, { value }] of file.entries(node)) {
    const scalar = file.scalar(value);
    if (scalar) strings.set(key, scalar.value);
  }
  return strings;
}

interface Volume {
  readonly type: string;
  readonly configMap: string | null;
  readonly hostPath: string | null;
}

const KIND =
  /[\s{,]"?kind"?\s*:\s*["']?(?:Pod|Deployment|DeploymentConfig|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|Rollout|Service|NetworkPolicy|ConfigMap|List)\b/;

/** Where the pod stands in each kind of object. */
const POD_PLACES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  Rollout: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  // Source: https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/workloads_apis/deploymentconfig-apps-openshift-io-v1
  DeploymentConfig: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};
