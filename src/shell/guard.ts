import type { PipelineNode } from "unbash";

/** Commands whose outcome is a question, and not a failure. */
export const TESTS: ReadonlySet<string> = new Set(["[", "test", "command", "which", "type", "hash", "false"]);
/** Commands that end a script as failed. */
export const GIVING_UP: ReadonlySet<string> = new Set(["exit", "return", "false", "die", "fail"]);

/** Whether the outcome of a node is that of one of these commands. */
export function gives(node: PipelineNode, names: ReadonlySet<string>): boolean {
  if (node.type === "TestCommand") return names === TESTS;
  if (node.type === "BraceGroup") {
    const last = node.body.commands.at(-1)?.command;
    return last !== undefined && last.type !== "AndOr" && gives(last, names);
  }
  return node.type === "Command" && node.name !== undefined && names.has(node.name.text);
}

/** A test of the user id against root: group 1 or 2 is the operator. */
const IS_ROOT =
  /(?:\bid\s+-u\b[^=!\n]*|\$\{?E?UID\b[^=!\n]*?)(==?|!=|-eq\b|-ne\b)\s*["']?0\b|(?:\bid\s+-un\b|\bwhoami\b)[^=!\n]*(==?|!=)\s*["']?root\b/;

/** Whether a test that succeeds says that the script runs as root, or that it does not. */
export function guardOf(test: string): "root" | "other" | null {
  if (!test.includes("id") && !test.includes("UID") && !test.includes("whoami")) return null;
  const match = IS_ROOT.exec(test);
  if (match === null) return null;
  const operator = (match[1] ?? match[2]) as string;
  const negated = operator === "!=" || operator === "-ne";
  return negated === test.trimStart().startsWith("!") ? "root" : "other";
}
