import { portNumber } from "./source-text.ts";
import type { PortSite, Span } from "./types.ts";
import type { YamlFile, YamlNode } from "./yaml.ts";

/** Which ports of the pods with these labels may be reached. */
export interface KubernetesPolicy {
  readonly selector: ReadonlyMap<string, string>;
  readonly ports: readonly PortSite[];
}

export interface KubernetesConfigMap {
  readonly name: string | null;
  readonly entries: readonly {
    readonly key: string;
    readonly line: number;
    /** As the file writes it, indentation included, where it is a literal block or plain text; else null. */
    readonly text: string | null;
    readonly start: number;
    /** The value, and where it stands letter by letter. */
    readonly value: string | null;
    readonly span: Span | null;
  }[];
}

export function readPolicy(file: YamlFile, object: YamlNode): KubernetesPolicy {
  const spec = file.get(object, "spec");
  const selector = new Map<string, string>();
  for (const [key, { value }] of file.entries(file.get(spec, "podSelector", "matchLabels"))) {
    const scalar = file.scalar(value);
    if (scalar) selector.set(key, scalar.value);
  }
  const ports = file.items(file.get(spec, "ingress")).flatMap((rule) =>
    file.items(file.get(rule, "ports")).flatMap((entry): PortSite[] => {
      const scalar = file.scalar(file.get(entry, "port"));
      const port = scalar && portNumber(scalar.value);
      if (!port || !scalar.span) return [];
      const protocol = file.string(entry, "protocol")?.toUpperCase() === "UDP" ? "udp" : "tcp";
      const says = `NetworkPolicy port: ${port}`;
      return [file.source.site(scalar.span, port, { role: "reach", kind: "kubernetes", says, protocol })];
    }),
  );
  return { selector, ports };
}

export function readConfigMap(file: YamlFile, object: YamlNode): KubernetesConfigMap {
  const { text } = file.source;
  const entries = [...file.entries(file.get(object, "data"))].map(([key, { value }]) => {
    const node = file.follow(value);
    const scalar = file.scalar(node);
    const range = node ? file.spanOf(node) : { start: 0, end: 0 };
    const head = /^\|[-+\d]*[^\n]*\n/.exec(text.slice(range.start, range.end))?.[0];
    const start = range.start + (head?.length ?? 0);
    return {
      key,
      line: file.source.lineAt(range.start),
      text: head === undefined ? null : text.slice(start, range.end),
      start,
      value: scalar?.value ?? null,
      span: scalar?.span ?? null,
    };
  });
  return { name: file.string(object, "metadata", "name"), entries };
}
