/** Reads an image's configuration, which a registry may fill with anything. */
import { InspectError } from "./errors.ts";
import type { ImageConfig } from "./types.ts";

/** Of an engine's `image inspect` (`Config`, `Os`) and of a registry's configuration blob (`config`, `os`). */
export function readConfig(value: unknown): ImageConfig {
  const image = record(value);
  if (image === null) throw new InspectError("broken", "the image's configuration is no JSON object");
  const config = record(image["config"] ?? image["Config"]) ?? {};
  const workdir = config["WorkingDir"];
  const user = config["User"];
  return {
    os: text(image["os"] ?? image["Os"]) ?? "linux",
    user: text(user)?.trim() ?? "",
    ports: Object.keys(record(config["ExposedPorts"]) ?? {}).flatMap(tcpPort),
    entrypoint: words(config["Entrypoint"]),
    cmd: words(config["Cmd"]),
    env: environment(config["Env"]),
    volumes: Object.keys(record(config["Volumes"]) ?? {}).filter((path) => path.startsWith("/")),
    workdir: typeof workdir === "string" && workdir.startsWith("/") ? workdir : null,
  };
}

export function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function words(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((word) => typeof word === "string") ? value : null;
}

function tcpPort(written: string): number[] {
  const [, port] = /^(\d{1,5})(?:\/tcp)?$/.exec(written) ?? [];
  return port === undefined || Number(port) > 65_535 ? [] : [Number(port)];
}

function environment(value: unknown): Record<string, string> {
  const pairs = Array.isArray(value) ? value.filter((pair) => typeof pair === "string") : [];
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const [, name, text] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair) ?? [];
      return name === undefined ? [] : [[name, text!] as const];
    }),
  );
}
