import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { keptProfiles } from "../../companions/index.ts";
import { diskTree } from "../../file-tree/disk.ts";
import { KEPT_FOLDER, ProfileError, type Profile } from "../../images/index.ts";
import { CliError } from "./errors.ts";

/** The profiles in the nearest `.deroot/images` at or above `start`, up to the repository's root. */
export async function keptAbove(start: string): Promise<readonly Profile[]> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, KEPT_FOLDER))) return keptIn(folder);
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return [];
  }
}

async function keptIn(folder: string): Promise<readonly Profile[]> {
  try {
    return await keptProfiles(diskTree(folder, { scope: [KEPT_FOLDER] }));
  } catch (error) {
    if (error instanceof ProfileError)
      throw new CliError(
        `${join(folder, error.path)}: ${error.message}`,
        "Correct the profile, or remove it.",
      );
    throw error;
  }
}
