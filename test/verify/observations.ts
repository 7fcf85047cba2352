import { readLog } from "../../src/verify/log-phrases.ts";
import type { Observation, Verification } from "../../src/verify/types.ts";
import type { Answer } from "../../src/verify/ask.ts";

/** A container that runs well, but for what a test says. */
export function observation(parts: Partial<Observation> = {}): Observation {
  const stderr = parts.stderr ?? "";
  return {
    user: "10001",
    image: {
      id: "sha256:1",
      tag: "t",
      size: 1e8,
      layers: 5,
      user: "10001",
      exposed: [80],
      volumes: [],
      healthcheck: null,
      shell: ["/bin/sh", "-c"],
      workdir: "/app",
    },
    refused: null,
    running: true,
    exitCode: null,
    processes: [
      { pid: 1, parent: 0, name: "app", command: "/app", uid: 10001, gid: 10001, capabilities: [] },
    ],
    listeners: [],
    health: null,
    answers: [],
    stdout: "",
    stderr,
    signs: readLog(stderr),
    written: [],
    unseen: [],
    readyAfter: 500,
    ...parts,
  };
}

export function answer(parts: Partial<Answer> & { readonly port?: number } = {}): Answer {
  return {
    probe: { kind: "http", method: "GET", port: parts.port ?? 80, path: "/" },
    status: 200,
    body: "hello",
    contentType: "text/plain",
    varies: false,
    failure: null,
    ...parts,
  };
}

export function verification(parts: Partial<Verification> = {}): Verification {
  return {
    dockerfile: "Dockerfile",
    verdict: "same",
    reason: null,
    remedy: null,
    findings: [],
    notes: [],
    engine: "docker 26.1.5",
    legacy: observation({ user: "root" }),
    rewritten: [observation()],
    rewrite: {
      dockerfile: "Dockerfile",
      status: "rewritten",
      reason: null,
      account: null,
      runsAsRoot: { before: true, after: false },
      ports: [],
      writable: [],
      changes: [],
      advice: [],
      files: [{ path: "Dockerfile", before: "", after: "", diff: "--- a/Dockerfile\n", mode: null }],
    },
    learned: null,
    repair: null,
    seconds: 4.2,
    ...parts,
  };
}
