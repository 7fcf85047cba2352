import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  mergeRunEvidence,
  readRunEvidence,
  RUN_EVIDENCE_PATH,
  writeRunEvidence,
  type DockerfileRuns,
  type RunEvidence,
} from "../companions/run-evidence.ts";

/**
 * Adds to the evidence of earlier runs and returns the file's path.
 * @throws {CompanionError} where the file that is there is not one of deroot's.
 */
export function saveEvidence(root: string, runs: readonly DockerfileRuns[]): string {
  const file = join(root, RUN_EVIDENCE_PATH);
  const merged = mergeRunEvidence(load(file), { dockerfiles: runs });
  mkdirSync(dirname(file), { recursive: true });
  // Whole or not at all, whatever interrupts it.
  writeFileSync(`${file}.part`, writeRunEvidence(merged));
  renameSync(`${file}.part`, file);
  return file;
}

function load(file: string): RunEvidence {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { dockerfiles: [] };
    throw error;
  }
  return readRunEvidence(text);
}
