/** A question to a running container. Ports are those of the legacy image. */
export type Probe = HttpProbe | TcpProbe | CommandProbe;

export interface HttpProbe {
  readonly kind: "http";
  readonly method: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the answer must be; left out, what the legacy image says. */
  readonly status?: number;
  readonly contains?: string;
}

export interface TcpProbe {
  readonly kind: "tcp";
  readonly port: number;
}

export interface CommandProbe {
  readonly kind: "command";
  /** Run by the container's shell. */
  readonly command: string;
}

/** What `--probe` was given cannot be understood. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
  readonly hint = PROBE_HINT;
}

/** `GET :8080/health 200`, `:8080/`, `TCP :5432`, `POST :80/votes 201 "thank you"`. */
export function readProbe(text: string): HttpProbe | TcpProbe {
  const tcp = /^\s*tcp\s+:?(\d{1,5})\s*$/i.exec(text);
  if (tcp) return { kind: "tcp", port: port(tcp[1]!, text) };
  const match = SYNTAX.exec(text);
  if (!match?.groups?.["number"] && !match?.groups?.["path"])
    throw new ProbeError(`--probe: "${text}" is not a probe`);
  const {
    method = "GET",
    number,
    path = "/",
    status,
    contains,
  } = match.groups as Record<string, string | undefined>;
  const code = status === undefined ? undefined : Number(status);
  if (code !== undefined && (code < 100 || code > 599)) {
    throw new ProbeError(`--probe: ${code} in "${text}" is no HTTP status`);
  }
  return {
    kind: "http",
    method: method.toUpperCase(),
    port: number === undefined ? 80 : port(number, text),
    path,
    ...(code !== undefined && { status: code }),
    ...(contains !== undefined && { contains }),
  };
}

/** One line for a person. */
export function describeProbe(probe: Probe): string {
  if (probe.kind === "tcp") return `TCP :${probe.port}`;
  if (probe.kind === "command") return probe.command;
  return `${probe.method} :${probe.port}${probe.path}`;
}

function port(digits: string, text: string): number {
  const number = Number(digits);
  if (number < 1 || number > 65535) throw new ProbeError(`--probe: ${digits} in "${text}" is no port`);
  return number;
}

const SYNTAX =
  /^\s*(?:(?<method>[a-zA-Z]+)\s+)?(?::(?<number>\d{1,5}))?(?<path>\/\S*)?(?:\s+(?<status>\d{3}))?(?:\s+"(?<contains>[^"]*)")?\s*$/;

const PROBE_HINT =
  'A probe is METHOD :PORT/PATH STATUS "TEXT", the last two as you like: GET :8080/health 200. Ports are the legacy image\'s. TCP :5432 asks only whether it listens.';
