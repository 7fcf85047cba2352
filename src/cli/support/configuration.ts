import { ConfigError } from "../../config/error.ts";
import { findConfig, loadConfig, type LoadedConfig } from "../../config/load.ts";
import { CliError } from "./errors.ts";

/** The configuration that was named, or else the nearest one at or above `start`. */
export async function configuration(file: string | undefined, start: string): Promise<LoadedConfig> {
  return told(() => (file === undefined ? findConfig(start) : loadConfig(file)));
}

/** Tells what is wrong with a configuration the way the command line does. */
export async function told<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(`${error.file}: ${error.message}`, error.hint);
    throw error;
  }
}
