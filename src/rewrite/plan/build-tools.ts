import { type ImageModel, type Step, startCommands } from "../../analysis/index.ts";
import { unwrap } from "../../shell/index.ts";

/** A build tool that keeps its cache below the home, and builds beside the source. */
export interface BuildTool {
  readonly names: RegExp;
  /** Where it builds, below the directory it runs in. */
  readonly output: readonly string[];
  /** Its cache, below the home, unless this variable says otherwise. */
  readonly cache: string;
  readonly unless?: string;
  /** Java takes the home from passwd and not from HOME: the variable that tells the tool otherwise. */
  readonly variable?: { readonly name: string; value(home: string): string };
}

/** Sources: the tools' own documentation of their directories. */
const TOOLS: readonly BuildTool[] = [
  {
    names: /^mvnw?$/,
    output: ["target"],
    cache: ".m2",
    variable: { name: "MAVEN_OPTS", value: (home) => `-Duser.home=${home}` },
  },
  {
    names: /^gradlew?$/,
    output: ["build", ".gradle"],
    cache: ".gradle",
    unless: "GRADLE_USER_HOME",
    variable: { name: "GRADLE_USER_HOME", value: (home) => `${home}/.gradle` },
  },
  { names: /^cargo$/, output: ["target"], cache: ".cargo", unless: "CARGO_HOME" },
  { names: /^dotnet$/, output: ["bin", "obj"], cache: ".nuget", unless: "NUGET_PACKAGES" },
  { names: /^uv$/, output: [".venv"], cache: ".cache/uv", unless: "UV_CACHE_DIR" },
  // Its environments stand in its cache, where they are not in the project.
  { names: /^poetry$/, output: [], cache: ".cache/pypoetry", unless: "POETRY_CACHE_DIR" },
  { names: /^mix$/, output: ["_build", "deps"], cache: ".mix", unless: "MIX_HOME" },
];

/** The tools that the container starts: they build again, and look for what the image's steps left in their cache. */
export function startedTools(model: ImageModel): BuildTool[] {
  const names = startCommands(model).flatMap((command) =>
    unwrap(command)
      // `dotnet app.dll` runs what is built.
      .filter(({ command: inner }) => !inner.argv.some((word) => /\.dll$/.test(word.value ?? "")))
      .flatMap(({ command: inner, wrappers }) => [...wrappers, ...(inner.name === null ? [] : [inner.name])])
      .map((name) => name.replace(/^.*\//, "")),
  );
  return TOOLS.filter((tool) => names.some((name) => tool.names.test(name)));
}

/** The tools that a step runs, whose cache is below the home. */
export function cachingTools(model: ImageModel, step: Step): BuildTool[] {
  return TOOLS.filter(
    ({ names, unless }) =>
      step.commands.some((command) => names.test(command.name?.replace(/^.*\//, "") ?? "")) &&
      (unless === undefined || !(model.final.env.has(unless) || model.base.image?.env[unless] !== undefined)),
  );
}
