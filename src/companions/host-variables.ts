import { envPairs } from "../dockerfile/index.ts";
import type { FileTree } from "../file-tree.ts";
import { composeServices } from "./compose-index.ts";
import { dockerfilesOf } from "./dockerfiles.ts";

/** What Dockerfiles and compose files of the tree put into a variable: `RATINGS_HOST=ratings`. */
export type HostVariables = ReadonlyMap<string, ReadonlySet<string>>;

const variablesOfTree = new WeakMap<FileTree, Promise<HostVariables>>();

export function hostVariables(tree: FileTree): Promise<HostVariables> {
  let variables = variablesOfTree.get(tree);
  if (!variables) variablesOfTree.set(tree, (variables = readVariables(tree)));
  return variables;
}

async function readVariables(tree: FileTree): Promise<HostVariables> {
  const variables = new Map<string, Set<string>>();
  const add = (name: string, value: string): void => {
    const known = variables.get(name);
    if (known) known.add(value.toLowerCase());
    else variables.set(name, new Set([value.toLowerCase()]));
  };
  for (const { dockerfile } of await dockerfilesOf(tree)) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== "ENV" && instruction.keyword !== "ARG") continue;
      for (const { name, valueRange } of envPairs(instruction))
        if (valueRange)
          add(name, dockerfile.text.slice(valueRange.start, valueRange.end).replace(/^(["'])(.*)\1$/, "$2"));
    }
  }
  for (const { environment } of await composeServices(tree))
    for (const { name, value } of environment) if (value !== null) add(name, value);
  return variables;
}

/**
 * The text with each `${NAME}` turned into a host's name of the same length, so that it is read like one and every
 * offset stays; and which name stands for which variable.
 */
export function withHostNames(text: string): { text: string; variables: ReadonlyMap<string, string> } {
  const variables = new Map<string, string>();
  const named = text.replace(/\$\{(\w+)\}/g, (whole, variable: string) => {
    const host = `v${variables.size.toString(36)}`.padEnd(whole.length, "x");
    if (host.length !== whole.length || variables.has(host)) return whole;
    variables.set(host, variable);
    return host;
  });
  return { text: named, variables };
}
