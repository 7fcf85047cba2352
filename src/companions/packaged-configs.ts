import { posix } from "node:path";
import { type ImageModel, startCommands } from "../analysis/index.ts";
import { type ShellCommand, unwrap } from "../shell/index.ts";
import type { ContextReader, CopiedConfig } from "./copied-configs.ts";
import { entriesBelow } from "./entries-below.ts";
import { isCopied } from "./is-copied.ts";
import { readServerConfig } from "./server-config.ts";

/**
 * Spring's configuration, and that of its logs, that the build packs into the jar which the image starts. Where a context has several
 * modules, that of the module whose jar is copied.
 * @param scripts what start scripts run.
 */
export async function readPackagedConfigs(
  reader: ContextReader,
  model: ImageModel,
  scripts: readonly ShellCommand[],
  isOthers: (path: string) => boolean,
): Promise<CopiedConfig[]> {
  const commands = [...startCommands(model), ...scripts].flatMap((command) => unwrap(command));
  const java = commands.filter(({ command }) => command.name === "java");
  if (java.length === 0) return [];
  const modules = new Map<string, string[]>();
  const prefix = reader.context === "" ? "" : `${reader.context}/`;
  for (const { path } of entriesBelow(reader.files, reader.context)) {
    const module = RESOURCE.exec(path)?.groups?.module;
    if (module === undefined || isOthers(path) || !isCopied(model.dockerfile, reader.context, path)) continue;
    modules.set(module, [...(modules.get(module) ?? []), path]);
  }
  const configs: CopiedConfig[] = [];
  for (const path of moduleOf(modules, model, prefix)) {
    const text = await reader.text(reader.files.get(path)!, 256 * 1024);
    const config = text === null ? null : readServerConfig(path, text, null);
    if (!config || config.problem) continue;
    const overruled =
      model.final.env.has("SERVER_PORT") ||
      java.some(({ command }) => command.argv.some((word) => word.raw.includes("server.port")));
    const destination = `/BOOT-INF/classes/${posix.basename(path)}`;
    configs.push({ ...config, ...(overruled && { ports: [], open: [] }), destination });
  }
  return configs;
}

/** The one module, or the one whose build folder the jar comes from. */
function moduleOf(modules: ReadonlyMap<string, string[]>, model: ImageModel, prefix: string): string[] {
  if (modules.size <= 1) return [...modules.values()].flat();
  const sources = model.steps.flatMap(
    ({ copy }) => copy?.sources.filter((source) => source.endsWith(".jar")) ?? [],
  );
  const matching = [...modules].filter(([module]) => {
    const name = module.slice(prefix.length).replace(/\/$/, "");
    return name !== "" && sources.some((source) => `/${source}`.includes(`/${name}/`));
  });
  return matching.length === 1 ? matching[0]![1] : [];
}

const RESOURCE =
  /^(?<module>(?:.*\/)?)src\/main\/resources\/(?:(?:config\/)?application(?:-[\w-]+)?\.(?:ya?ml|properties)|(?:logback(?:-spring)?|log4j2?(?:-spring)?)\.(?:xml|properties))$/;
