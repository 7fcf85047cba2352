/** Asking an image itself what it holds, for those that no profile knows. */
export { InspectError } from "./errors.ts";
export type { InspectCode } from "./errors.ts";
export { ENGINES, inspectEngine } from "./engine.ts";
export type { EngineName, EngineOptions } from "./engine.ts";
export { profileFromInspection } from "./profile.ts";
export { inspectRegistry } from "./registry.ts";
export type { RegistryOptions } from "./registry.ts";
export type * from "./types.ts";
