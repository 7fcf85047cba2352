import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The pages of the passes and those of `docs/`, by topic; both folders lie beside `dist/`. */
export function pages(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of ["../docs/", "../transforms/"]) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    if (!existsSync(root)) continue;
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".md")) found.set(basename(file, ".md").toLowerCase(), join(root, file));
    }
  }
  return found;
}
