/** Profiles that a repository keeps for itself: `.deroot/images/*.json`. */
import { checkProfile, INSPECTED } from "./check-profile.ts";
import type { Profile } from "./profile.ts";

export const KEPT_FOLDER = ".deroot/images";

export interface KeptFile {
  readonly path: string;
  readonly text: string;
}

export class ProfileError extends Error {
  override readonly name = "ProfileError";
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** `.deroot/images/registry.corp.example-team-base-1.json`. */
export function keptPath(profile: Profile): string {
  return `${KEPT_FOLDER}/${profile.id.replace(INSPECTED, "").replace(/[^\w.-]+/g, "-")}.json`;
}

export function keptText(profile: Profile): string {
  return `${JSON.stringify(profile, null, 2)}\n`;
}

/**
 * For `resolveImage`'s option `extra`.
 * @throws {ProfileError} for the first file that is no sound profile.
 */
export async function readExtraProfiles(files: readonly KeptFile[]): Promise<Profile[]> {
  if (files.length === 0) return [];
  const { formProblem } = await import("./kept-form.ts");
  return files.map(({ path, text }) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new ProfileError(path, `it is no JSON: ${(error as Error).message}`, { cause: error });
    }
    const problem = formProblem(value) ?? checkProfile(value as Profile)[0];
    if (problem !== undefined) throw new ProfileError(path, problem);
    return value as Profile;
  });
}
