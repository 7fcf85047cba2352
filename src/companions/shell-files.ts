import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { type ShellScript, parseShell } from "../shell/index.ts";
import { CompanionError } from "./errors.ts";
import { azureSteps } from "./image-builders.ts";
import { isForeign, treeText } from "./tree-text.ts";
import { isList, isMapping, YamlFile, type YamlNode } from "./yaml.ts";

/** Shell commands in a file of the project that is no part of an image: scripts, Makefile, CI, README. */
export interface ShellPiece {
  readonly path: string;
  readonly text: string;
  readonly script: ShellScript;
  /** The folder in which it may be run; the root is another. */
  readonly cwd: string;
  /** Prose: an example, not what is run. */
  readonly prose: boolean;
}

/** Reads the pieces of every such file that speaks of an engine at all. */
export async function shellPieces(tree: FileTree): Promise<ShellPiece[]> {
  const pieces: ShellPiece[] = [];
  for (const { path, mode } of await tree.list()) {
    const kind = KINDS.find(({ name }) => name.test(path));
    if (!kind || mode === "symlink" || isForeign(path) || pieces.length > MOST_PIECES) continue;
    const text = await treeText(tree, path);
    if (text === null || !/\b(?:docker|podman|nerdctl|buildah|kaniko)\b/.test(text)) continue;
    for (const { start, end, cwd } of kind.parts(path, text)) {
      const part = text.slice(start, end);
      const body = { text: kind.clean(part), toSource: (offset: number) => start + offset };
      const script = parseShell(body, { variables: kind.variables?.(text) ?? NO_VARIABLES, cwd: "/" });
      pieces.push({ path, text, script, cwd, prose: kind.prose });
    }
  }
  return pieces;
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly cwd: string;
}

function whole(path: string, text: string): Part[] {
  return [{ start: 0, end: text.length, cwd: posix.dirname(path) }];
}

/** The recipes of a Makefile: lines that begin with a tab, and those that continue them. */
function recipes(path: string, text: string): Part[] {
  return [...text.matchAll(/^\t[@+-]*((?:[^\n\\]|\\[^])*)/gm)].map((match) => {
    const end = match.index + match[0].length;
    return { start: end - match[1]!.length, end, cwd: posix.dirname(path) };
  });
}

/** Fenced blocks of Markdown. */
function fences(path: string, text: string): Part[] {
  return [
    ...text.matchAll(
      /^[ \t]*```[ \t]*(?:sh|bash|shell|console|shell-session|zsh|)[ \t]*\r?\n([^]*?)^[ \t]*```/gm,
    ),
  ].map((match) => {
    const start = match.index + match[0].indexOf("\n") + 1;
    return { start, end: start + match[1]!.length, cwd: posix.dirname(path) };
  });
}

/**
 * What CI runs: `run:` of GitHub's and CircleCI's steps, `script:` of GitLab's, Azure's and Bitbucket's; what YAML
 * folds or escapes is left out.
 */
