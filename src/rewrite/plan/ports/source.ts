import { posix } from "node:path";
import type { ImageModel } from "../../../analysis/index.ts";
import type { SourceListen, Surroundings } from "../../../companions/index.ts";
import { runsStockServer } from "./stock.ts";

/** What the app's source listens on, where that source goes into the image and is what the container runs. */
export function sourceListens(model: ImageModel, around: Surroundings): readonly SourceListen[] {
  // Beneath a web server's own command the source is what was built, with a development server at most.
  if (runsStockServer(model, around)) return [];
  return around.source.listens.filter(
    ({ site }) => site === null || isCopied(model, around.context, site.path),
  );
}

/** Some COPY or ADD of the Dockerfile, in whatever stage, takes the file from the build context. */
function isCopied(model: ImageModel, context: string, path: string): boolean {
  const file = posix.relative(context, path);
  if (file.startsWith("..")) return false;
  return model.dockerfile.instructions.some(
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
