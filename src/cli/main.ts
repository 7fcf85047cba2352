#!/usr/bin/env node
// The version needs nothing loaded, and half of all starts by machines ask for nothing else.
declare const DEROOT_VERSION: string;

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${DEROOT_VERSION}\n`);
} else {
  keepCompiledCode();
  const { run } = await import("./run.ts");
  process.exitCode = await run(args);
}

/** Where Node can (22.1), later starts skip compiling. */
function keepCompiledCode(): void {
  const module = process.getBuiltinModule?.("node:module") as { enableCompileCache?: () => void } | undefined;
  module?.enableCompileCache?.();
}
