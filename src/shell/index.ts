/** Shell bodies: what commands a script runs, and what each of them needs and touches. */
export { parseExec } from "./exec.ts";
export { parseShell, type ParseOptions } from "./parse.ts";
export { unwrap, type Unwrapped } from "./unwrap.ts";
export { effectsOf, type EffectsContext } from "./effects.ts";
export { ROOT_DAEMONS } from "./commands/daemons.ts";
export type * from "./types.ts";
