export { decodeDockerfile } from "./decode.ts";
export { sourceRange } from "./logical.ts";
export { readDockerfile } from "./read.ts";
export * from "./types.ts";
export { type EnvPair, envPairs, expand, type Expanded } from "./variables.ts";
