import type { FileTree } from "../file-tree.ts";
import type { RewriteOptions, RewriteResult } from "../rewrite/types.ts";
import type { BuildOptions } from "./build.ts";
import type { Probe } from "./probe-syntax.ts";
import type { SideService } from "./settings.ts";
import type { Progress } from "./types.ts";

export interface VerifyOptions {
  readonly rewrite?: RewriteOptions;
  readonly build?: BuildOptions;
  readonly run?: RunOptions;
  readonly probes?: readonly Probe[];
  /** How long a container may take to come up, in milliseconds. */
  readonly patience?: number;
  readonly keep?: boolean;
  /** Tell what the legacy image did as root. */
  readonly learn?: boolean;
  /** With `learn`: find out, too, which capabilities it needs as root, which takes some runs more. */
  readonly capabilities?: boolean;
  readonly onProgress?: Progress;
  /** What rewrites; deroot's own by default. */
  readonly rewriter?: (tree: FileTree, path: string, options: RewriteOptions) => Promise<RewriteResult>;
}

export interface RunOptions {
  readonly env?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly mounts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly sides?: readonly SideService[];
}
