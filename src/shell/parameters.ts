import type { ShellScript } from "./types.ts";

/** What `$1`, `$2` … are in the body of each function; null where that is not known. */
export type Parameters = ReadonlyMap<string, readonly (string | null)[]>;

export const NO_PARAMETERS: Parameters = new Map();

/** What all calls of a function give it alike. */
export function parametersOf({ commands, functions }: ShellScript): Parameters {
  const found = new Map<string, (string | null)[]>();
  for (const name of functions) {
    const calls = commands.filter(({ argv }) => argv[0]?.value === name);
    const first = calls[0]?.argv.slice(1).map((word) => word.value) ?? [];
    const alike = first.map((value, index) =>
      calls.every(({ argv }) => argv[index + 1]?.value === value) ? value : null,
    );
    if (alike.some((value) => value !== null)) found.set(name, alike);
  }
  return found;
}
