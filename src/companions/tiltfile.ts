import { posix } from "node:path";
import type { ImageName } from "./image-names.ts";
import { repositoryOf } from "./image-reference.ts";
import type { Node } from "./source/grammar.ts";

/** `docker_build('acme/web', './web', dockerfile='web/Dockerfile.dev')`; Starlark is read as Python, which it is a part of. */
export async function tiltImages(path: string, text: string): Promise<ImageName[]> {
  // Heavy, so it comes only where there is a Tiltfile.
  const { loadGrammars } = await import("./source/grammar.ts");
  const parsed = (await loadGrammars())("python", text);
  return (parsed?.find(["call"]) ?? []).flatMap((call): ImageName[] => {
    if (!/^docker_build(?:_with_restart)?$/.test(call.field("function")?.text() ?? "")) return [];
    const { positional, named } = argumentsOf(call);
    const image = repositoryOf(named.get("ref") ?? positional[0] ?? "");
    const context = named.get("context") ?? positional[1];
    if (image === null || context == null || named.has("target") || named.has("dockerfile_contents"))
      return [];
    const folder = posix.dirname(path);
    const written = named.get("dockerfile") ?? positional[3];
    const dockerfile =
      written === undefined ? posix.join(folder, context, "Dockerfile") : posix.join(folder, written ?? "");
    const line = call.range().start.line + 1;
    return [{ image, dockerfile, path, line, says: `Tilt builds ${image} from ${context}` }];
  });
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
