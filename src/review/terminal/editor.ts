import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseShell } from "../../shell/index.ts";

/** How editors are told to wait, and to go to a line. Those not named here take `+LINE FILE`, as vi does. */
const EDITORS: Readonly<Record<string, { wait?: string; at: (file: string, line: number) => string[] }>> = {
  code: { wait: "--wait", at: (file, line) => ["--goto", `${file}:${line}`] },
  "code-insiders": { wait: "--wait", at: (file, line) => ["--goto", `${file}:${line}`] },
  codium: { wait: "--wait", at: (file, line) => ["--goto", `${file}:${line}`] },
  cursor: { wait: "--wait", at: (file, line) => ["--goto", `${file}:${line}`] },
  zed: { wait: "--wait", at: (file, line) => [`${file}:${line}`] },
  subl: { wait: "--wait", at: (file, line) => [`${file}:${line}`] },
  hx: { at: (file, line) => [`${file}:${line}`] },
  helix: { at: (file, line) => [`${file}:${line}`] },
  idea: { wait: "--wait", at: (file, line) => ["--line", String(line), file] },
  mate: { wait: "--wait", at: (file, line) => ["--line", String(line), file] },
};

/** The program that a person edits with, and its arguments; from VISUAL or EDITOR, else vi. */
export function editorCommand(env: NodeJS.ProcessEnv): string[] {
  const said = env["VISUAL"] || env["EDITOR"] || "vi";
  const { commands } = parseShell({ text: said, toSource: (offset) => offset });
  const words = commands.length === 1 ? commands[0]!.argv.flatMap(({ value }) => value ?? []) : [];
  return words.length === commands[0]?.argv.length ? words : [said];
}

/** The whole command line to edit a file at a line, and to come back when that is done. */
export function editorArguments(command: readonly string[], file: string, line: number): string[] {
  const known = EDITORS[basename(command[0]!).replace(/\.(?:exe|cmd)$/i, "")];
  const wait = known?.wait !== undefined && !command.includes(known.wait) ? [known.wait] : [];
  return [...command, ...wait, ...(known?.at(file, line) ?? [`+${line}`, file])];
}

/** Opens a file in the editor and waits. Returns what went wrong; null when the editor ended well. */
export async function openInEditor(
  file: string,
  line: number,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const [program, ...args] = editorArguments(editorCommand(env), file, line);
  return new Promise((done) => {
    const child = spawn(program!, args, { stdio: "inherit" });
    child.on("error", (error: NodeJS.ErrnoException) =>
      done(
        error.code === "ENOENT"
          ? `there is no ${program}; VISUAL or EDITOR names another editor`
          : `${program} does not start: ${error.message}`,
      ),
    );
    child.on("close", (code) => done(code === 0 ? null : `${program} ended with exit code ${code}`));
  });
}

/** Lets a person edit a text that is in no file. Null where the editor failed, with the reason. */
export async function editText(
  text: string,
  name: string,
  line: number,
  env: NodeJS.ProcessEnv,
): Promise<{ text: string } | { problem: string }> {
  const folder = mkdtempSync(join(tmpdir(), "deroot-edit-"));
  const file = join(folder, basename(name));
  try {
    writeFileSync(file, text);
    const problem = await openInEditor(file, line, env);
    return problem === null ? { text: readFileSync(file, "utf8") } : { problem };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
