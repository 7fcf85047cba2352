export { ForgeDouble, type DoubleOptions } from "./double.ts";
export type { Call } from "./http/calls.ts";
export type { Fault, FaultRule } from "./http/faults.ts";
export { DOCUMENTED_LIMITS, type LimitOptions } from "./github/limits.ts";
export type { NewRepository } from "./world/world.ts";
export type { Account, PullRequest, Repository } from "./world/model.ts";
