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
export function readExtraProfiles(files: readonly KeptFile[]): Profile[] {
  return files.map(({ path, text }) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new ProfileError(path, `it is no JSON: ${(error as Error).message}`, { cause: error });
    }
    const [problem] = hasForm(value)
      ? checkProfile(value)
      : ['a profile has "id", "match" with "names" or "pattern", and "confidence"'];
    if (problem !== undefined) throw new ProfileError(path, problem);
    return value as Profile;
  });
}

/** The parts that everything else rests on; the JSON Schema beside the profiles says the rest. */
function hasForm(value: unknown): value is Profile {
  const { id, match, confidence, facts = {} } = (value ?? {}) as Partial<Record<string, unknown>>;
  const { names, pattern } = (match ?? {}) as Partial<Record<string, unknown>>;
  const hasNames = Array.isArray(names) && names.every((name) => typeof name === "string");
  return (
    typeof id === "string" &&
    (hasNames || typeof pattern === "string") &&
    (confidence === "source" || confidence === "knowledge") &&
    typeof facts === "object" &&
    facts !== null
  );
}
