import { effectsOf, parseShell, type Effects, type EffectsContext } from "../../src/shell/index.ts";

const AS_ROOT: EffectsContext = { user: "root", home: "/root" };

/** The effects of all commands of a script in one line each, so that a test reads as a table. */
export function effectsIn(
  script: string,
  context: EffectsContext = AS_ROOT,
  cwd: string | null = "/app",
): string {
  const { commands, errors } = parseShell(logical(script), { cwd });
  if (errors.length > 0) return `error: ${errors.join(", ")}`;
  return commands
    .map((command) => render(effectsOf(command, context)))
    .filter((line) => line !== "no")
    .join("; ");
}

/** Text that stands in its file as it is. */
export function logical(text: string, at = 0) {
  return { text, toSource: (offset: number) => offset + at };
}

function render(effects: Effects): string {
  const parts: string[] = [effects.pathsOnly === true ? "paths" : effects.root];
  if (effects.switchesTo !== null)
    parts.push(`as ${effects.switchesTo.user ?? "?"} by ${effects.switchesTo.mechanism}`);
  if (effects.daemon !== null) parts.push(`daemon ${effects.daemon}`);
  if (effects.packages.length > 0) parts.push(`packages ${effects.packages.join(" ")}`);
  for (const account of effects.accounts) {
    const { kind, name, id, group, home, createsHome, system } = account;
    parts.push(
      [
        kind,
        name,
        id,
        group !== null && `of ${group}`,
        home !== null && `${createsHome ? "makes" : "at"} ${home}`,
        system && "system",
      ]
        .filter((part) => part !== false && part !== null)
        .join(" "),
    );
  }
  for (const write of effects.writes) {
    const verb = write.kind === "create" && write.directory ? "make" : write.kind;
    parts.push(`${verb} ${tilde(write.path)}${write.recursive ? "/**" : ""}`);
  }
  for (const { path, user, group, recursive } of effects.owners) {
    parts.push(`own ${path} ${user ?? ""}${group === null ? "" : `:${group}`}${recursive ? " -R" : ""}`);
  }
  for (const { path, mode, recursive } of effects.modes)
    parts.push(`mode ${path} ${mode}${recursive ? " -R" : ""}`);
  for (const path of effects.reads) parts.push(`read ${tilde(path)}`);
  for (const { port } of effects.listens) parts.push(`port ${port}`);
  return parts.join(", ");
}

function tilde(path: string): string {
  return path.replace(/^\/root(?=\/|$)/, "~");
}
