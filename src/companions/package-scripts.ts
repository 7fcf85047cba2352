import { type ShellCommand, type ShellScript, parseShell } from "../shell/index.ts";
import { CompanionError } from "./errors.ts";
import { YamlFile, type YamlNode } from "./yaml.ts";

/** `npm run preview`: the script's name, and the folder whose package.json has it; null for the working directory. */
export interface PackageRun {
  readonly script: string;
  readonly folder: string | null;
}

/** The scripts of package.json that a command runs: `npm start`, `yarn dev`, `pnpm run preview`. */
export function packageRun(command: ShellCommand): PackageRun | null {
  const manager = MANAGERS.get(command.name ?? "");
  if (!manager) return null;
  let folder: string | null = null;
  const words: string[] = [];
  for (let at = 1; at < command.argv.length && words.length < 2; at++) {
    const { value } = command.argv[at]!;
    if (value === null || value === "--") return words.length > 0 ? run(manager, words, folder) : null;
    const option = /^(?:-C|--prefix|--cwd|--dir)(?:=(.*))?$/.exec(value);
    if (option) folder = option[1] ?? command.argv[++at]?.value ?? null;
    // With a workspace another package.json is meant.
    else if (/^(?:-w|-F|--workspace|--filter)\b/.test(value)) return null;
    else if (!value.startsWith("-")) words.push(value);
  }
  return run(manager, words, folder);
}

function run(manager: Manager, [verb, name]: readonly string[], folder: string | null): PackageRun | null {
  if (verb === undefined) return null;
  if (/^run(?:-script)?$/.test(verb)) return name === undefined ? null : { script: name, folder };
  return manager === "short" || verb === "start" ? { script: verb, folder } : null;
}

/**
 * One script of a package.json as shell. Ranges are offsets into the file; where JSON escapes a character they
 * point at its escape.
 */
export function packageScript(text: string, name: string, cwd: string | null): ShellScript | null {
  let scalar: ReturnType<YamlFile["scalar"]> = null;
  try {
    const file = new YamlFile("package.json", text);
    const node: YamlNode | null = file.get(file.documents[0], "scripts", name);
    scalar = file.scalar(node);
  } catch (error) {
    if (!(error instanceof CompanionError)) throw error;
  }
  if (!scalar) return null;
  const start = scalar.range.start + 1;
  const offsets = jsonOffsets(text.slice(start, scalar.range.end - 1));
  return parseShell({ text: scalar.value, toSource: (offset) => start + (offsets[offset] ?? 0) }, { cwd });
}

/** Where each character of a JSON string's value stands in what is between its quotes; the end included. */
function jsonOffsets(written: string): number[] {
  const offsets: number[] = [];
  let at = 0;
  while (at < written.length) {
    offsets.push(at);
    at += written[at] !== "\\" ? 1 : written[at + 1] === "u" ? 6 : 2;
  }
  return [...offsets, written.length];
}

/** `short`: scripts are run by their bare name, too. */
type Manager = "short" | "long";

const MANAGERS: ReadonlyMap<string, Manager> = new Map([
  ["npm", "long"],
  ["yarn", "short"],
  ["yarnpkg", "short"],
  ["pnpm", "short"],
  ["bun", "long"],
]);