function steps(path: string, text: string): Part[] {
  try {
    const file = new YamlFile(path, text);
    return file.documents.flatMap((document) => {
      const jobs = [...file.entries(file.get(document, "jobs")).values()];
      const commands = [...file.entries(file.get(document, "commands")).values()];
      const run = [...jobs, ...commands].flatMap(({ value }) =>
        file.items(file.get(value, "steps")).flatMap((step) => runParts(file, step)),
      );
      const gitlab = [...file.entries(document).values()].flatMap(({ value }) => scriptParts(file, value));
      const bitbucket = scriptsBelow(file, file.get(document, "pipelines"));
      const azure = azureSteps(file, document).flatMap((step) =>
        ["script", "bash"].flatMap((key) =>
          scalarParts(file, file.get(step, key), file.string(step, "workingDirectory") ?? ""),
        ),
      );
      return [...run, ...gitlab, ...bitbucket, ...azure];
    });
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

function runParts(file: YamlFile, step: YamlNode): Part[] {
  const run = file.get(step, "run");
  const folder = file.string(step, "working-directory") ?? file.string(run, "working_directory") ?? "";
  return scalarParts(file, isMapping(run) ? file.get(run, "command") : run, folder);
}

function scriptParts(file: YamlFile, job: unknown): Part[] {
  return ["before_script", "script"].flatMap((key) =>
    file.items(file.get(job, key)).flatMap((item) => scalarParts(file, item, "")),
  );
}

/** Bitbucket's steps stand at many depths: by branch, in parallel, in stages. */
function scriptsBelow(file: YamlFile, node: YamlNode | null, depth = 0): Part[] {
  if (depth > 12) return [];
  if (isList(node)) return file.items(node).flatMap((item) => scriptsBelow(file, item, depth + 1));
  if (!isMapping(node)) return [];
  return [
    ...scriptParts(file, node),
    ...[...file.entries(node).values()].flatMap(({ value }) =>
      scriptsBelow(file, file.follow(value), depth + 1),
    ),
  ];
}

/** Scripts of package.json that say nothing which JSON escapes. */
function packageScripts(path: string, text: string): Part[] {
  try {
    const file = new YamlFile(path, text);
    const scripts = file.entries(file.get(file.documents[0], "scripts"));
    return [...scripts.values()].flatMap(({ value }) =>
      scalarParts(file, file.follow(value), posix.dirname(path)),
    );
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

function scalarParts(file: YamlFile, node: YamlNode | null, cwd: string): Part[] {
  const scalar = file.scalar(node);
  if (!scalar || !node) return [];
  if (scalar.span) return [{ ...scalar.span, cwd }];
  const range = file.spanOf(node);
  // A literal block: its lines are the script, and their indentation does not matter.
  const head = /^\|[-+\d]*[^\n]*\n/.exec(file.source.text.slice(range.start, range.end))?.[0];
  return head === undefined ? [] : [{ start: range.start + head.length, end: range.end, cwd }];
}

const same = (text: string): string => text;
/** Prompts become blanks, so that offsets stay. */
const withoutPrompts = (text: string): string => text.replace(/^([ \t]*)([$#>])(?= )/gm, "$1 ");
/** `$(NAME)` is a variable to make and a command to the shell. */
const makeVariables = (text: string): string => text.replace(/\$\((\w+)\)/g, "${$1}");

/** `IMAGE ?= acme/web`; what a command or the environment decides stays unknown. */
function makeAssignments(text: string): Map<string, string> {
  const known = new Map<string, string>();
  const twice = new Set<string>();
  for (const match of text.matchAll(/^(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*[:?]{0,2}=[ \t]*([^\n#]*)/gm)) {
    const [, name = "", written = ""] = match;
    const value = written
      .trim()
      .replace(/\$[({](\w+)[)}]/g, (whole, other: string) => known.get(other) ?? whole);
    if (known.has(name)) twice.add(name);
    if (!value.includes("$")) known.set(name, value);
  }
  for (const name of twice) known.delete(name);
  return known;
}

const NO_VARIABLES: ReadonlyMap<string, string> = new Map();
const KINDS: readonly {
  readonly name: RegExp;
  readonly prose: boolean;
  readonly parts: (path: string, text: string) => Part[];
  readonly clean: (text: string) => string;
  readonly variables?: (text: string) => ReadonlyMap<string, string>;
}[] = [
  {
    name: /(?:^|\/)(?:GNU)?[Mm]akefile$|\.mk$/,
    prose: false,
    parts: recipes,
    clean: makeVariables,
    variables: makeAssignments,
  },
  { name: /\.(?:sh|bash)$/, prose: false, parts: whole, clean: same },
  {
    name: /(?:^|\/)(?:\.github\/workflows\/[^/]+|\.circleci\/[^/]+|[\w.-]*\.?gitlab-ci|bitbucket-pipelines|azure-pipelines?[\w.-]*|\.azure[^/]*\/.+)\.ya?ml$/,
    prose: false,
    parts: steps,
    clean: same,
  },
  { name: /(?:^|\/)package\.json$/, prose: false, parts: packageScripts, clean: same },
  { name: /(?:^|\/)[^/]*\.(?:md|markdown)$/i, prose: true, parts: fences, clean: withoutPrompts },
];
const MOST_PIECES = 2000;
