import type { Dockerfile } from "../dockerfile/index.ts";
import type { Builder } from "./files/ground.ts";

/** What only BuildKit understands tells that it is the builder; nothing tells that it is a classic one. */
export function builderOf(dockerfile: Dockerfile): Builder {
  const modern =
    dockerfile.directives.some((directive) => directive.name === "syntax") ||
    dockerfile.instructions.some(
      (i) =>
        i.heredocs.length > 0 ||
        i.flags.some((f) => f.name === "mount" || f.name === "link" || f.name === "chmod"),
    );
  return modern ? "buildkit" : "any";
}
