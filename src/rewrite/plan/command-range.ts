import type { Step } from "../../analysis/index.ts";
import type { Dockerfile } from "../../dockerfile/index.ts";
import type { ShellCommand } from "../../shell/index.ts";

/** What is taken out of a RUN together with a command: its operator too; `all` where nothing would be left. */
export type CommandRange = { readonly start: number; readonly end: number } | "all";

/**
 * Where a command of a chain (`a && command && b`) stands in the source, with the operator that ties it to the rest.
 * @returns null where it is not part of a plain chain.
 */
export function commandRange(dockerfile: Dockerfile, step: Step, command: ShellCommand): CommandRange | null {
  const { instruction, commands } = step;
  if (instruction.heredocs.length > 0) return null;
  const others = commands.filter((each) => each !== command);
  if (others.every(({ name }) => name === "set")) return "all";
  const { text } = dockerfile;
  const escape = dockerfile.escape === "`" ? "`" : "\\\\";
  // Blanks, line continuations, and comments between them.
  const gap = `(?:[ \\t]|${escape}[ \\t]*\\r?\\n|(?<=\\n)[ \\t]*#[^\\n]*\\n|(?<=\\n)[ \\t]*\\r?\\n)*`;
  const before = new RegExp(`${gap}(?:&&|;)${gap}$`).exec(text.slice(instruction.start, command.start));
  if (before && !before[0].includes(";;"))
    return { start: instruction.start + before.index, end: command.end };
  const isFirst = commands.every(({ start }) => start >= command.start);
  const after = isFirst
    ? new RegExp(`^${gap}(?:&&|;)${gap}`).exec(text.slice(command.end, instruction.end))
    : null;
  const head = text.slice(instruction.keywordRange.end, command.start);
  if (!after || !/^(?:[ \t]|--[\w=,./:-]+|[\\`][ \t]*\r?\n)*$/.test(head)) return null;
  return { start: command.start, end: command.end + after[0].length };
}
