import { joined, type Plain, type TextEdit, YamlEditor } from "./yaml-edit.ts";
import { isMapping, YamlFile, type YamlNode } from "./yaml.ts";
import { isRootsOwn } from "./capabilities.ts";
import type { KubernetesContainer, KubernetesWorkload } from "./kubernetes.ts";

/** What a pod needs so that it passes the restricted Pod Security Standard, and can write to its volumes. */
export interface PodSecurity {
  readonly uid: number;
  readonly gid: number;
  /** Capabilities without which the image's program does not start. */
  readonly capabilities: readonly string[];
  /** The group of the volumes, where some are written. */
  readonly fsGroup: boolean;
  /** Directories that are written, when the rest of the file system is to be read-only; null leaves it writable. */
  readonly writable: readonly string[] | null;
}

/** Why a pod is left as it is, or what to change. */
export type PodChange =
  | {
      readonly edits: readonly TextEdit[];
      /** What still keeps the pod from the standard, and is not for a securityContext to mend. */
      readonly left: readonly { readonly says: string; readonly line: number }[];
    }
  | { readonly obstacle: string; readonly line: number };

/** Edits of one manifest. Other containers of a pod are not touched, so what is theirs too stays unsaid. */
export class KubernetesEditor {
  private readonly file: YamlFile;
  private readonly edit: YamlEditor;

  constructor(path: string, text: string) {
    this.file = new YamlFile(path, text);
    this.edit = new YamlEditor(this.file);
  }

  secure(
    workload: KubernetesWorkload,
    containers: readonly KubernetesContainer[],
    security: PodSecurity,
  ): PodChange {
    const pod = this.at(workload.spec.start);
    if (!isMapping(pod)) return { obstacle: "the pod is not written out here", line: workload.line };
    const obstacle = this.obstacle(pod, containers);
    if (obstacle) return obstacle;
    const alone = containers.length === workload.containers.length;
    const identity = { runAsNonRoot: true, runAsUser: security.uid, runAsGroup: security.gid };
    // Somebody has chosen another account for the pod: it keeps that, and the group that goes with it.
    const chosen = this.file.string(this.file.get(pod, "securityContext"), "runAsUser");
    const ownIdentity = chosen === null || chosen === "0" ? identity : { runAsNonRoot: true };
    const seccomp = { seccompProfile: { type: "RuntimeDefault" } };
    const group: Record<string, Plain> = security.fsGroup
      ? { fsGroup: security.gid, fsGroupChangePolicy: "OnRootMismatch" }
      : {};
    const edits: TextEdit[] = [];
    const podWide: Record<string, Plain> = {
      ...(alone ? ownIdentity : {}),
      ...group,
      ...(alone ? seccomp : {}),
    };
    const volumes: { name: string; emptyDir: Plain }[] = [];
    const shared = (line: number) => ({ obstacle: "its securityContext is shared through an anchor", line });
    for (const container of containers) {
      const node = this.at(container.start);
      const own = {
        ...(alone ? {} : { ...ownIdentity, ...seccomp }),
        allowPrivilegeEscalation: false,
        ...(security.writable === null ? {} : { readOnlyRootFilesystem: true }),
        capabilities: {
          drop: ["ALL"],
          ...(security.capabilities.length > 0 ? { add: security.capabilities } : {}),
        },
      };
      if (!this.merge(node, own, edits, false)) return shared(container.line);
      if (alone) this.override(node, { ...identity, ...seccomp }, edits);
      if (security.writable !== null) this.mounts(node, container, security.writable, edits, volumes);
    }
    if (!this.merge(pod, podWide, edits, true)) return shared(workload.line);
    if (volumes.length > 0) {
      const list = this.file.get(pod, "volumes");
      const edit = list ? this.edit.appendMaps(list, volumes) : this.edit.add(pod, "volumes", volumes);
      if (edit) edits.push(edit);
    }
    return { edits: joined(edits), left: this.forbidden(pod, containers) };
  }

  /** Values of a chart that become the contexts of a pod and of its one container. */
  secureValues(
    { pod, container }: { readonly pod: string | null; readonly container: string },
    { uid, gid, fsGroup, writable }: PodSecurity,
  ): TextEdit[] | null {
    const identity = { runAsNonRoot: true, runAsUser: uid, runAsGroup: gid };
    const seccomp = { seccompProfile: { type: "RuntimeDefault" } };
    const group: Record<string, Plain> = fsGroup
      ? { fsGroup: gid, fsGroupChangePolicy: "OnRootMismatch" }
      : {};
    const own = {
      ...(pod === null ? { ...identity, ...seccomp } : {}),
      allowPrivilegeEscalation: false,
      ...(writable === null ? {} : { readOnlyRootFilesystem: true }),
      capabilities: { drop: ["ALL"] },
    };
    const edits: TextEdit[] = [];
    const merged = (path: string, wanted: Readonly<Record<string, Plain>>): boolean => {
      const steps = path.split(".");
      const holder = this.file.get(this.file.documents[0], ...steps.slice(0, -1));
      return this.merge(holder, wanted, edits, false, steps.at(-1)!);
    };
    const done =
      (pod === null || merged(pod, { ...identity, ...group, ...seccomp })) && merged(container, own);
    if (pod !== null) {
      const steps = container.split(".");
      const context = this.file.get(this.file.documents[0], ...steps);
      for (const [key, value] of Object.entries({ ...identity, ...seccomp }))
        if (context && this.file.entries(context).has(key)) this.settle(context, key, value, edits);
    }
    return done ? joined(edits) : null;
  }

