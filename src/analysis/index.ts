export { contextSources, destinationOf, originsOf, type Origin } from "./copies.ts";
export { leafStages } from "./leaf-stages.ts";
export { builderOf } from "./builder.ts";
export { ImageFiles, type ContextFile, type FilesOptions, type Reach } from "./image-files.ts";
export {
  accessTo,
  bitsOf,
  type Allowed,
  type Builder,
  type Facts,
  type Foreign,
  type KnownAccount,
  type Subject,
} from "./files/index.ts";
export {
  modelImage,
  parentStage,
  type Base,
  type Copy,
  type EnvValue,
  type Exposed,
  type FinalState,
  type ImageModel,
  type Start,
  type Step,
} from "./model.ts";
export { absolute, isInside, isSystemDirectory, isSystemPath } from "./paths.ts";
export { filesStartedBy, startCommands, starts, startsNothing, type StartFile } from "./start.ts";
export { isRootUser, userName } from "./users.ts";
