import type { Spec } from "../spec.ts";

/** What rows of many languages have in common. */
export const script: Spec = { root: "unknown", why: "runs a script", operands: "read", count: 1 };
export const everyone = { root: "yes", why: "installs packages for all users" } as const;
export const looks: Spec = {};

/** Builds and installs below the working directory, with a cache in the home. */
export function local(...writes: readonly string[]): Spec {
  return { writes: [".", ...writes] };
}

/** Only fills a cache in the home. */
export function cached(...writes: readonly string[]): Spec {
  return { writes };
}
