/** Ends the run: what is wrong, and what to do about it. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly hint: string | null;
  readonly exitCode: ExitCode;

  constructor(title: string, hint: string | null = null, exitCode: ExitCode = EXIT.usage) {
    super(title);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** `found`: `check` found something. `usage`: a usage or input error. `failed`: some file failed. */
export const EXIT = { done: 0, found: 1, usage: 2, failed: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
