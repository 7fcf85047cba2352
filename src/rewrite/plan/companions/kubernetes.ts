import { isInside } from "../../../analysis/index.ts";
import { KubernetesEditor, type Surroundings } from "../../../companions/index.ts";
import type { Change } from "../../types.ts";
import type { Plan } from "../plan.ts";

type Placed = Surroundings["deployment"]["workloads"][number];

/** A securityContext for each pod that is known to run this image. */
export function kubernetesChanges(plan: Plan): Change[] {
  const { account, around } = plan;
  const { uid } = account ?? {};
  if (uid === undefined || uid === null) return [];
  const changes: Change[] = chartChanges(plan, uid, account!.gid ?? uid);
  for (const placed of groups(around.deployment.workloads)) {
    const { path, workload } = placed[0]!;
    // Knative refuses a securityContext of the pod unless its operator allows it.
    if (workload.kind === "Knative Service") continue;
    const containers = placed.map(({ container }) => container);
    const editor = new KubernetesEditor(path, around.texts.get(path)!);
    const mounts = containers.flatMap((container) => container.mounts);
    const result = editor.secure(workload, containers, {
      uid,
      gid: account!.gid ?? uid,
      capabilities: plan.model.base.image?.fileCapabilities ?? [],
      fsGroup: mounts.some((mount) => !mount.readOnly && WRITTEN_VOLUMES.has(mount.volume ?? "")),
      writable: plan.options.harden ? writableDirectories(plan) : null,
    });
    const name = `${workload.kind} ${workload.name ?? ""}`.trim();
    const id = `kubernetes:${path}:${name.replace(" ", "/")}`;
    const same = changes.filter((change) => change.id === id || change.id.startsWith(`${id}:`)).length;
    const manual = "obstacle" in result;
    if (!manual && result.edits.length === 0) continue;
    const others = workload.containers.length - containers.length;
    changes.push({
      // No line numbers: they differ with what was done to the file before.
      id: same === 0 ? id : `${id}:${same + 1}`,
      pass: "kubernetes",
      title: manual ? `${name} keeps its privileges` : `Run ${name} without privileges`,
      reason: manual
        ? `${path}:${result.line}: ${result.obstacle}, which the restricted Pod Security Standard forbids; that has to be decided by hand.`
        : securedReason(path, result.left, others),
      applicability: manual ? "manual" : "likely",
      dependsOn: ["user"],
      evidence: placed.map(({ evidence }) => ({
        source: "companion",
        where: evidence.path,
        line: evidence.line,
        says: evidence.says,
      })),
      edits: manual ? [] : result.edits.map((edit) => ({ path, ...edit })),
      ...(!manual && result.edits.length > 1 && { separable: true }),
    });
  }
  return changes;
}

/** What a chart takes from its values is changed there. */
function chartChanges({ around, model }: Plan, uid: number, gid: number): Change[] {
  return around.deployment.charts.flatMap((chart): Change[] => {
    const { path, text, template, claims: fsGroup } = chart;
    const capabilities = model.base.image?.fileCapabilities ?? [];
    const security = { uid, gid, capabilities, fsGroup, writable: null };
    const edits = new KubernetesEditor(path, text).secureValues(chart, security);
    if (edits === null || edits.length === 0) return [];
    const values = [chart.pod, chart.container].filter((value) => value !== null).join(" and ");
    return [
      {
        id: `kubernetes:${path}:${chart.container}`,
        pass: "kubernetes",
        title: `Run the pods of ${path} without privileges`,
        reason: `The chart takes the security contexts from ${values}. ${securedReason(path, [], 0)}`,
        applicability: "likely",
        dependsOn: ["user"],
        evidence: [
          {
            source: "companion",
            where: template.path,
            line: template.line,
            says: "the chart runs this image",
          },
        ],
        edits: edits.map((edit) => ({ path, ...edit })),
        ...(edits.length > 1 && { separable: true }),
      },
    ];
  });
}

function securedReason(
  path: string,
  left: readonly { readonly says: string; readonly line: number }[],
  others: number,
): string {
  const refuses = "Kubernetes refuses to start it as root";
  const standard = "the restricted Pod Security Standard";
  if (left.length > 0) {
    const places = left.map(({ says, line }) => `${says} (${path}:${line})`).join(", ");
    return `With this ${refuses}. What still keeps the pod from ${standard} has to be decided by hand: ${places}.`;
  }
  const beside =
    others > 0
      ? " The other containers of the pod stay as they are; whether it passes depends on them too."
      : "";
  return `With this the pod passes ${standard}, and ${refuses}.${beside}`;
}

/** By pod; kustomize's patches are merged into the pods they patch, which have it all. */
function groups(workloads: readonly Placed[]): Placed[][] {
  const pods = new Map<string, Placed[]>();
  for (const placed of workloads) {
    if (placed.container.image === null) continue;
    const key = `${placed.path}\0${placed.workload.line}`;
    const list = pods.get(key);
    if (list) list.push(placed);
    else pods.set(key, [placed]);
  }
  return [...pods.values()];
}

/**
 * What the app writes, and where everybody expects to. Null where it writes beside files that the image brings: an
 * empty volume would hide them, so the file system has to stay writable.
 */
function writableDirectories({ handover, model, around }: Plan): string[] | null {
  const covered = new Set(
    around.deployment.workloads.flatMap(({ container }) => container.mounts.map((mount) => mount.path)),
  );
  const written: string[] = [];
  for (const { path, file, evidence } of handover.paths) {
    const directory = file ? path.replace(/\/[^/]*$/, "") : path;
    const filled = model.steps.some(
      ({ copy }) =>
        copy?.destination &&
        (isInside(copy.destination, directory) || (copy.intoDirectory && copy.destination === directory)),
    );
    if (!filled) written.push(directory);
    else if (evidence.some(({ source }) => source === "code" || source === "run")) return null;
  }
  return [...new Set(["/tmp", ...written])].filter((path) => path !== "" && !covered.has(path)).sort();
}

/** Volumes that come with an owner of their own, which fsGroup changes. */
const WRITTEN_VOLUMES = new Set([
  "persistentVolumeClaim",
  "emptyDir",
  "ephemeral",
  "csi",
  "awsElasticBlockStore",
  "gcePersistentDisk",
  "azureDisk",
]);
