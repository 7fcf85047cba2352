/** What is known of the images behind FROM lines, and how to make an account on them. */
export { accountStep, freeId, isFree } from "./accounts.ts";
export type { AccountStep, WantedAccount } from "./accounts.ts";
export { describeBriefly, describeImage } from "./describe.ts";
export type { KeptFile } from "./kept.ts";
export { KEPT_FOLDER, keptPath, keptText, ProfileError, readExtraProfiles } from "./kept.ts";
export { formatReference, parseReference } from "./reference.ts";
export type { ImageReference } from "./reference.ts";
export { resolveImage } from "./resolve.ts";
export type { ResolveOptions } from "./resolve.ts";
export type { Profile } from "./profile.ts";
export type * from "./types.ts";
