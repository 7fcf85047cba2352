import { posix } from "node:path";
import type { Dockerfile } from "../dockerfile/index.ts";

/** Some COPY or ADD of the Dockerfile, in whatever stage, takes the file from the build context. */
export function isCopied(dockerfile: Dockerfile, context: string, path: string): boolean {
  const file = posix.relative(context, path);
  if (file.startsWith("..")) return false;
  return dockerfile.instructions.some(
    (instruction) =>
      (instruction.keyword === "COPY" || instruction.keyword === "ADD") &&
      !instruction.flags.some((flag) => flag.name === "from") &&
      (instruction.json ?? instruction.words).slice(0, -1).some((word) => takes(word.value, file)),
  );
}

function takes(source: string, file: string): boolean {
  const clean = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
  // A variable or a wildcard may stand for any name; what is before it still has to fit.
  const open = clean.search(/[*?[$]/);
  if (open >= 0) return file.startsWith(clean.slice(0, open));
  return clean === "." || clean === "" || clean === file || file.startsWith(`${clean}/`);
}
