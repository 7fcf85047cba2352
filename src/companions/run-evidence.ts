/**
 * What a run of the image has shown: `.deroot/evidence.json`, written by `deroot verify --learn` and read by
 * `deroot migrate` as its strongest evidence. Readable, in a stable order, safe to commit.
 */
import { CompanionError } from "./errors.ts";

export const RUN_EVIDENCE_PATH = ".deroot/evidence.json";

export interface RunEvidence {
  readonly dockerfiles: readonly DockerfileRuns[];
}

/** All that is known from runs of one Dockerfile's image; paths are absolute, in the container. */
export interface DockerfileRuns {
  /** Relative to the tree's root. */
  readonly dockerfile: string;
  readonly written: readonly RunWrite[];
  readonly ports: readonly RunPort[];
  /** Processes that were started as root and went on as somebody else. */
  readonly users: readonly RunUser[];
  /** Those that it does not do without as root, without `CAP_`; null where that is not known. */
  readonly capabilities: readonly string[] | null;
  /** Files that the account was not allowed to execute. */
  readonly notExecutable: readonly string[];
  /** The app asked for a home directory that was not there. */
  readonly needsHome: boolean;
}

export interface RunWrite {
  readonly path: string;
  /** What root did to it; `refused`: what an unprivileged account wanted to do and was not allowed to. */
  readonly kind: "created" | "changed" | "deleted" | "refused";
  readonly directory: boolean;
}

export interface RunPort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

export interface RunUser {
  /** The name of the program. */
  readonly process: string;
  readonly uid: number;
  readonly gid: number;
}

/** @throws {CompanionError} where the text is not what `deroot verify` writes. */
export function readRunEvidence(text: string): RunEvidence {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new CompanionError(RUN_EVIDENCE_PATH, 1, "it is not JSON", { cause: error });
  }
  const { schema, dockerfiles } = fields(value, "it");
  if (schema !== SCHEMA) {
    throw new CompanionError(
      RUN_EVIDENCE_PATH,
      1,
      `"schema" is ${JSON.stringify(schema)}; this version of deroot reads ${SCHEMA}`,
    );
  }
  return { dockerfiles: list(dockerfiles, "dockerfiles").map(readDockerfileRuns) };
}

/** The same evidence in the same order is the same text. */
export function writeRunEvidence(evidence: RunEvidence): string {
  const dockerfiles = [...evidence.dockerfiles]
    .sort((a, b) => order(a.dockerfile, b.dockerfile))
    .map((runs) => ({
      dockerfile: runs.dockerfile,
      written: [...runs.written]
        .sort((a, b) => order(a.path, b.path))
        .map(({ path, kind, directory }) => ({ path, kind, directory })),
      ports: [...runs.ports]
        .sort((a, b) => a.port - b.port || order(a.protocol, b.protocol))
        .map(({ port, protocol }) => ({ port, protocol })),
      users: [...runs.users]
        .sort((a, b) => order(a.process, b.process) || a.uid - b.uid)
        .map(({ process, uid, gid }) => ({ process, uid, gid })),
      capabilities: runs.capabilities && [...runs.capabilities].sort(order),
      notExecutable: [...runs.notExecutable].sort(order),
      needsHome: runs.needsHome,
    }));
  return `${JSON.stringify({ schema: SCHEMA, dockerfiles }, null, 2)}\n`;
}

/** Both together: what was seen once stays known. */
export function mergeRunEvidence(known: RunEvidence, fresh: RunEvidence): RunEvidence {
  const merged = new Map(known.dockerfiles.map((runs) => [runs.dockerfile, runs]));
  for (const runs of fresh.dockerfiles) {
    const before = merged.get(runs.dockerfile);
    merged.set(runs.dockerfile, before ? mergeRuns(before, runs) : runs);
  }
  return { dockerfiles: [...merged.values()] };
}

function mergeRuns(known: DockerfileRuns, fresh: DockerfileRuns): DockerfileRuns {
  return {
    dockerfile: known.dockerfile,
    written: union(known.written, fresh.written, ({ path }) => path),
    ports: union(known.ports, fresh.ports, ({ port, protocol }) => `${port}/${protocol}`),
    users: union(known.users, fresh.users, ({ process, uid, gid }) => `${process} ${uid}:${gid}`),
    capabilities:
      known.capabilities && fresh.capabilities
        ? union(known.capabilities, fresh.capabilities, (name) => name)
        : (known.capabilities ?? fresh.capabilities),
    notExecutable: union(known.notExecutable, fresh.notExecutable, (path) => path),
    needsHome: known.needsHome || fresh.needsHome,
  };
}

/** The first of two that stand for the same wins, so that a file once made does not turn into one changed. */
function union<T>(known: readonly T[], fresh: readonly T[], key: (item: T) => string): T[] {
  const items = new Map<string, T>();
  for (const item of [...known, ...fresh]) if (!items.has(key(item))) items.set(key(item), item);
  return [...items.values()];
}

function readDockerfileRuns(value: unknown): DockerfileRuns {
  const {
    dockerfile,
    written = [],
    ports = [],
    users = [],
    capabilities = null,
    notExecutable = [],
    needsHome = false,
  } = fields(value, "dockerfiles");
  return {
    dockerfile: text(dockerfile, "dockerfile"),
    written: list(written, "written").map((item) => {
      const { path, kind, directory } = fields(item, "written");
      return { path: absolutePath(path), kind: oneOf(kind, KINDS, "kind"), directory: directory === true };
    }),
    ports: list(ports, "ports").map((item) => {
      const { port, protocol } = fields(item, "ports");
      return { port: whole(port, "port"), protocol: oneOf(protocol, PROTOCOLS, "protocol") };
    }),
    users: list(users, "users").map((item) => {
      const { process, uid, gid } = fields(item, "users");
      return { process: text(process, "process"), uid: whole(uid, "uid"), gid: whole(gid, "gid") };
    }),
    capabilities: capabilities === null ? null : list(capabilities, "capabilities").map(capabilityName),
    notExecutable: list(notExecutable, "notExecutable").map(absolutePath),
    needsHome: needsHome === true,
  };
}

function fields(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(`${name} should hold names and values`);
  return value as Record<string, unknown>;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`"${name}" should be a list`);
  return value as unknown[];
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw wrong(`"${name}" should be a text`);
  return value;
}

function whole(value: unknown, name: string): number {
  if (!Number.isInteger(value) || Number(value) < 0) throw wrong(`"${name}" should be a whole number`);
  return Number(value);
}

/** What stands in the file ends up in commands of a Dockerfile: nothing but plain paths gets through. */
function absolutePath(value: unknown): string {
  const path = text(value, "path");
  // eslint-disable-next-line no-control-regex -- these are the characters in question
  if (!path.startsWith("/") || /[\x00-\x1f]/.test(path) || path.split("/").includes("..")) {
    throw wrong(`${JSON.stringify(path)} is not an absolute path`);
  }
  return path;
}

function capabilityName(value: unknown): string {
  const name = text(value, "capabilities");
  if (!/^[A-Z_0-9]+$/.test(name)) throw wrong(`${JSON.stringify(name)} is not the name of a capability`);
  return name;
}

function oneOf<T extends string>(value: unknown, values: readonly T[], name: string): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw wrong(`"${name}" should be ${values.join(" or ")}`);
  return found;
}

function wrong(message: string): CompanionError {
  return new CompanionError(RUN_EVIDENCE_PATH, 1, message);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const SCHEMA = 1;
const KINDS = ["created", "changed", "deleted", "refused"] as const;
const PROTOCOLS = ["tcp", "udp"] as const;
