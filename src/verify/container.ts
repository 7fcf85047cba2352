import { statSync } from "node:fs";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { RunSettings } from "./settings.ts";

/** How much a container may do. */
export interface Rights {
  /** As Kubernetes would run it: no capabilities, no way to gain any, low ports closed. */
  readonly strict: boolean;
  /** The only ones it has; null for what the engine gives. */
  readonly capabilities: readonly string[] | null;
  /** Instead of the image's user. */
  readonly user: string | null;
}

export const AS_IT_IS: Rights = { strict: false, capabilities: null, user: null };

export interface StartRequest {
  readonly image: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly settings: Partial<RunSettings>;
  readonly rights: Rights;
  /** Ports of the container that are published on a free port of the host. */
  readonly publish: readonly number[];
  readonly network: string | null;
  readonly aliases?: readonly string[];
}

export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number | null;
  /** On the engine's machine, which need not be this one. */
  readonly pid: number;
  readonly startedAt: number;
  readonly addresses: readonly string[];
  /** Port of the container -> port of the host. */
  readonly published: ReadonlyMap<number, number>;
}

/** A container that was started; one that refuses to start is an error of the engine's, told in its words. */
export class Container {
  readonly engine: Engine;
  readonly id: string;
  readonly name: string;

  private constructor(engine: Engine, id: string, name: string) {
    this.engine = engine;
    this.id = id;
    this.name = name;
  }

  static async create(engine: Engine, request: StartRequest): Promise<Container> {
    const answer = await engine.text(createArguments(request), { timeout: START_MS });
    // Docker may say more before: that the platform differs, for example.
    const id = answer.split("\n").at(-1)!.trim();
    if (!/^[0-9a-f]{12,64}$/.test(id)) {
      throw new EngineError(
        "garbage",
        `${engine.name} create answers ${JSON.stringify(answer.slice(0, 80))}`,
      );
    }
    return new Container(engine, id, request.name);
  }

  /** @returns null, or why the container could not start: its program is missing or may not be executed. */
  async start(copies: RunSettings["copies"] = []): Promise<string | null> {
    for (const { source, target } of copies) {
      // `folder/.` is what is in it, so that a target that is there already is filled, not nested.
      const from = statSync(source).isDirectory() ? `${source}/.` : source;
      await this.engine.text(["cp", from, `${this.id}:${target}`]);
    }
    const outcome = await this.engine.call(["start", this.id], { timeout: START_MS });
    if (outcome.code === 0) return null;
    return outcome.stderr.toString("utf8").trim().split("\n")[0] ?? "it did not start";
  }

  async state(): Promise<ContainerState> {
    const [found] = (await this.engine.json(["container", "inspect", this.id])) as [Inspected | undefined];
    if (!found?.State) throw new EngineError("garbage", `${this.engine.name} tells nothing of its container`);
    const { State: state, NetworkSettings: net = {} } = found;
    const running = state.Running || state.Status === "running" || state.Status === "created";
    const published = new Map<number, number>();
    for (const [port, hosts] of Object.entries(net.Ports ?? {})) {
      const host = hosts?.[0]?.HostPort;
      if (host) published.set(parseInt(port, 10), Number(host));
    }
    return {
      running,
      exitCode: running ? null : state.ExitCode,
      pid: state.Pid,
      startedAt: Date.parse(state.StartedAt),
      addresses: [net.IPAddress, ...Object.values(net.Networks ?? {}).map((each) => each.IPAddress)].filter(
        (address): address is string => Boolean(address),
      ),
      published,
    };
  }

  /** What it wrote to standard output and standard error, line by line. */
  async logs(): Promise<{ readonly stdout: string; readonly stderr: string }> {
    const outcome = await this.engine.call(["logs", this.id]);
    return { stdout: outcome.stdout.toString("utf8"), stderr: outcome.stderr.toString("utf8") };
  }

  async exec(
    args: readonly string[],
    options: { user?: string; timeout?: number } = {},
  ): Promise<ExecOutcome> {
    const user = options.user === undefined ? [] : ["--user", options.user];
    try {
      const outcome = await this.engine.call(["exec", ...user, this.id, ...args], {
        timeout: options.timeout ?? EXEC_MS,
      });
      const output = outcome.stdout.toString("utf8") + outcome.stderr.toString("utf8");
      return { code: outcome.code ?? -1, output, stdout: outcome.stdout };
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== "timeout") throw error;
      return { code: -1, output: "it did not end in time", stdout: Buffer.alloc(0) };
    }
  }

  /** Files added, changed and deleted since the image: `A /path`, `C /path`, `D /path`. */
  async diff(): Promise<string> {
    return this.engine.text(["diff", this.id]);
  }

  /** A path of the container as a tar archive; null where it is not there, or too large to be kept. */
  async archive(path: string): Promise<Buffer | null> {
    const outcome = await this.engine.call(["cp", `${this.id}:${path}`, "-"]);
    return outcome.code === 0 && !outcome.truncated ? outcome.stdout : null;
  }

  async remove(): Promise<void> {
    await this.engine.call(["rm", "-f", "-v", this.id], { always: true });
  }
}

export interface ExecOutcome {
  readonly code: number;
  readonly output: string;
  readonly stdout: Buffer;
}

export function createArguments(request: StartRequest): string[] {
  const { settings, rights } = request;
  // deroot asks the health check itself, when it wants to know.
  // Podman gives a container that is removed its time to stop first; nothing here is worth waiting for.
  const args = ["create", "--name", request.name, "--no-healthcheck", "--stop-timeout", "0"];
  for (const label of request.labels) args.push("--label", label);
  if (rights.capabilities !== null) args.push("--cap-drop", "ALL");
  for (const capability of rights.capabilities ?? []) args.push("--cap-add", capability);
  if (rights.strict) {
    args.push("--security-opt", "no-new-privileges");
    args.push("--sysctl", "net.ipv4.ip_unprivileged_port_start=1024");
  }
  const user = rights.user ?? settings.user ?? null;
  if (user !== null) args.push("--user", user);
  if (request.network !== null) args.push("--network", request.network);
  for (const alias of request.aliases ?? []) args.push("--network-alias", alias);
  for (const port of request.publish) args.push("--publish", `127.0.0.1::${port}`);
  for (const file of settings.envFiles ?? []) args.push("--env-file", file);
  for (const pair of settings.env ?? []) args.push("--env", pair);
  for (const mount of settings.mounts ?? []) args.push("--mount", mount);
  for (const path of settings.volumes ?? []) args.push("--volume", path);
  for (const path of settings.tmpfs ?? []) args.push("--tmpfs", path);
  const [program, ...rest] = settings.entrypoint ?? [];
  if (program !== undefined) args.push("--entrypoint", program);
  return [...args, request.image, ...rest, ...(settings.command ?? [])];
}

interface Inspected {
  readonly State?: {
    readonly Running: boolean;
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly StartedAt: string;
  };
  readonly NetworkSettings?: {
    readonly IPAddress?: string;
    readonly Ports?: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> | null;
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
}

const START_MS = 120_000;
const EXEC_MS = 15_000;
