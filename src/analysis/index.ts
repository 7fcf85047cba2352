export { contextSources, destinationOf, originsOf, type Origin } from "./copies.ts";
export { leafStages } from "./leaf-stages.ts";
export { ImageFiles } from "./image-files.ts";
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
export { filesStartedBy, startCommands, starts, type StartFile } from "./start.ts";
export { isRootUser, userName } from "./users.ts";
