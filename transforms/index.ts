import type { Pass } from "../src/rewrite/pass.ts";
import { account } from "./account.ts";
import { compose } from "./compose.ts";
import { copyChown } from "./copy-chown.ts";
import { foldChown } from "./fold-chown.ts";
import { entrypointMode } from "./entrypoint-mode.ts";
import { home } from "./home.ts";
import { kubernetes } from "./kubernetes.ts";
import { ports } from "./ports.ts";
import { rootSteps } from "./root-steps.ts";
import { serverConfig } from "./server-config.ts";
import { startScript } from "./start-script.ts";
import { user } from "./user.ts";
import { writable } from "./writable.ts";

/** The passes in the order they run; insertions at one place keep this order. */
export const passes: readonly Pass[] = [
  account,
  home,
  rootSteps,
  copyChown,
  foldChown,
  entrypointMode,
  startScript,
  serverConfig,
  ports,
  writable,
  user,
  compose,
  kubernetes,
];
