/** The container engine is missing, does not answer, or failed in a way that no Dockerfile is to blame for. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineFault;
  /** What a person can do about it. */
  readonly hint: string;
  constructor(code: EngineFault, message: string, hint: string = HINTS[code]) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type EngineFault =
  "missing" | "no-answer" | "forbidden" | "disk-full" | "timeout" | "garbage" | "failed" | "interrupted";

/** Faults after which nothing else can be verified either. */
export function endsRun(error: unknown): boolean {
  return error instanceof EngineError && ENDING.includes(error.code);
}

/** What an engine's complaint means; null when the engine itself is fine. */
export function faultIn(text: string): { readonly code: EngineFault; readonly line: string } | null {
  for (const { code, pattern } of SIGNS) {
    const line = text.split(/\r?\n/).find((each) => pattern.test(each));
    if (line !== undefined) return { code, line: line.trim() };
  }
  return null;
}

const ENDING: readonly EngineFault[] = ["missing", "no-answer", "forbidden", "disk-full", "interrupted"];

const SIGNS: readonly { readonly code: EngineFault; readonly pattern: RegExp }[] = [
  {
    code: "forbidden",
    pattern: /permission denied while trying to connect|connect: permission denied|docker\.sock: permission/i,
  },
  {
    code: "no-answer",
    pattern:
      /cannot connect to the docker daemon|cannot connect to podman|error during connect|is the docker daemon running|unable to connect to podman|(?:docker|podman|buildkitd?)\.sock.*(?:connection refused|no such file)|server (?:misbehaving|closed the connection)|unexpected EOF|transport is closing|rpc error: code = Unavailable/i,
  },
  // In a build the app's own tools say it too; it is the engine's disk all the same.
  { code: "disk-full", pattern: /no space left on device/i },
];

const HINTS: Readonly<Record<EngineFault, string>> = {
  missing: "Install Docker, Podman or Buildah, or name the one to use with --engine.",
  "no-answer":
    "Start it (systemctl start docker, or Docker Desktop), or point DOCKER_HOST at one that runs; then run deroot verify again.",
  forbidden: "Join the docker group, use rootless Docker, or choose --engine podman.",
  "disk-full": "Make room (docker system prune, docker builder prune) and run deroot verify again.",
  timeout: "Try again with a longer --timeout.",
  garbage: "Check that the program on PATH is really the engine, and that its version is supported.",
  failed: "The message is the engine's own.",
  interrupted: "What was started has been removed again.",
};
