import type { Tool } from "../report/report.ts";
import { describeAnswer } from "./ask.ts";
import type { Observation, Verification } from "./types.ts";

/** Everything that was seen, for programs; keys always in the same order. */
export function verificationsJson(verifications: readonly Verification[], tool: Tool): string {
  const report = {
    schema: 1,
    tool: { name: tool.name, version: tool.version },
    results: verifications.map(verificationJson),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** One of its `results`. */
export function verificationJson(verification: Verification): object {
  const { dockerfile, verdict, reason, remedy, findings, notes, engine, repair, learned, seconds } =
    verification;
  return {
    dockerfile,
    verdict,
    reason,
    remedy,
    findings: findings.map(({ kind, says, details, run }) => ({ kind, says, details, run })),
    notes,
    engine,
    seconds: Math.round(seconds * 10) / 10,
    legacy: verification.legacy && jsonObservation(verification.legacy),
    rewritten: verification.rewritten.map(jsonObservation),
    learned,
    repair: repair && { rounds: repair.rounds, obstacles: repair.obstacles },
    patch: verification.rewrite.files.map((file) => file.diff).join(""),
  };
}

function jsonObservation(seen: Observation): object {
  return {
    user: seen.user,
    image: { size: seen.image.size, layers: seen.image.layers, user: seen.image.user },
    refused: seen.refused,
    running: seen.running,
    exitCode: seen.exitCode,
    processes: seen.processes,
    listeners: seen.listeners,
    health: seen.health,
    answers: seen.answers.map((answer) => ({
      says: describeAnswer(answer),
      status: answer.status,
      bytes: Buffer.byteLength(answer.body),
      varies: answer.varies,
      failure: answer.failure,
    })),
    signs: seen.signs,
    written: seen.written.map(({ path, kind }) => ({ path, kind })),
    readyAfterMs: seen.readyAfter,
  };
}
