import { posix } from "node:path";
import type { ImageName } from "./image-names.ts";
import { repositoryOf } from "./image-reference.ts";
import type { Node } from "./source/grammar.ts";
import { portNumber, SourceText } from "./source-text.ts";
import type { PortSite } from "./types.ts";

/** What a Tiltfile says; Starlark is read as Python, which it is a part of. */
export interface Tiltfile {
  readonly path: string;
  readonly text: string;
  readonly images: readonly ImageName[];
  /** `k8s_resource('web', port_forwards='8000:80')`: the container's side of each, by the workload's name. */
  readonly forwards: readonly { readonly resource: string; readonly site: PortSite }[];
}

export async function readTiltfile(path: string, text: string): Promise<Tiltfile> {
  // Heavy, so it comes only where there is a Tiltfile.
  const { loadGrammars } = await import("./source/grammar.ts");
  const calls = (await loadGrammars())("python", text)?.find(["call"]) ?? [];
  const source = new SourceText(path, text);
  return {
    path,
    text,
    images: calls.flatMap((call) => imageOf(path, call)),
    forwards: calls.flatMap((call) => forwardsOf(source, call)),
  };
}

/** `docker_build('acme/web', './web', dockerfile='web/Dockerfile.dev')` */
function imageOf(path: string, call: Node): ImageName[] {
  if (!/^docker_build(?:_with_restart)?$/.test(call.field("function")?.text() ?? "")) return [];
  const { positional, named } = argumentsOf(call);
  const image = repositoryOf(named.get("ref") ?? positional[0] ?? "");
  const context = named.get("context") ?? positional[1];
  if (image === null || context == null || named.has("target") || named.has("dockerfile_contents")) return [];
  const folder = posix.dirname(path);
  const written = named.get("dockerfile") ?? positional[3];
  const dockerfile =
    written === undefined ? posix.join(folder, context, "Dockerfile") : posix.join(folder, written ?? "");
  const line = call.range().start.line + 1;
  return [{ image, dockerfile, path, line, says: `Tilt builds ${image} from ${context}` }];
}

/** `8080`, `"8000:80"`, or a list of these; one number alone is both sides. */
function forwardsOf(source: SourceText, call: Node): Tiltfile["forwards"][number][] {
  if (call.field("function")?.text() !== "k8s_resource") return [];
  const { positional, named } = argumentsOf(call);
  const resource = named.get("workload") ?? positional[0];
  if (resource == null) return [];
  return argumentNodes(call, "port_forwards").flatMap((node) => {
    const [, quote = "", host, digits] = /^(["']?)(?:(\d+):)?(\d{1,5})\1$/.exec(node.text()) ?? [];
    const port = digits === undefined ? null : portNumber(digits);
    if (port === null) return [];
    const end = node.range().end.index - quote.length;
    const both = quote === "" ? { before: `"${port}:`, after: '"' } : { before: `${port}:`, after: "" };
    const about = { role: "reach", kind: "tilt", says: `port_forwards=${node.text()}` } as const;
    const span = { start: end - digits!.length, end };
    return [
      { resource, site: source.site(span, port, { ...about, ...(host === undefined && { implied: both }) }) },
    ];
  });
}

/** What is given for a name: the items of a list, or the one value. */
function argumentNodes(call: Node, name: string): Node[] {
  const argument = (call.field("arguments")?.children() ?? []).find(
    (node) => node.kind() === "keyword_argument" && node.field("name")?.text() === name,
  );
  const value = argument?.field("value");
  if (!value) return [];
  return value.kind() === "list" ? value.children().filter((node) => node.isNamed()) : [value];
}

/** Plain strings by place and by name; null where an argument is anything else. */
function argumentsOf(call: Node): { positional: (string | null)[]; named: Map<string, string | null> } {
  const positional: (string | null)[] = [];
  const named = new Map<string, string | null>();
  for (const node of call.field("arguments")?.children() ?? []) {
    if (!node.isNamed() || node.kind() === "comment") continue;
    if (node.kind() === "keyword_argument")
      named.set(node.field("name")?.text() ?? "", literal(node.field("value")));
    else positional.push(literal(node));
  }
  return { positional, named };
}

function literal(node: Node | null): string | null {
  return /^(["'])([^"'\\{}]*)\1$/.exec(node?.kind() === "string" ? node.text() : "")?.[2] ?? null;
}
