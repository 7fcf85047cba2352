import type { ShellWord } from "./types.ts";

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);
const COMMAND_OPTION = /^-[a-z]*c$/;

/** The script in `sh -c script`, `bash -lc script`, `bash -e -o pipefail -c script`. */
export function shellArgument(words: readonly ShellWord[]): ShellWord | null {
  const name = words[0] === undefined ? null : commandName(words[0]);
  if (name === null || !SHELLS.has(name)) return null;
  for (let index = 1; index < words.length; index += 1) {
    const option = words[index]!.value;
    if (option === null || !/^[-+]/.test(option)) return null;
    if (COMMAND_OPTION.test(option)) return words[index + 1] ?? null;
    if (/^[-+][a-z]*o$/i.test(option)) index += 1;
  }
  return null;
}

export function commandName(word: ShellWord): string | null {
  const { value } = word;
  return value === null ? null : value.slice(value.lastIndexOf("/") + 1);
}

const VERSION = /[-_]?\d[\d.]*$/;

/** The names under which a command may stand in a table: `python3.11`, `python`. */
export function canonicalNames(name: string): readonly string[] {
  const plain = name.replace(VERSION, "");
  return plain === name || plain === "" ? [name] : [name, plain];
}
