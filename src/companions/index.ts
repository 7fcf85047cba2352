/** What the files around a Dockerfile say. The parsers for source code are heavy and come when they are asked for. */
import type { readSource as ReadSource } from "./source/index.ts";

export * from "./types.ts";
export { CompanionError } from "./errors.ts";
export { dockerfileUses, isContainerAction, isDevContainer, type DockerfileUse } from "./action.ts";
export { findCompose, isComposePath, readCompose } from "./compose.ts";
export { dockerignoreCandidates, readDockerignore } from "./dockerignore.ts";
export * from "./kubernetes.ts";
export { placeKey } from "./running-services.ts";
export { readServerConfig } from "./server-config.ts";
export { type BuiltOn, dockerfilesOf, readKnownDockerfile } from "./dockerfiles.ts";
export { buildContext } from "./build-context.ts";
export { isReleaseTag } from "./image-reference.ts";
export { isRootsOwn } from "./capabilities.ts";
export { composeServices, type PlacedService } from "./compose-index.ts";
export type { EnvFile } from "./env-files.ts";
export { type Deployment, type PortPlace } from "./deployment.ts";
export type { ImageName } from "./image-names.ts";
export { healthcheckCommands, loopbackSites, type LoopbackSite } from "./loopback.ts";
export { isCopied } from "./is-copied.ts";
export { keptProfiles } from "./kept-images.ts";
export type { PlacedWorkload } from "./manifests.ts";
export type { CopiedConfig } from "./copied-configs.ts";
export { gather, type StartScript, type Surroundings } from "./gather.ts";

export const readSource: typeof ReadSource = async (...args) =>
  (await import("./source/index.ts")).readSource(...args);
export { RUN_EVIDENCE_PATH, readRunEvidence, type DockerfileRuns } from "./run-evidence.ts";
export { ComposeEditor } from "./compose-edit.ts";
export { KubernetesEditor, type PodSecurity } from "./kubernetes-edit.ts";
