import { request } from "node:http";
import { connect } from "node:net";
import type { Container, ContainerState } from "./container.ts";
import {
  describeProbe,
  type CommandProbe,
  type HttpProbe,
  type Probe,
  type TcpProbe,
} from "./probe-syntax.ts";

/** What a container said to a probe. */
export interface Answer {
  readonly probe: Probe;
  /** HTTP status, or exit code of a command; null without an answer. */
  readonly status: number | null;
  readonly body: string;
  readonly contentType: string | null;
  /** Two requests of the same container got different bodies. */
  readonly varies: boolean;
  /** Why there is no answer. */
  readonly failure: string | null;
}

/** Asks a running container; `mapped` says where a port of the legacy image is found in this one. */
export async function ask(
  container: Container,
  state: ContainerState,
  probe: Probe,
  mapped: (port: number) => number,
): Promise<Answer> {
  if (probe.kind === "command") return askCommand(container, probe);
  const port = mapped(probe.port);
  const host = state.published.get(port);
  const address = host === undefined ? state.addresses[0] : "127.0.0.1";
  if (address === undefined) return silent(probe, `port ${port} cannot be reached from here`);
  const target = { host: address, port: host ?? port };
  return probe.kind === "tcp" ? askTcp(probe, target) : askHttp(probe, target);
}

/** Whether it is worth asking again: the server listens but what is behind it is not up yet. */
export function mayComeYet({ probe, status, failure }: Answer): boolean {
  if (probe.kind === "http" && !SAFE_METHODS.has(probe.method)) return failure === "connection refused";
  if (failure === NOT_HTTP) return false;
  return failure !== null || (probe.kind === "http" && status !== null && COMING_UP.has(status));
}

/** Whether an answer is what the probe itself says that it must be. */
export function meets({ probe, status, body, failure }: Answer): boolean {
  if (failure !== null) return false;
  if (probe.kind === "command") return status === 0;
  if (probe.kind === "tcp") return true;
  if (probe.status !== undefined && status !== probe.status) return false;
  return probe.contains === undefined || body.includes(probe.contains);
}

async function askCommand(container: Container, probe: CommandProbe): Promise<Answer> {
  const { code, output } = await container.exec(["sh", "-c", probe.command], { timeout: COMMAND_MS });
  return { probe, status: code, body: output, contentType: null, varies: false, failure: null };
}

async function askTcp(probe: TcpProbe, target: Target): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: REQUEST_MS });
    const done = (failure: string | null): void => {
      socket.destroy();
      resolve({ ...silent(probe, ""), failure });
    };
    socket.once("connect", () => done(null));
    socket.once("timeout", () => done("no answer in time"));
    socket.once("error", (error) => done(reason(error)));
  });
}

async function askHttp(probe: HttpProbe, target: Target): Promise<Answer> {
  const first = await send(probe, target);
  // What a probe's author wants to see is said by the probe; asking twice could change it.
  const repeat = SAFE_METHODS.has(probe.method) && probe.contains === undefined && first.failure === null;
  if (!repeat) return first;
  const second = await send(probe, target);
  return { ...first, varies: second.body !== first.body };
}

function send(probe: HttpProbe, target: Target): Promise<Answer> {
  return new Promise((resolve) => {
    const body = probe.body === undefined ? null : Buffer.from(probe.body);
    const call = request(
      {
        ...target,
        method: probe.method,
        path: probe.path,
        timeout: REQUEST_MS,
        agent: false,
        headers: {
          Host: "localhost",
          Accept: "*/*",
          Connection: "close",
          ...(body && { "Content-Length": body.length }),
          ...probe.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const finish = (failure: string | null): void => {
          clearTimeout(timer);
          resolve({
            probe,
            status: response.statusCode ?? null,
            body: Buffer.concat(chunks).toString("utf8"),
            contentType: response.headers["content-type"] ?? null,
            varies: false,
            failure,
          });
        };
        // A stream of events never ends; what came is enough.
        const timer = setTimeout(() => (finish(null), response.destroy()), REQUEST_MS);
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size <= MOST_BODY) return;
          finish(null);
          response.destroy();
        });
        response.on("end", () => finish(null));
        response.on("error", (error) => finish(reason(error)));
      },
    );
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error) => resolve(silent(probe, reason(error))));
    call.end(body ?? undefined);
  });
}

function silent(probe: Probe, failure: string): Answer {
  return { probe, status: null, body: "", contentType: null, varies: false, failure };
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return "connection refused";
  if (error.code === "ECONNRESET" || error.message === "socket hang up")
    return "connection closed without an answer";
  if (error.code?.startsWith("HPE_")) return NOT_HTTP;
  return error.message;
}

/** `GET :80/ -> 200`, for a person. */
export function describeAnswer({ probe, status, failure }: Answer): string {
  const said =
    failure ?? (probe.kind === "tcp" ? "listens" : probe.kind === "command" ? `exit code ${status}` : status);
  return `${describeProbe(probe)} -> ${said}`;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

export const NOT_HTTP = "it does not speak HTTP";
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const COMING_UP: ReadonlySet<number> = new Set([502, 503, 504]);
const REQUEST_MS = 5000;
const COMMAND_MS = 60_000;
const MOST_BODY = 4 * 1024 * 1024;
