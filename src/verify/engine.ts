import { EngineError, faultIn } from "./errors.ts";
import { run, type Outcome } from "./spawn.ts";

export const ENGINES = ["docker", "docker-classic", "podman", "buildah"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface CallOptions {
  /** In milliseconds. */
  readonly timeout?: number;
  readonly onLine?: (line: string) => void;
  /** Also when the run has been interrupted: what cleans up. */
  readonly always?: boolean;
}

/** A container engine on this machine: a program that takes Docker's arguments. */
export interface Engine {
  readonly name: EngineName;
  /** As the engine says it. */
  readonly version: string;
  /** Builds with BuildKit, with the classic builder, or with Buildah's library. */
  readonly builder: "buildkit" | "classic" | "buildah";
  /** The program that builds; the others' is the one that runs. */
  readonly buildProgram: string;
  readonly buildEnv: Readonly<Record<string, string>>;
  /**
   * Runs the engine with these arguments.
   * @throws {EngineError} for what is the engine's own fault, and where it takes too long.
   */
  call(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** The same, and an exit code other than 0 is an error too. */
  text(args: readonly string[], options?: CallOptions): Promise<string>;
  /** The same, with an answer in JSON. */
  json(args: readonly string[], options?: CallOptions): Promise<unknown>;
  /** Builds: like `call`, with the program that builds. */
  build(args: readonly string[], options?: CallOptions): Promise<Outcome>;
}

/**
 * The engine of that name, or the first that is on PATH and answers.
 * @throws {EngineError} when there is none.
 */
export async function findEngine(name: EngineName | undefined, signal?: AbortSignal): Promise<Engine> {
  if (name !== undefined) return open(name, signal);
  let first: unknown = null;
  for (const candidate of ["docker", "podman"] as const) {
    try {
      return await open(candidate, signal);
    } catch (error) {
      if (!(error instanceof EngineError) || error.code === "interrupted") throw error;
      // That an engine is there but does not answer tells more than that another is not there.
      if (first === null || (first as EngineError).code === "missing") first = error;
    }
  }
  if ((first as EngineError).code !== "missing") throw first;
  throw new EngineError("missing", "no container engine was found: neither docker nor podman is on PATH");
}

async function open(name: EngineName, signal: AbortSignal | undefined): Promise<Engine> {
  const program = name.startsWith("docker") ? "docker" : "podman";
  const ask = async (tool: string, args: readonly string[], env = {}): Promise<string | null> => {
    const outcome = await run(tool, args, { timeout: ANSWER_MS, signal, env });
    const said = outcome.stdout.toString("utf8").trim();
    if (outcome.code === 0) return said;
    const complaint = outcome.stderr.toString("utf8");
    const fault = faultIn(complaint);
    if (outcome.timedOut) {
      throw new EngineError("no-answer", `${tool} does not answer within ${ANSWER_MS / 1000} seconds`);
    }
    if (fault) throw new EngineError(fault.code, `${tool} does not answer: ${fault.line}`);
    return null;
  };
  const version = await ask(program, ["version", "--format", "{{.Server.Version}}"]).catch(missing(program));
  // Podman without a service has no server to speak of.
  const said = version ?? (program === "podman" ? await ask(program, ["--version"]) : null);
  if (said === null) throw new EngineError("no-answer", `${program} does not answer`);
  if (!/\d+\.\d+/.test(said)) {
    throw new EngineError(
      "garbage",
      `${program} does not tell its version: ${JSON.stringify(said.slice(0, 80))}`,
    );
  }
  if (program === "podman") {
    if (name === "buildah") await ask("buildah", ["--version"]).catch(missing("buildah"));
    return new CommandLine({ name, version: said, program, builder: "buildah", buildEnv: {}, signal });
  }
  const wantsClassic = name === "docker-classic" || process.env["DOCKER_BUILDKIT"] === "0";
  const classic = wantsClassic || (await ask("docker", ["buildx", "version"])) === null;
  return new CommandLine({
    name,
    version: said,
    program,
    builder: classic ? "classic" : "buildkit",
    buildEnv: { DOCKER_BUILDKIT: classic ? "0" : "1", BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    signal,
  });
}

function missing(program: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof EngineError && error.code === "missing") {
      throw new EngineError("missing", `${program} is not on PATH`);
    }
    throw error;
  };
}

interface Parts {
  readonly name: EngineName;
  readonly version: string;
  readonly program: string;
  readonly builder: Engine["builder"];
  readonly buildEnv: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

class CommandLine implements Engine {
  readonly name: EngineName;
  readonly version: string;
  readonly builder: Engine["builder"];
  readonly buildProgram: string;
  readonly buildEnv: Readonly<Record<string, string>>;
  readonly #program: string;
  readonly #signal: AbortSignal | undefined;

  constructor({ name, version, program, builder, buildEnv, signal }: Parts) {
    this.name = name;
    this.version = version;
    this.builder = builder;
    this.buildProgram = name === "buildah" ? "buildah" : program;
    this.buildEnv = buildEnv;
    this.#program = program;
    this.#signal = signal;
  }

  call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    return this.#run(this.#program, args, options, {});
  }

  async text(args: readonly string[], options: CallOptions = {}): Promise<string> {
    const outcome = await this.call(args, options);
    if (outcome.code === 0) return outcome.stdout.toString("utf8").trim();
    const complaint = outcome.stderr.toString("utf8").trim().split("\n").at(-1) ?? "";
    throw new EngineError(
      "failed",
      `${this.#program} ${args[0]}: ${complaint || `exit code ${outcome.code}`}`,
    );
  }

  async json(args: readonly string[], options: CallOptions = {}): Promise<unknown> {
    const text = await this.text(args, options);
    try {
      return JSON.parse(text);
    } catch {
      const start = JSON.stringify(text.slice(0, 80));
      throw new EngineError("garbage", `${this.#program} ${args[0]} answers with what is no JSON: ${start}`);
    }
  }

  build(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    return this.#run(this.buildProgram, args, options, this.buildEnv);
  }

  async #run(
    program: string,
    args: readonly string[],
    { timeout = CALL_MS, onLine, always = false }: CallOptions,
    env: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    const outcome = await run(program, args, {
      timeout,
      env,
      onLine,
      signal: always ? undefined : this.#signal,
    });
    if (outcome.timedOut) {
      throw new EngineError(
        "timeout",
        `${program} ${args[0]} took longer than ${Math.round(timeout / 1000)} seconds`,
      );
    }
    if (outcome.code === 0) return outcome;
    // What a container itself says goes to the same streams; only the client's own words count.
    const said = outcome.stderr.toString("utf8").trimEnd().split("\n");
    const fault = OTHERS_WORDS.has(args[0] ?? "") ? null : faultIn(said.slice(-OWN_LINES).join("\n"));
    if (fault) throw new EngineError(fault.code, `${program} ${args[0]}: ${fault.line}`);
    return outcome;
  }
}

const OTHERS_WORDS: ReadonlySet<string> = new Set(["exec", "logs"]);
/** At the end of a build's output the client says why it failed; what stands before is the steps' own. */
const OWN_LINES = 3;
const ANSWER_MS = 15_000;
const CALL_MS = 60_000;
