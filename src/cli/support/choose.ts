import type { ExitCode } from "./errors.ts";

/** Takes what a command line asks for; it is run when all of the line has been understood. */
export type Choose = (action: () => Promise<ExitCode>) => void;
