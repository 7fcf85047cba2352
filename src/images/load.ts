/** Loads the knowledge: compiled beside the built program, or from the folders of this one when run from source. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { compileKnowledge, Knowledge, unpackKnowledge } from "./knowledge.ts";
import type { CompiledKnowledge } from "./knowledge.ts";
import type { Profile } from "./profile.ts";
import type { TagData } from "./tag-table.ts";

let loaded: Knowledge | undefined;

export function loadKnowledge(): Knowledge {
  return (loaded ??= new Knowledge(readCompiled() ?? readSources()));
}

function readCompiled(): CompiledKnowledge | null {
  const file = new URL("./images.jsonl", import.meta.url);
  return existsSync(file) ? unpackKnowledge(readFileSync(file, "utf8")) : null;
}

/** Reads `profiles/` and `tags/`; the build writes what this returns to `dist/images.jsonl`. */
export function readSources(folder: URL = new URL("./", import.meta.url)): CompiledKnowledge {
  const profiles = [
    ...readFolder<Profile>(new URL("profiles/", folder)),
    ...readFolder<Profile>(new URL("profiles/distro/", folder)),
  ];
  const tags = readFolder<TagData>(new URL("tags/", folder));
  return compileKnowledge(profiles, Object.fromEntries(tags.map((data) => [data.image, data])));
}

function readFolder<T>(folder: URL): T[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T);
}
