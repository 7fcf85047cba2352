import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { systemMessage } from "../file-tree/disk.ts";
import { checkOptions, OptionError, type Config } from "./options.ts";
import { ConfigError } from "./error.ts";
import { importFile } from "./module.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** Null where there is no configuration. */
  readonly file: string | null;
  /** What was found and not used, and why. */
  readonly ignored: readonly { readonly file: string; readonly message: string }[];
}

const DATA = ["json", "yaml", "yml"].map((extension) => `deroot.config.${extension}`);
const CODE = ["js", "mjs", "ts"].map((extension) => `deroot.config.${extension}`);

/** The file that was named. It may be a program. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new ConfigError(file, "no such file", "Check the path after --config.");
  }
  const values = CODE_EXTENSIONS.has(extname(path)) ? await importDefault(path) : await parse(path);
  return { config: withPaths(check(path, values), path), file: path, ignored: [] };
}

/**
 * The nearest `deroot.config.*` at or above `start`, up to the repository's root. Nothing that is merely found
 * is ever run, because the repository may be somebody else's: programs, and data that names programs, are told
 * about and left alone.
 */
export async function findConfig(start: string): Promise<LoadedConfig> {
  const ignored: { file: string; message: string }[] = [];
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    for (const name of CODE.filter((each) => existsSync(join(folder, each)))) {
      const file = join(folder, name);
      ignored.push({
        file,
        message: `it is a program, and deroot runs none that it merely finds; if you trust it: --config ${file}`,
      });
    }
    const name = DATA.find((each) => existsSync(join(folder, each)));
    if (name !== undefined) {
      const file = join(folder, name);
      const { transform, ...config } = check(file, await parse(file));
      if (transform !== undefined) {
        ignored.push({
          file,
          message: `"transform" names programs, and deroot runs none that it merely finds; if you trust it: --config ${file}`,
        });
      }
      return { config, file, ignored };
    }
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder)
      return { config: {}, file: null, ignored };
  }
}

const CODE_EXTENSIONS = new Set([".js", ".mjs", ".cjs", ".ts", ".mts"]);

async function importDefault(file: string): Promise<unknown> {
  const { default: value } = await importFile(file);
  if (value === undefined) {
    throw new ConfigError(
      file,
      "it has no default export",
      "Export the options: export default { uid: 10001 };",
    );
  }
  return value;
}

async function parse(file: string): Promise<unknown> {
  const text = read(file);
  const isJson = extname(file) === ".json";
  try {
    if (isJson) return JSON.parse(text.replace(/^\ufeff/, ""));
    const { parse: parseYaml } = await import("yaml");
    return parseYaml(text) ?? {};
  } catch (error) {
    const message = (error as Error).message.split("\n")[0];
    throw new ConfigError(
      file,
      `it is not valid ${isJson ? "JSON" : "YAML"}: ${message}`,
      "Correct the file.",
      {
        cause: error,
      },
    );
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(file, systemMessage(error), "Check the file and its permissions.", {
      cause: error,
    });
  }
}

function check(file: string, values: unknown): Config {
  try {
    return checkOptions(values);
  } catch (error) {
    if (error instanceof OptionError) throw new ConfigError(file, error.message, error.hint);
    throw error;
  }
}

function withPaths(config: Config, file: string): Config {
  if (config.transform === undefined) return config;
  return { ...config, transform: config.transform.map((path) => resolve(dirname(file), path)) };
}
