import { gather } from "../companions/index.ts";
import { modelImage } from "../analysis/index.ts";
import { decodeDockerfile, readDockerfile } from "../dockerfile/index.ts";
import type { FileTree } from "../file-tree.ts";
import { overlay } from "../file-tree/overlay.ts";
import { knownImages } from "../rewrite/index.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import type { BuildOptions } from "./build.ts";
import {
  composeSettings,
  NO_SETTINGS,
  type RunSettings,
  type ServiceSettings,
  type SideService,
} from "./settings.ts";
import type { VerifyOptions } from "./options.ts";

/** How the images of one Dockerfile are built and started, before and after. */
export interface Plan {
  /** Folder of the build context, relative to the tree's root. */
  readonly context: string;
  readonly build: BuildOptions;
  readonly before: ServiceSettings;
  readonly after: ServiceSettings;
  /** Where a port of the legacy image is found in the rewritten one. */
  readonly mapped: (port: number) => number;
  /** What the file of the base's program asks for: without it the kernel does not start it. */
  readonly fileCapabilities: readonly string[];
  /** Images that the Dockerfile starts from: one of them may have a shell. */
  readonly bases: readonly string[];
}

export async function planRun(
  tree: FileTree,
  root: string,
  result: RewriteResult,
  options: VerifyOptions,
): Promise<Plan> {
  const { dockerfile } = result;
  const target = options.build?.target ?? options.rewrite?.target;
  const read = readDockerfile(decodeDockerfile(await tree.read(dockerfile)));
  const model = modelImage(read, { target, images: await knownImages(tree, options.rewrite) });
  const around = await gather(tree, dockerfile, model);
  const declared = around.services[0]?.build;
  const ports = new Map(result.ports.map(({ from, to }) => [from, to]));
  const before = withOptions(await composeSettings(tree, root, dockerfile), options);
  const after = withOptions(await composeSettings(overlay(tree, result.files), root, dockerfile), options);
  return {
    context: around.context,
    build: {
      ...options.build,
      target: target ?? declared?.target ?? undefined,
      args: [...composeArguments(declared?.args), ...(options.build?.args ?? [])],
    },
    before,
    after,
    mapped: (port) => ports.get(port) ?? port,
    fileCapabilities: model.base.image?.fileCapabilities ?? [],
    bases: read.stages
      .map((stage) => stage.image.value)
      .filter(
        (name) => !name.includes("$") && !read.stages.some((stage) => stage.name === name.toLowerCase()),
      ),
  };
}

export function composeArguments(args: ReadonlyMap<string, string | null> | undefined): string[] {
  return [...(args ?? [])].map(([name, value]) => (value === null ? name : `${name}=${value}`));
}

/** What the command line says comes on top of what compose says. */
function withOptions({ settings, sides, notes }: ServiceSettings, options: VerifyOptions): ServiceSettings {
  const { env = [], envFiles = [], mounts = [], volumes = [], sides: more = [] } = options.run ?? {};
  const merged: RunSettings = {
    ...NO_SETTINGS,
    ...settings,
    env: [...settings.env, ...env],
    envFiles: [...settings.envFiles, ...envFiles],
    mounts: [...settings.mounts, ...mounts],
    volumes: [...new Set([...settings.volumes, ...volumes])],
  };
  const named = new Set(more.map((side: SideService) => side.name));
  return { settings: merged, sides: [...sides.filter((side) => !named.has(side.name)), ...more], notes };
}
