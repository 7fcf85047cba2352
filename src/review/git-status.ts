import { execFile } from "node:child_process";

/**
 * `git status --short` of a folder, line by line; null where there is no git, or no repository. Settings of the
 * repository that would run programs are switched off.
 */
export function gitStatus(root: string): Promise<string[] | null> {
  const args = [
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "status",
    "--short",
    "--",
    ".",
  ];
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
  return new Promise((done) => {
    execFile(
      "git",
      args,
      { cwd: root, timeout: 20_000, maxBuffer: 4 * 1024 * 1024, env },
      (error, stdout) => {
        done(error === null ? stdout.split("\n").filter((line) => line !== "") : null);
      },
    );
  });
}
