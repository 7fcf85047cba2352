import { posix } from "node:path";
import { isSystemDirectory } from "../analysis/index.ts";
import {
  mergeRunEvidence,
  readRunEvidence,
  RUN_EVIDENCE_PATH,
  writeRunEvidence,
  type DockerfileRuns,
  type RunEvidence,
} from "../companions/run-evidence.ts";
import type { DiskTree } from "../file-tree/disk.ts";
import type { TreeEntry } from "../file-tree.ts";
import type { Engine } from "./engine.ts";
import type { LogSign } from "./log-phrases.ts";
import type { VerifyOptions } from "./options.ts";
import type { Observation, Repair, Verification } from "./types.ts";
import { sentencesOf } from "./learned-text.ts";
import { verify } from "./verify.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Verifies, turns what went wrong into evidence, rewrites with it and verifies again, until the images are the
 * same or nothing new is learned.
 */
export async function repair(
  tree: DiskTree,
  dockerfile: string,
  engine: Engine,
  workspace: Workspace,
  options: VerifyOptions = {},
): Promise<Verification> {
  let evidence = await evidenceOf(tree);
  let verification = await verify(tree, dockerfile, engine, workspace, { ...options, learn: true });
  const rounds: Repair["rounds"][number][] = [];
  const obstacles = new Set<string>();
  let seconds = verification.seconds;
  while (verification.verdict === "different" && rounds.length < MOST_ROUNDS) {
    const lesson = learnFromFailure(verification);
    for (const obstacle of lesson.obstacles) obstacles.add(obstacle);
    const merged = mergeRunEvidence(evidence, { dockerfiles: [lesson.runs] });
    const text = writeRunEvidence(merged);
    if (text === writeRunEvidence(evidence)) break;
    const learned = difference(evidence, merged, dockerfile);
    evidence = merged;
    const before = patchOf(verification);
    const next = await verify(withEvidence(tree, text), dockerfile, engine, workspace, {
      ...options,
      learn: true,
      capabilities: false,
    });
    seconds += next.seconds;
    rounds.push({ learned, verdict: next.verdict });
    const stuck = patchOf(next) === before;
    verification = next;
    if (stuck) break;
  }
  if (verification.verdict === "different") {
    for (const { says } of verification.findings) obstacles.add(says);
  }
  const runs = evidence.dockerfiles.find((each) => each.dockerfile === dockerfile) ?? verification.learned;
  const outcome: Repair = { rounds, obstacles: verification.verdict === "same" ? [] : [...obstacles] };
  return { ...verification, repair: outcome, learned: runs, seconds };
}

/** What a failed run teaches, and what no evidence can mend. */
export function learnFromFailure(verification: Verification): {
  readonly runs: DockerfileRuns;
  readonly obstacles: readonly string[];
} {
  const obstacles: string[] = [];
  const refused = new Map<string, boolean>();
  const notExecutable = new Set<string>();
  let needsHome = false;
  const known = new Set(verification.legacy?.signs.map(({ line }) => line));
  for (const observation of verification.rewritten) {
    for (const sign of observation.signs) {
      if (known.has(sign.line)) continue;
      const path = absolute(sign.path, observation);
      if (sign.refusal === "execute" && path !== null) notExecutable.add(path);
      else if (sign.refusal === "home") needsHome = true;
      else if (sign.refusal === "write" && path !== null) {
        const obstacle = systemObstacle(path);
        if (obstacle !== null) obstacles.push(obstacle);
        else refused.set(path, (refused.get(path) ?? false) || MAKES_DIRECTORY.test(sign.line));
      } else if (sign.refusal === "listen") obstacles.push(explainPort(sign, verification));
      else obstacles.push(explain(sign));
    }
  }
  const learned = verification.learned;
  return {
    obstacles: [...new Set(obstacles)],
    runs: {
      dockerfile: verification.dockerfile,
      written: [
        ...(learned?.written ?? []),
        ...[...refused].map(([path, directory]) => ({ path, kind: "refused" as const, directory })),
      ],
      ports: learned?.ports ?? [],
      users: learned?.users ?? [],
      capabilities: learned?.capabilities ?? null,
      notExecutable: [...notExecutable],
      needsHome,
    },
  };
}

/** Handing over one of the system's directories would hand over far more than this app's files. */
function systemObstacle(path: string): string | null {
  if (!isSystemDirectory(path)) return null;
  return `It wants to write to ${path}, which belongs to the system: point it at a directory of its own.`;
}

function explainPort({ port, line }: LogSign, { rewrite }: Verification): string {
  const moved = rewrite.ports.find(({ from }) => from === port);
  if (moved) return `It still listens on ${port}, though that was moved to ${moved.to}: ${line}`;
  return `It listens on a port below 1024, and where that is set was not found: move it by hand. ${line}`;
}

function explain({ refusal, line }: LogSign): string {
  if (refusal === "identity") return `It wants to be root for what it does: ${line}`;
  if (refusal === "read-only") return `Its file system is read-only: ${line}`;
  return `The log does not say what was refused: ${line}`;
}

function absolute(path: string | null, { image }: Observation): string | null {
  if (path === null || /[\s*?$]/.test(path)) return null;
  return posix.normalize(posix.isAbsolute(path) ? path : posix.join(image.workdir, path));
}

async function evidenceOf(tree: DiskTree): Promise<RunEvidence> {
  try {
    return readRunEvidence(new TextDecoder().decode(await tree.read(RUN_EVIDENCE_PATH)));
  } catch {
    return { dockerfiles: [] }; // none yet, or none that can be used: it is made anew
  }
}

/** The tree as it would be with this evidence in it; nothing is written. */
function withEvidence(tree: DiskTree, text: string): DiskTree {
  const bytes = new TextEncoder().encode(text);
  const entry = { path: RUN_EVIDENCE_PATH, mode: "file", size: bytes.length } as const;
  return {
    root: tree.root,
    resolve: (path) => tree.resolve(path),
    list: async () => [...(await tree.list()).filter(({ path }) => path !== entry.path), entry].sort(byPath),
    read: (path) => (path === entry.path ? Promise.resolve(bytes) : tree.read(path)),
  };
}

function byPath(a: TreeEntry, b: TreeEntry): number {
  return a.path < b.path ? -1 : 1;
}

/** For a person: what is in the one and was not in the other. */
function difference(before: RunEvidence, after: RunEvidence, dockerfile: string): string[] {
  const told = (evidence: RunEvidence): string[] =>
    evidence.dockerfiles.filter((each) => each.dockerfile === dockerfile).flatMap(sentencesOf);
  const known = new Set(told(before));
  return told(after).filter((sentence) => !known.has(sentence));
}

function patchOf({ rewrite }: Verification): string {
  return rewrite.files.map((file) => file.diff).join("");
}

const MOST_ROUNDS = 5;
const MAKES_DIRECTORY = /\bmkdir|makedirs|create director|mk_?dir/i;