  /** What the restricted standard forbids and no securityContext can mend. */
  private obstacle(
    pod: YamlNode,
    containers: readonly KubernetesContainer[],
  ): { obstacle: string; line: number } | null {
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
      const entry = this.file.entries(pod).get(key);
      if (this.file.string(pod, key) === "true")
        return {
          obstacle: `${key} shares what is the node's`,
          line: this.file.lineOf(entry!.key as YamlNode),
        };
    }
    for (const { securityContext } of containers) {
      if (securityContext?.privileged)
        return { obstacle: "a container is privileged", line: securityContext.line };
      const added = securityContext?.capabilitiesAdd.find(
        (name) => name !== "NET_BIND_SERVICE" && !isRootsOwn(name),
      );
      if (added) return { obstacle: `a container adds the capability ${added}`, line: securityContext!.line };
    }
    return null;
  }

  /** Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted). */
  private forbidden(
    pod: YamlNode,
    containers: readonly KubernetesContainer[],
  ): { says: string; line: number }[] {
    const found: { says: string; line: number }[] = [];
    const note = (node: YamlNode | null, says: string) => {
      if (node) found.push({ says, line: this.file.lineOf(node) });
    };
    for (const volume of this.file.items(this.file.get(pod, "volumes"))) {
      const type = [...this.file.entries(volume).keys()].find((key) => key !== "name");
      if (type !== undefined && !VOLUME_TYPES.has(type)) note(volume, `a volume of type ${type}`);
    }
    for (const sysctl of this.file.items(this.file.get(pod, "securityContext", "sysctls"))) {
      const name = this.file.string(sysctl, "name") ?? "";
      if (!SAFE_SYSCTLS.has(name)) note(sysctl, `the sysctl ${name}`);
    }
    for (const node of containers.map((container) => this.at(container.start))) {
      for (const port of this.file.items(this.file.get(node, "ports"))) {
        const host = this.file.string(port, "hostPort");
        if (host !== null && host !== "0") note(port, `hostPort ${host}`);
      }
      const mount = this.file.string(node, "securityContext", "procMount");
      if (mount !== null && mount !== "Default") note(node, `procMount ${mount}`);
    }
    return found;
  }

  /** Adds what is missing in `securityContext`, and changes what says otherwise. */
  private merge(
    node: YamlNode | null,
    wanted: Readonly<Record<string, Plain>>,
    edits: TextEdit[],
    first: boolean,
    name = "securityContext",
  ): boolean {
    if (Object.keys(wanted).length === 0) return true;
    const entry = this.file.entries(node).get(name);
    const context = this.file.get(node, name);
    if (entry && entry.value !== context) return false;
    if (!isMapping(context) || context.items.length === 0) {
      const edit = entry
        ? this.edit.fill(node, name, wanted)
        : first
          ? this.edit.addFirst(node, name, wanted)
          : this.edit.add(node, name, wanted);
      if (edit) edits.push(edit);
      return edit !== null;
    }
    // What is there already may be the last thing in the map: additions to it come before additions behind it.
    for (const [key, value] of Object.entries(wanted)) this.settle(context, key, value, edits);
    return true;
  }

  private settle(context: YamlNode, key: string, value: Plain, edits: TextEdit[]): void {
    const present = this.file.entries(context).get(key);
    if (!present) {
      const edit = this.edit.add(context, key, value);
      if (edit) edits.push(edit);
    } else if (key === "capabilities") {
      const held = this.file.get(context, "capabilities");
      const empty = this.file.entries(held).size === 0 ? this.edit.fill(context, key, value) : null;
      if (empty) edits.push(empty);
      else {
        const wanted = addedIn(value);
        if (wanted.length === 0) this.dropAll(held, edits);
        else edits.push(...this.swapped(held, wanted));
      }
    } else if (key === "seccompProfile") {
      const type = this.file.string(context, key, "type");
      const edit =
        type === "Unconfined" ? this.edit.set(this.file.get(context, key), "type", "RuntimeDefault") : null;
      if (edit) edits.push(edit);
    } else if (contradicts(key, this.file.string(context, key))) {
      const edit = this.edit.set(context, key, String(value));
      if (edit) edits.push(edit);
    }
  }

  /** What only helps root goes out of `add`, and `ALL`, which the standard wants in capitals, into `drop`. */
  private dropAll(capabilities: YamlNode | null, edits: TextEdit[]): void {
    const strings = (list: YamlNode | null) =>
      this.file.items(list).flatMap((item) => this.file.scalar(item)?.value ?? []);
    const add = this.file.get(capabilities, "add");
    const useless = strings(add).filter((name) => isRootsOwn(name));
    const drop = this.file.get(capabilities, "drop");
    const written = this.file
      .items(drop)
      .map((item) => this.file.scalar(item))
      .find((scalar) => scalar?.value.toUpperCase() === "ALL");
    const emptied = useless.length > 0 && useless.length === strings(add).length;
    if (written?.span && written.value !== "ALL") edits.push({ ...written.span, text: "ALL" });
    const all = written
      ? null
      : drop
        ? this.edit.append(drop, "ALL")
        : emptied
          ? this.edit.replace(capabilities, "add", "drop", ["ALL"])
          : this.edit.add(capabilities, "drop", ["ALL"]);
    if (all) edits.push(all);
    const gone = emptied
      ? [drop ? this.edit.remove(capabilities, "add") : null]
      : useless.map((name) => this.edit.removeItem(add, name));
    edits.push(...gone.filter((edit) => edit !== null));
  }

  /** `ALL` goes into `drop`, and what the program does not start without into `add`. */
  private swapped(capabilities: YamlNode | null, wanted: readonly string[]): TextEdit[] {
    const edits = Object.entries({ drop: ["ALL"], add: wanted }).flatMap(([key, names]) => {
      const list = this.file.get(capabilities, key);
      const present = this.file.items(list).map((item) => this.file.scalar(item)?.value.toUpperCase());
      const missing = names.filter((name) => !present.includes(name));
      if (missing.length === 0) return [];
      return list
        ? missing.map((name) => this.edit.append(list, name))
        : [this.edit.add(capabilities, key, missing)];
    });
    return edits.filter((edit) => edit !== null);
  }

  /** What a container says about itself wins over the pod: `runAsUser: 0` there has to go. */
  private override(
    container: YamlNode | null,
    podWide: Readonly<Record<string, Plain>>,
    edits: TextEdit[],
  ): void {
    const context = this.file.get(container, "securityContext");
    for (const [key, value] of Object.entries(podWide)) {
      if (!this.file.entries(context).has(key) || !context) continue;
      this.settle(context, key, value, edits);
    }
  }

  /** An emptyDir for each directory that is written and has no volume. */
  private mounts(
    node: YamlNode | null,
    container: KubernetesContainer,
    writable: readonly string[],
    edits: TextEdit[],
    volumes: { name: string; emptyDir: Plain }[],
  ): void {
    const wanted = writable.filter(
      (path) => !container.mounts.some((mount) => path === mount.path || path.startsWith(`${mount.path}/`)),
    );
    if (wanted.length === 0) return;
    const mounts = wanted.map((path) => ({ name: volumeName(path), mountPath: path }));
    const list = this.file.get(node, "volumeMounts");
    const edit = list ? this.edit.appendMaps(list, mounts) : this.edit.add(node, "volumeMounts", mounts);
    if (!edit) return;
    edits.push(edit);
    for (const { name } of mounts)
      if (!volumes.some((volume) => volume.name === name)) volumes.push({ name, emptyDir: {} });
  }

  /** The node that begins at an offset. */
  private at(offset: number): YamlNode | null {
    const waiting: (YamlNode | null)[] = [...this.file.documents];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (!node) continue;
      if (isMapping(node) && this.file.spanOf(node).start === offset) return node;
      if (isMapping(node)) for (const item of node.items) waiting.push(item.value as YamlNode | null);
      else if ("items" in node) waiting.push(...(node.items as YamlNode[]));
    }
    return null;
  }
}

const VOLUME_TYPES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const SAFE_SYSCTLS = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
]);

function addedIn(capabilities: Plain): readonly string[] {
  return (capabilities as { readonly add?: readonly string[] }).add ?? [];
}

function contradicts(key: string, value: string | null): boolean {
  if (key === "runAsNonRoot") return value !== "true";
  if (key === "allowPrivilegeEscalation") return value !== "false";
  if (key === "readOnlyRootFilesystem") return value !== "true";
  // Another account than the image's is somebody's choice; root is what has to go.
  return (key === "runAsUser" || key === "runAsGroup") && value === "0";
}

function volumeName(path: string): string {
  return `writable${path.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}`.replace(/-+$/, "").slice(0, 63);
}
