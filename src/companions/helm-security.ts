import type { HelmChart, HelmContainer } from "./helm.ts";
import { scalarsOf } from "./helm-template.ts";
import type { YamlNode } from "./yaml.ts";

/** Where a chart's values hold the security contexts of pods that run nothing but containers of ours. */
export interface ChartSecurity {
  /** values.yaml. */
  readonly path: string;
  readonly text: string;
  /** Keys below the values' root; null where no value is put there as it is. */
  readonly pod: string | null;
  readonly container: string;
  /** Line of the image in the template, which says whose container it is. */
  readonly template: { readonly path: string; readonly line: number };
  /** The pod has volumes that come with an owner of their own. */
  readonly claims: boolean;
}

/** Values of security contexts that are put out nowhere else. */
export function chartSecurity(chart: HelmChart, containers: readonly HelmContainer[]): ChartSecurity[] {
  const values = chart.values.find(({ source }) => /(?:^|\/)values\.ya?ml$/.test(source.path));
  const found = new Map<string, ChartSecurity>();
  for (const { template, pod, container, others } of containers) {
    const path = contextValue(template, container);
    if (!values || path === null || others > 0) continue;
    const podPath = contextValue(template, pod);
    const paths = [path, ...(podPath === null ? [] : [podPath])];
    const held = paths.every((one) => values.get(values.documents[0], ...one.split(".")) !== null);
    const sure = paths.every((one) => !chart.unclear.has(one) && usedOnce(chart, one, containers.length));
    if (!held || !sure || path === podPath) continue;
    const claims = [...scalarsOf(template.file, template.file.get(pod, "volumes"))].some(({ keys }) =>
      keys.some((key) => /^(?:persistentVolumeClaim|emptyDir|ephemeral|csi)$/.test(key)),
    );
    const line = template.file.lineOf(template.file.get(container, "image") ?? container);
    const where = { path: template.file.source.path, line };
    const { path: file, text } = values.source;
    found.set(path, { path: file, text, pod: podPath, container: path, template: where, claims });
  }
  return [...found.values()];
}

/** `securityContext: {{ toYaml .Values.x }}`, with nothing beside it. */
function contextValue({ file, holesIn }: HelmContainer["template"], node: YamlNode): string | null {
  const keys = [...file.entries(file.get(node, "securityContext")).keys()];
  const [hole, ...more] = holesIn(keys.join(" "));
  return keys.length === 1 && more.length === 0 ? (hole?.value ?? null) : null;
}

function usedOnce(chart: HelmChart, path: string, most: number): boolean {
  const uses = chart.templates.flatMap(({ file, holesIn }) =>
    file.documents.flatMap((document) =>
      [...scalarsOf(file, document)].filter(({ value }) =>
        holesIn(value).some((hole) => hole.values.includes(path)),
      ),
    ),
  );
  return uses.length <= most;
}
