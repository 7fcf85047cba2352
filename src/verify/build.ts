import type { Engine } from "./engine.ts";

/** What goes through to the builder as it is. */
export interface BuildOptions {
  readonly network?: string | undefined;
  readonly args?: readonly string[];
  readonly target?: string | undefined;
  readonly platform?: string | undefined;
  readonly secrets?: readonly string[];
  /** In milliseconds. */
  readonly timeout?: number;
}

export interface BuildRequest {
  /** Absolute paths. */
  readonly context: string;
  readonly dockerfile: string;
  readonly tag: string;
  readonly labels: readonly string[];
  readonly options: BuildOptions;
  readonly onProgress?: ((line: string) => void) | undefined;
}

export type Build = { readonly image: Image } | { readonly failure: readonly string[] };

export interface Image {
  readonly id: string;
  readonly tag: string;
  /** In bytes. */
  readonly size: number;
  readonly layers: number;
  readonly user: string;
  readonly exposed: readonly number[];
  readonly volumes: readonly string[];
  readonly healthcheck: readonly string[] | null;
  readonly shell: readonly string[];
  readonly workdir: string;
}

/** Builds an image; a Dockerfile that does not build is an outcome, an engine that fails an {@link EngineError}. */
export async function buildImage(engine: Engine, request: BuildRequest): Promise<Build> {
  const outcome = await engine.build(buildArguments(engine, request), {
    timeout: request.options.timeout ?? BUILD_MS,
    ...(request.onProgress && { onLine: progressFilter(request.onProgress) }),
  });
  if (outcome.code !== 0) {
    // Podman and the classic builder put the failing step's output on standard output.
    return {
      failure: failureLines(outcome.stdout.toString("utf8") + "\n" + outcome.stderr.toString("utf8")),
    };
  }
  return { image: await inspectImage(engine, request.tag) };
}

export function buildArguments(engine: Engine, request: BuildRequest): string[] {
  const { options } = request;
  const args = ["build", "--file", request.dockerfile, "--tag", request.tag];
  for (const label of request.labels) args.push("--label", label);
  if (engine.builder === "buildkit") args.push("--progress", "plain", "--load");
  if (engine.builder === "classic") args.push("--rm", "--force-rm");
  // Without it Podman writes images that cannot hold a HEALTHCHECK or a SHELL.
  if (engine.builder === "buildah") args.push("--format", "docker", "--layers");
  if (options.network !== undefined) args.push("--network", options.network);
  for (const arg of options.args ?? []) args.push("--build-arg", arg);
  if (options.target !== undefined) args.push("--target", options.target);
  if (options.platform !== undefined) args.push("--platform", options.platform);
  for (const secret of options.secrets ?? []) args.push("--secret", secret);
  return [...args, request.context];
}

export async function inspectImage(engine: Engine, reference: string): Promise<Image> {
  const [found] = (await engine.json(["image", "inspect", reference])) as [InspectedImage];
  const config = found.Config ?? {};
  const test = (config.Healthcheck ?? found.HealthCheck)?.Test;
  return {
    id: found.Id,
    tag: reference,
    size: found.Size,
    layers: found.RootFS?.Layers?.length ?? 0,
    user: config.User ?? "",
    exposed: Object.keys(config.ExposedPorts ?? {})
      .filter((port) => !port.endsWith("/udp"))
      .map((port) => parseInt(port, 10)),
    volumes: Object.keys(config.Volumes ?? {}),
    healthcheck: test === undefined || test === null || test.length === 0 || test[0] === "NONE" ? null : test,
    shell: config.Shell ?? ["/bin/sh", "-c"],
    workdir: config.WorkingDir || "/",
  };
}

interface InspectedImage {
  readonly Id: string;
  readonly Size: number;
  readonly RootFS?: { readonly Layers?: readonly string[] | null };
  readonly HealthCheck?: { readonly Test?: readonly string[] | null };
  readonly Config?: {
    readonly User?: string;
    readonly ExposedPorts?: Readonly<Record<string, object>> | null;
    readonly Volumes?: Readonly<Record<string, object>> | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
    readonly Shell?: readonly string[] | null;
    readonly WorkingDir?: string;
  };
}

/** Only the lines that say which step is at work. */
function progressFilter(tell: (line: string) => void): (line: string) => void {
  return (line) => {
    const step = /^#\d+ (\[.+)$/.exec(line)?.[1] ?? /^(STEP \d+.*|Step \d+\/\d+ .*)$/.exec(line)?.[1];
    if (step !== undefined && !step.startsWith("[internal]")) tell(step);
  };
}

/** Why it failed: from the step that a builder repeats at the end, or else the end of its output. */
export function failureLines(output: string): string[] {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.replace(/^#\d+ (?:[\d.]+ )?/, "").trimEnd())
    .filter((line) => line !== "" && !NOISE.test(line));
  const step = lines.findLastIndex((line) => /^ > /.test(line));
  return lines.slice(Math.max(step, lines.length - LAST_LINES, 0));
}

/** Rules, hints for other commands, and the progress of steps that have nothing to do with it. */
const NOISE =
  /^(?:-+|View build details.*|DEPRECATED:.*|\s*Install the buildx.*|building with ".*|\[internal\] .*|transferring .*|(?:DONE|CACHED|CANCELED)\b.*)$/;

const LAST_LINES = 12;
const BUILD_MS = 20 * 60_000;
