/** What the files around a Dockerfile say. The parsers for source code are heavy and come when they are asked for. */
import type { readSource as ReadSource } from "./source/index.ts";

export * from "./types.ts";
export { CompanionError } from "./errors.ts";
export { dockerfileUses, isContainerAction, isDevContainer, type DockerfileUse } from "./action.ts";
export { findCompose, isComposePath, readCompose } from "./compose.ts";
export { dockerignoreCandidates, readDockerignore } from "./dockerignore.ts";
export * from "./kubernetes.ts";
export { readServerConfig } from "./server-config.ts";
export { composeServices, type PlacedService } from "./compose-index.ts";
export { gather, type CopiedConfig, type StartScript, type Surroundings } from "./gather.ts";

export const readSource: typeof ReadSource = async (...args) =>
  (await import("./source/index.ts")).readSource(...args);
export { RUN_EVIDENCE_PATH, readRunEvidence, type DockerfileRuns } from "./run-evidence.ts";
