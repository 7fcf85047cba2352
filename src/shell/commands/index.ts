import type { Spec } from "../spec.ts";
import { ACCOUNTS } from "./accounts.ts";
import { BUILTINS } from "./builtins.ts";
import { FILES } from "./files.ts";
import { JAVASCRIPT } from "./javascript.ts";
import { LANGUAGES } from "./languages.ts";
import { PACKAGES } from "./packages.ts";
import { PYTHON } from "./python.ts";
import { SYSTEM } from "./system.ts";
import { TOOLS } from "./tools.ts";

/** Every command that is known, by name. */
export const COMMANDS: ReadonlyMap<string, Spec> = new Map([
  ...BUILTINS,
  ...TOOLS,
  ...FILES,
  ...PACKAGES,
  ...LANGUAGES,
  ...PYTHON,
  ...JAVASCRIPT,
  ...ACCOUNTS,
  ...SYSTEM,
]);
