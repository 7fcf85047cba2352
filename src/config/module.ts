import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "./error.ts";

/** Runs a program that the user has named, and returns what it exports. */
export async function importFile(file: string): Promise<Record<string, unknown>> {
  const isTypeScript = [".ts", ".mts"].includes(extname(file));
  if (isTypeScript && !stripsTypes()) {
    const hint = `Use Node 22.18 or newer (this is ${process.version}), or write it in JavaScript.`;
    throw new ConfigError(file, "this Node cannot run TypeScript", hint);
  }
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      file,
      `it cannot be loaded: ${message}`,
      "Correct the file; node runs it as a module.",
      {
        cause: error,
      },
    );
  }
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
