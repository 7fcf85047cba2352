export { accessTo, type Access, type Allowed, type Subject } from "./access.ts";
export { bitsOf, type Mode } from "./mode.ts";
export type { KnownAccount, Owner } from "./owners.ts";
export type { Facts, Maker } from "./tree.ts";
export type { Builder, Foreign } from "./ground.ts";
